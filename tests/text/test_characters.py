import re
import unicodedata

from noi.text.characters import MARKS, WORD, nfc


def test_every_mark_of_the_basic_plane_is_a_word_character():
    word = re.compile(f"[{WORD}]")
    marks = [
        chr(code) for code in range(0x10000) if unicodedata.category(chr(code)).startswith("M")
    ]
    assert [mark for mark in marks if not word.match(mark)] == []


def test_marks_hold_no_punctuation_or_spaces():
    found = re.findall(f"[{MARKS}]", "".join(map(chr, range(0x10000))))
    kinds = {unicodedata.category(character)[0] for character in found}
    assert kinds <= {"M", "L", "N", "C"}


def test_nfc_drops_lone_surrogates():
    assert nfc("a\ud800\u0301") == "á"
