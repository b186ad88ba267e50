import importlib
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitypub import signed_requests
from activitypub.signed_requests import BODY, ORIGIN, check_round_trip
from activitypub.signing_keys import KEY_ID, KINDS, NOW, private, public, rsa_private
from noi.activitypub import cavage, signatures
from noi.activitypub.digests import digest
from noi.activitypub.keys import PrivateKey, sign_bytes
from noi.activitypub.signatures import BadSignature, Request

apsig = importlib.import_module("apsig.draft")

signed = partial(signed_requests.signed, cavage)
check = partial(signed_requests.check, cavage)


@dataclass
class Peer:
    """A server that signs in its own way."""

    method: str = "POST"
    target: str = "/inbox"
    headers: dict[str, str] = field(default_factory=lambda: dict[str, str]())
    body: bytes = BODY
    key: PrivateKey | None = None
    covered: str = "(request-target) host date digest"

    def request(self, template: str, **values: str) -> Request:
        headers = {
            "host": "noi.example",
            "date": formatdate(NOW // 1000, usegmt=True),
            "digest": digest(self.body),
            **self.headers,
        }
        target = f"{self.method.lower()} {values.pop('path', self.target)}"
        special = {"(request-target)": target}
        special |= {f"({name})": value for name, value in values.items()}
        lines = [f"{name}: {special.get(name, headers.get(name))}" for name in self.covered.split()]
        key = self.key or rsa_private()
        signature = signatures.encode_base64(sign_bytes(key, "\n".join(lines).encode("latin-1")))
        headers["signature"] = template.format(
            key=KEY_ID, covered=self.covered, signature=signature, **values
        )
        return Request(self.method, ORIGIN, self.target, headers, self.body)


USUAL = 'keyId="{key}",algorithm="rsa-sha256",headers="{covered}",signature="{signature}"'


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(kind: str) -> None:
    check_round_trip(cavage, kind, of_another_kind="is not by the key")


def test_what_is_sent() -> None:
    url = "https://b.example:8443/i?x=1#f"
    headers = cavage.sign(KEY_ID, private("rsa"), "POST", url, NOW, b"")
    assert list(headers) == ["Host", "Date", "Digest", "Signature"]
    assert headers["Host"] == "b.example:8443"
    assert headers["Date"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert 'headers="(request-target) host date digest"' in headers["Signature"]
    assert list(cavage.sign(KEY_ID, private("rsa"), "GET", "https://b.example", NOW)) == [
        "Host",
        "Date",
        "Signature",
    ]


@pytest.mark.parametrize(
    "template",
    [
        USUAL,
        USUAL.replace('algorithm="rsa-sha256",', ""),
        USUAL.replace("rsa-sha256", "hs2019"),
        USUAL.replace(",", " , "),
        USUAL.replace("=", " = "),
        USUAL + ",",
        'signature="{signature}",headers="{covered}",keyId="{key}"',
        USUAL.replace('"rsa-sha256"', "rsa-sha256"),
        USUAL + ',unknown="1"',
        USUAL.replace("{covered}", "(Request-Target) HOST Date  Digest"),
    ],
)
def test_headers_as_servers_write_them(template: str) -> None:
    assert check(Peer().request(template)) == KEY_ID


def test_the_authorization_header_counts_too() -> None:
    request = Peer().request(USUAL)
    headers = dict(request.headers)
    headers["authorization"] = "Signature " + headers.pop("signature")
    assert check(Request("POST", ORIGIN, "/inbox", headers, BODY)) == KEY_ID


def test_the_path_may_be_signed_without_the_query() -> None:
    peer = Peer(method="GET", target="/users/lan?page=true", covered="(request-target) host date")
    assert check(peer.request(USUAL, path="/users/lan")) == KEY_ID
    assert check(peer.request(USUAL, path="/users/lan?page=true")) == KEY_ID
    with pytest.raises(BadSignature):
        check(peer.request(USUAL, path="/users"))


def test_created_and_expires() -> None:
    seconds = NOW // 1000
    peer = Peer(covered="(request-target) (created) (expires) host digest")
    template = (
        'keyId="{key}",algorithm="hs2019",created={created},expires={expires},'
        'headers="{covered}",signature="{signature}"'
    )
    request = peer.request(template, created=str(seconds), expires=str(seconds + 30))
    assert check(request) == KEY_ID
    with pytest.raises(BadSignature, match="too old"):
        check(request, now=NOW + 3_700_000)
    with pytest.raises(BadSignature, match="malformed"):
        check(peer.request(template, created="1e9", expires="0"))
    with pytest.raises(BadSignature):
        check(peer.request(template.replace("created={created},", ""), created="", expires="5"))


def test_dates_have_to_be_near() -> None:
    request = signed()
    for offset in (-3_500_000, 0, 3_800_000):
        assert check(request, now=NOW + offset) == KEY_ID
    with pytest.raises(BadSignature, match="too old"):
        check(request, now=NOW + 4_000_000)
    with pytest.raises(BadSignature, match="future"):
        check(request, now=NOW - 3_700_000)
    for date in ("", "yesterday", "Tue, 99 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 99999999999"):
        with pytest.raises(BadSignature, match="Date header is malformed"):
            check(Peer(headers={"date": date}).request(USUAL))


@pytest.mark.parametrize(
    ("method", "covered", "missing"),
    [
        ("POST", "(request-target) host date", "digest"),
        ("POST", "(request-target) date digest", "host"),
        ("POST", "host date digest", "(request-target)"),
        ("POST", "(request-target) host digest", "date"),
        ("GET", "(request-target) date", "host"),
        ("GET", "(request-target) host", "date"),
        ("DELETE", "(request-target) host date", "digest"),
    ],
)
def test_what_has_to_be_covered(method: str, covered: str, missing: str) -> None:
    with pytest.raises(BadSignature) as caught:
        check(Peer(method=method, covered=covered).request(USUAL))
    assert str(caught.value) == f"The signature does not cover {missing}"


def test_a_covered_header_has_to_be_there() -> None:
    request = Peer(covered="(request-target) host date digest x-odd").request(USUAL)
    with pytest.raises(BadSignature, match="lacks the signed header"):
        check(request)


def test_repeated_headers_are_joined() -> None:
    headers = signatures.join_headers(
        [(b"X-Odd", b"one "), (b"Host", b"noi.example"), (b"x-odd", b" t\xe9o")]
    )
    assert headers == {"x-odd": "one, téo", "host": "noi.example"}
    peer = Peer(covered="(request-target) host date digest x-odd", headers=headers)
    assert check(peer.request(USUAL)) == KEY_ID


def test_the_host_is_ours_whatever_the_header_says() -> None:
    request = signed()
    behind_proxy = {**request.headers, "host": "127.0.0.1:8000"}
    assert check(Request("POST", ORIGIN, "/inbox", behind_proxy, BODY)) == KEY_ID
    with_port = Peer(headers={"host": "Noi.example:443"}).request(USUAL)
    assert check(with_port) == KEY_ID
    elsewhere = Request("POST", "https://other.example", "/inbox", request.headers, BODY)
    with pytest.raises(BadSignature, match="is not by the key"):
        check(elsewhere)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "keyId",
        'keyId="a",keyId="b",signature="YQ=="',
        'keyId="a"',
        'keyId="",signature="YQ=="',
        'keyId="a,signature="YQ=="',
        'keyId="' + "a" * 9000 + '"',
        f'keyId="a",signature="%%",headers="{Peer.covered}"',
        f'keyId="a",signature="YQ==",headers="{"host " * 40}"',
    ],
)
def test_malformed_headers(header: str) -> None:
    request = signed()
    headers = {**request.headers, "signature": header}
    with pytest.raises(BadSignature):
        check(Request("POST", ORIGIN, "/inbox", headers, BODY))


def test_no_signature() -> None:
    with pytest.raises(BadSignature, match="not signed"):
        check(Request("GET", ORIGIN, "/", {"authorization": "Bearer abc"}))


PATHS = st.from_regex(r"/[A-Za-z0-9/%._~-]{0,30}(\?[A-Za-z0-9&=%+._-]{1,20})?", fullmatch=True)
METHODS = st.sampled_from(["POST", "PUT", "DELETE"])


@given(METHODS, PATHS, st.binary(max_size=50), st.sampled_from(KINDS))
def test_anything_signed_verifies(method: str, target: str, body: bytes, kind: str) -> None:
    assert check(signed(kind, method, target, body), kind) == KEY_ID


@given(PATHS, st.binary(min_size=1, max_size=20), st.data())
def test_any_change_of_a_covered_part_breaks_it(
    target: str, body: bytes, data: st.DataObject
) -> None:
    good = signed("ed25519", "POST", target, body)
    which = data.draw(st.sampled_from(["method", "target", "body", "date", "digest", "origin"]))
    headers = dict(good.headers)
    method, origin, path, content = good.method, good.origin, good.target, good.body
    if which == "method":
        method = "PUT"
    elif which == "target":
        path = "/x" + path
    elif which == "body":
        content += data.draw(st.binary(min_size=1))
    elif which == "date":
        headers["date"] = formatdate(NOW // 1000 + 1, usegmt=True)
    elif which == "digest":
        content = data.draw(st.binary().filter(lambda other: other != body))
        headers["digest"] = digest(content)
    else:
        origin = "https://other.example"
    with pytest.raises(BadSignature):
        check(Request(method, origin, path, headers, content), "ed25519")


@given(st.text() | st.from_regex(r'(keyId|headers|signature|created)="?[^"]*"?,?'))
def test_any_header_is_read_or_refused(header: str) -> None:
    request = signed()
    for value in (header, f'keyId="a",signature="YQ==",headers="{header}"', header + USUAL):
        for name in ("signature", "date", "digest"):
            with pytest.raises(BadSignature):
                check(Request("POST", ORIGIN, "/inbox", {**request.headers, name: value}, BODY))


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(name: bytes, value: bytes) -> None:
    raw = [(name, value), (b"signature", value), (b"host", value)]
    with pytest.raises(BadSignature):
        check(Request("POST", ORIGIN, "/inbox", signatures.join_headers(raw), BODY))


def test_apsig_signs_and_we_verify() -> None:
    date = formatdate(NOW // 1000, usegmt=True)
    signer = apsig.Signer({"Date": date}, rsa_private(), "POST", ORIGIN + "/inbox", KEY_ID, BODY)
    theirs: dict[str, str] = signer.sign()
    headers = {name.lower(): value for name, value in theirs.items()}
    assert check(Request("POST", ORIGIN, "/inbox", headers, BODY)) == KEY_ID


def test_we_sign_and_apsig_verifies() -> None:
    ours = cavage.sign(KEY_ID, private("rsa"), "POST", ORIGIN + "/inbox", NOW, BODY)
    verifier = apsig.Verifier(
        public("rsa"), "POST", ORIGIN + "/inbox", ours, BODY, clock_skew=2**40
    )
    assert verifier.verify(raise_on_fail=True) == KEY_ID
