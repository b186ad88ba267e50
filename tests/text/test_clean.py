import pytest
from hypothesis import given

from noi.text.clean import clean_name, clean_text
from text.samples import naughty_strings, texts


def test_clean_text():
    assert clean_text("a\r\nb\rc\x00\x07\td\u0301\ud800") == "a\nb\nc\td́"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  Nguyễn \u3000\n Ánh ", "Nguyễn Ánh"),
        ("admin\u202enimda\u200b", "adminnimda"),
        ("👨\u200d👩\u200d👧 nhà", "👨\u200d👩\u200d👧 nhà"),
        ("a\u200db می\u200cخواهم", "ab می\u200cخواهم"),
        ("Z" + "\u0335" * 20, "Z" + "\u0335" * 4),
        ("\u3164\u2800", ""),
    ],
)
def test_clean_name(text: str, name: str):
    assert clean_name(text) == name


@given(texts)
def test_cleaning_is_idempotent(text: str):
    for clean in (clean_text, clean_name):
        once = clean(text)
        assert clean(once) == once
        once.encode()


def test_naughty_strings():
    for text in naughty_strings():
        clean_name(text)
