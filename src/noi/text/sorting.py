"""Sort keys for names, by the order of CLDR's `vi`: compared as bytes they sort as people expect.

Primary: a ă â b c d đ e ê … o ô ơ … u ư, then other scripts by code point. Secondary, over the
whole name: ngang, huyền, hỏi, ngã, sắc, nặng, then the marks of other languages. Case and
punctuation do not count.
"""

import re
import unicodedata

from noi.text.characters import nfc

MAX_LENGTH = 64

_ALPHABET = "0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_WEIGHTS = {letter: f"{number:02x}" for number, letter in enumerate(_ALPHABET, start=16)}
_LEVEL, _SPACE, _OTHER = "00", "01", "f0"
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_LETTER_MARKS = "\u0302\u0306\u031b"
# Lao and Thai write these vowels before the consonant they are sorted after.
_PREPOSED_VOWEL = re.compile("([ເ-ໄ])([ກ-ຮ])|([เ-ไ])([ก-ฮ])")
_LAO_THAI_TONES = "\u0e48\u0e49\u0e4a\u0e4b\u0ec8\u0ec9\u0eca\u0ecb"


def sort_key(name: str, *, given_name_first: bool = False) -> str:
    """An ASCII key; `given_name_first` sorts a Vietnamese full name by given, middle, family.

    Store it in a column compared bytewise (BINARY, "C"). A name without letters or digits sorts
    by its characters.
    """
    words = nfc(name).lower()[:MAX_LENGTH].split()
    if given_name_first:
        words = [words[-1], *words[1:-1], words[0]] if len(words) > 1 else words
    primary: list[str] = []
    secondary: list[str] = []
    for word in words:
        weights, marks = _word_weights(word)
        if weights:
            primary.append(weights)
            secondary.append(marks)
    if not primary:
        return "".join(_code_point(character) for word in words for character in word)
    return _SPACE.join(primary) + _LEVEL + "".join(secondary)


def _word_weights(word: str) -> tuple[str, str]:
    """The letters of a word as primary weights, and its tone and foreign marks as secondary."""
    weights: list[str] = []
    marks: list[str] = []
    swapped = _PREPOSED_VOWEL.sub(r"\2\1\4\3", word)
    for character in unicodedata.normalize("NFD", swapped):
        if tone := _TONES.get(character):
            marks.append(tone)
        elif character in _LETTER_MARKS and weights:
            weights[-1] = _with_mark(weights[-1], character)
        elif character in _LAO_THAI_TONES or "\u0300" <= character <= "\u036f":
            marks.append("6" + _code_point(character))
        elif character.isalnum() or unicodedata.category(character)[0] == "M":
            weights.append(_WEIGHTS.get(character) or _code_point(character))
    return "".join(weights), "".join(marks) or "0"


_MARKED = {
    (_WEIGHTS[base], mark): _WEIGHTS[unicodedata.normalize("NFC", base + mark)]
    for base, mark in ("a\u0302", "a\u0306", "e\u0302", "o\u0302", "o\u031b", "u\u031b")
}


def _with_mark(weight: str, mark: str) -> str:
    return _MARKED.get((weight, mark), weight)


def _code_point(character: str) -> str:
    return f"{_OTHER}{ord(character):06x}"
