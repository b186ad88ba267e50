import time

import pytest
from hypothesis import given

from noi.text.characters import nfc
from noi.text.entities import EntityKind, find_entities, find_mentions
from text.samples import HOSTILE, texts


def _urls(text: str) -> list[str]:
    return [entity.value for entity in find_entities(text) if entity.kind is EntityKind.URL]


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("xem https://vnexpress.net/tin.", ["https://vnexpress.net/tin"]),
        ("(https://x.org/a)", ["https://x.org/a"]),
        (
            "https://vi.wikipedia.org/wiki/Huế_(thành_phố)",
            ["https://vi.wikipedia.org/wiki/Huế_(thành_phố)"],
        ),
        ("https://đườngsắt.vn/đi?a=1&b=2#c!", ["https://đườngsắt.vn/đi?a=1&b=2#c"]),
        ("HTTPS://X.ORG/ http://localhost:3000/a", ["HTTPS://X.ORG/", "http://localhost:3000/a"]),
        ("https://m.social/@anh#tag", ["https://m.social/@anh#tag"]),
        ("ສະບາຍhttps://x.org", ["https://x.org"]),
        ("https://x.org”, “https://y.org”", ["https://x.org", "https://y.org"]),
        ("gemini://a.b/c xmpp:a@b.c", ["gemini://a.b/c", "xmpp:a@b.c"]),
        ("magnet:?xt=urn:btih:1", ["magnet:?xt=urn:btih:1"]),
        ("javascript:alert(1) http:// https://x httpſ://x.org xhttps://x.org x.org", []),
        ("https://user:secret@x.org", []),
    ],
)
def test_urls(text: str, urls: list[str]):
    assert _urls(text) == urls


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("Chào @anh, @Bình@example.org.", [("anh", None), ("Bình", "example.org")]),
        ("@anh.Hẹn gặp @anh", [("anh", None)]),
        ("@a.b-c@x.org:8443 @bob@x.org: hi", [("a.b-c", "x.org:8443"), ("bob", "x.org")]),
        ("@anhສະບາຍດີ", [("anh", None)]),
        ("@mai@a.vn. Gặp @lan@b.vn.:80", [("mai", "a.vn"), ("lan", "b.vn")]),
        ("a@x.org @namđẹp /@x =@x @", []),
    ],
)
def test_mentions(text: str, mentions: list[tuple[str, str | None]]):
    assert find_mentions(text) == mentions


@given(texts)
def test_entities_lie_in_order_in_the_text(source: str):
    text = nfc(source)
    end = 0
    for entity in find_entities(text):
        assert end <= entity.start < entity.end <= len(text)
        assert entity.value in text[entity.start : entity.end]
        end = entity.end


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_linear_time(piece: str):
    text = (piece * 100_000)[:100_000]
    start = time.process_time()
    for _ in find_entities(text):
        pass
    assert time.process_time() - start < 1
