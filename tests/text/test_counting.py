import time
import unicodedata

import pytest
from hypothesis import given
from icu4py.breakers import CharacterBreaker

from noi.text.counting import graphemes, status_length
from text.samples import HOSTILE, texts, vietnamese_sentences


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Việt Nam", 8),
        (unicodedata.normalize("NFD", "Việt Nam"), 8),
        ("ສະບາຍດີ", 6),
        ("👨\u200d👩\u200d👧 🇻🇳 👍🏽 1️⃣", 7),
        ("a\r\nb", 3),
        ("https://example.org/" + "a" * 200, 23),
        ("@anh@example.org chào", 9),
        ("#HàNội", 6),
    ],
)
def test_status_length(text: str, length: int):
    assert status_length(text) == length


def test_graphemes_agree_with_icu_on_real_text():
    lao = ["ສະບາຍດີທຸກຄົນໃນປະເທດລາວ", "ຂ່າວ ນ້ຳ ຢູ່", "น้ำใจ ครับ"]
    emoji = ["🏳️\u200d🌈 🏴\U000e0067\U000e0062\U000e007f 🇻🇳🇱🇦 ❤️\u200d🔥", "e\u0301\u0323o"]
    for text in [*vietnamese_sentences()[:300], *lao, *emoji]:
        composed = unicodedata.normalize("NFC", text)
        assert graphemes(text) == len(list(CharacterBreaker(composed, "root")))


@given(texts)
def test_length_never_exceeds_what_is_typed_but_for_links(text: str):
    assert 0 <= graphemes(text) <= len(text)
    status_length(text)


@pytest.mark.parametrize("piece", HOSTILE)
def test_linear_time(piece: str):
    start = time.process_time()
    status_length((piece * 100_000)[:100_000])
    assert time.process_time() - start < 1.5
