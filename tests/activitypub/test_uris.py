import pytest
from hypothesis import given
from hypothesis import strategies as st

from noi.activitypub.uris import ascii_host, authority_of, host_of, same_host, same_origin, web_uri

USABLE = [
    "https://example.org/users/anh",
    "http://localhost:8536/c/1",
    "https://example.org",
    "https://example.org?c=148",
    "https://pfefferle.org/#a#b",
    "https://EXAMPLE.org/A",
    "HTTPS://example.org/",
    "https://bücher.example/đường/tôi",
    "https://example.org//double",
    "https://[::1]:3000/actor",
    "https://example.org/a|b^c`d{e}",
    "https://a_b.example/",
]
UNUSABLE = [
    "",
    "example.org",
    "//example.org/",
    "ftp://example.org/",
    "javascript:alert(1)",
    "https://",
    "https:///path",
    "https://user@example.org/",
    "https://user:pass@example.org/",
    "https://good.example\\@evil.example/",
    "https://example.org/a b",
    "https://example.org/a\nb",
    "https://example.org/\u202egnp.exe",
    "https://example.org/a\u200bb",
    "https://example.org:99999/",
    "https://example..org/",
    "https://.example.org/",
    "https://example.org./",
    "https://exam ple.org/",
    "https://example.org/<script>",
    "https://" + "a" * 254 + "/",
    "https://example.org/" + "a" * 2048,
    " https://example.org/",
    "https://example.org/\x00",
    "https://[::1/",
    "https://☃︎\u2044.example/",
]


@pytest.mark.parametrize("uri", USABLE)
def test_usable(uri: str) -> None:
    assert web_uri(uri) == uri
    assert host_of(uri)


@pytest.mark.parametrize("uri", UNUSABLE)
def test_unusable(uri: str) -> None:
    assert web_uri(uri) == ""
    assert host_of(uri) == ""


@pytest.mark.parametrize("value", [None, 1, True, {}, [], b"https://example.org/"])
def test_only_strings_are_usable(value: object) -> None:
    assert web_uri(value) == ""


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("https://EXAMPLE.org/A", "example.org"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://việt.example:8080/", "xn--vit-5kz.example"),
        ("http://localhost:8536/", "localhost"),
        ("https://[::1]:3000/", "[::1]"),
    ],
)
def test_hosts_are_lower_case_a_labels(uri: str, host: str) -> None:
    assert host_of(uri) == host


def test_ascii_host() -> None:
    assert ascii_host("BÜCHER.example") == "xn--bcher-kva.example"
    assert ascii_host("a" * 300) == ascii_host("") == ascii_host("a b") == ascii_host("ß..a") == ""


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("https://example.org/a", "https://example.org:443/b", True),
        ("https://example.org/a", "https://EXAMPLE.org/b#c", True),
        ("http://example.org:80", "http://example.org/", True),
        ("https://example.org/", "http://example.org/", False),
        ("https://example.org/", "https://example.org:8443/", False),
        ("https://example.org/", "https://example.org.evil.example/", False),
        ("https://example.org/", "https://a.example.org/", False),
        ("nonsense", "nonsense", False),
    ],
)
def test_same_origin(first: str, second: str, same: bool) -> None:
    assert same_origin(first, second) is same
    assert same_origin(second, first) is same


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("https://example.org/a", "https://example.org/b", True),
        ("https://example.org/a", "http://example.org:8080", True),
        ("https://example.org", "https://example.org.evil.example/", False),
        ("https://example.org#/", "https://example.org.evil.example/", False),
        ("https://example.org?/", "https://example.org.evil.example/", False),
        ("nonsense", "nonsense", False),
    ],
)
def test_same_host(first: str, second: str, same: bool) -> None:
    assert same_host(first, second) is same
    assert same_host(second, first) is same


@pytest.mark.parametrize(
    ("uri", "authority"),
    [
        ("https://Example.org/x", "example.org"),
        ("https://example.org:443/x", "example.org"),
        ("https://example.org:80/x", "example.org:80"),
        ("http://localhost:8000/users/lan#main-key", "localhost:8000"),
        ("https://例.example/", "xn--fsq.example"),
        ("acct:lan@example.org", ""),
        ("example.org", ""),
    ],
)
def test_authorities(uri: str, authority: str) -> None:
    assert authority_of(uri) == authority


PIECES = st.sampled_from(
    ["https://", "http:", "/", "@", ":", "#", "?", "a", "例", ".", "[", "]", "\\", "8", "%", " "]
)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_text(uri: str) -> None:
    assert web_uri(uri) in {"", uri}
    assert bool(web_uri(uri)) is bool(host_of(uri))
    assert same_origin(uri, uri) is bool(host_of(uri))
    assert not web_uri(uri) or same_host(uri, uri)
