import pytest
from hypothesis import given

from noi.text.language import guess, primary, valid_language
from text.samples import texts, vietnamese_sentences


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hôm nay ăn cơm chưa?", "vi"),
        ("Cảm ơn bạn", "vi"),
        ("Tôi rất thích Python và Django", "vi"),
        ("Good morning everyone, how are you today?", "en"),
        ("I visited Hà Nội and Đà Nẵng with my family, the food was great", "en"),
        ("ສະບາຍດີທຸກຄົນ", "lo"),
        ("ban da an com chua", None),
        ("Das ist ein Haus und wir sind hier in der Stadt", None),
        ("Je suis là et vous êtes où ? C'est très bien", None),
        ("Você não é daqui, está bem", None),
        ("Eu sunt în România și îmi place mâncarea", None),
        ("https://example.org/the-and-you #HàNội @anh", None),
        ("ok", None),
        ("", None),
        ("สวัสดีครับ", None),
    ],
)
def test_guess(text: str, language: str | None):
    assert guess(text) == language


def test_news_sentences_are_vietnamese():
    sentences = vietnamese_sentences()
    assert sum(guess(sentence) == "vi" for sentence in sentences) >= len(sentences) * 0.99


@given(texts)
def test_never_raises(text: str):
    assert guess(text) in {"vi", "en", "lo", None}


def test_valid_language():
    assert all(map(valid_language, ["vi", "lo", "zh-TW", "sr-Latn", "hmn", "es-419"]))
    assert not any(map(valid_language, ["", "xx", "VI", "vi_VN", "english", "vi-vn", "v"]))


def test_regions_and_scripts_do_not_make_another_language():
    codes = ("vi", "vi-VN", "VI-vn", "zh-Hant-TW", "zh_TW", " lo ", "")
    assert [primary(code) for code in codes] == ["vi", "vi", "vi", "zh", "zh", "lo", ""]
