import unicodedata

import pytest
from hypothesis import given

from noi.text.characters import nfc
from noi.text.entities import EntityKind, find_entities
from noi.text.hashtags import display, family_key, tag_key, valid_tag
from text.samples import texts


def found(text: str) -> list[str]:
    """The hashtags of a text, each once, as they are stored."""
    parts = (part for part in find_entities(nfc(text)) if part.kind is EntityKind.TAG)
    names: dict[str, str] = {}
    for part in parts:
        names.setdefault(tag_key(part.value), part.value)
    return list(names.values())


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#HàNội #ViệtNam.", ["HàNội", "ViệtNam"]),
        (unicodedata.normalize("NFD", "#ViệtNam đẹp"), ["ViệtNam"]),
        ("#ຂ່າວ #ປະເທດລາວ", ["ຂ່າວ", "ປະເທດລາວ"]),
        ("#ข่าว #हिन्दी #日本語 ＃全角", ["ข่าว", "हिन्दी", "日本語", "全角"]),
        ("#2024 #1 #2024_25 #tết2024", ["2024_25", "tết2024"]),
        ("a#b /#c )#d &#x27; ##", []),
        ("(#tag) #tag· #a·b", ["tag", "a·b"]),
        ("https://x.org/#no #yes", ["yes"]),
        ("#\ufe0f\u20e3abc #" + "a" * 101, []),
        ("#HàNội #hànội #HaNoi", ["HàNội", "HaNoi"]),
    ],
)
def test_find_hashtags(text: str, tags: list[str]):
    assert found(text) == tags


def test_keys():
    assert tag_key("HòaBình") == tag_key("#hoàbình") != tag_key("HoaBinh")
    assert family_key("HàNội") == family_key("hanoi") == "hanoi"
    assert display(unicodedata.normalize("NFD", "#ViệtNam")) == "ViệtNam"
    assert len({tag_key(tag) for tag in ["má", "mà", "mả", "mạ", "ma"]}) == 5


def test_valid_tag():
    assert valid_tag("HàNội") and valid_tag("#hanoi")
    assert not any(map(valid_tag, ["", "2024", "hà nội", "a#b", "a.b", "#"]))


@given(texts)
def test_found_tags_are_valid(text: str):
    assert all(valid_tag(tag) for tag in found(text))
