"""Search keys: the same word typed in different ways gets the same key.

The *exact* key keeps the tone and forgets only where it was written (hoà = hòa); the *folded*
key forgets every Vietnamese mark (Hà Nội = ha noi). Both are for comparing, never for showing.
"""

import re
import unicodedata
from functools import lru_cache

from noi.text.characters import SPACELESS, WORD, nfc

MAX_TOKENS = 2000
MAX_TOKEN_LENGTH = 64

# A digit instead of a private-use character would make cò and CO2 the same key.
_TONES = {
    "\u0300": "\ue002",
    "\u0309": "\ue003",
    "\u0303": "\ue004",
    "\u0301": "\ue005",
    "\u0323": "\ue006",
}
_TONE = re.compile(f"[{''.join(_TONES)}]")
_OLD_PLACE = re.compile(
    f"(?:(?<=[oO])|(?<=[uU](?=.[yY])))([{''.join(_TONES)}])([aeyAEY])"
    r"(?![\u0300\u0301\u0302\u0303\u0306\u0309\u0323])"
)
_FOLD = str.maketrans(
    dict.fromkeys([*_TONES, *_TONES.values(), "\u0302", "\u0306", "\u031b"], "")
    | {"đ": "d", "ð": "d"}
)
_TOKEN = re.compile(f"[{WORD}]+")
_SPACELESS_RUN = re.compile(f"[{SPACELESS}]+")
_LETTER = re.compile(r"\w")


def exact_key(token: str) -> str:
    """The key of a word with its tone, wherever in the syllable the tone was written.

    A single tone mark moves to the end as a private-use character; with several (a tag of many
    syllables) òa, òe and ùy become oà, oè and uỳ instead. NFC and NFD input agree; idempotent.
    """
    lowered = nfc(nfc(token).lower())
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFD", lowered)
    tones = _TONE.findall(decomposed)
    if not tones:
        return lowered
    if len(tones) == 1:
        return nfc(_TONE.sub("", decomposed)) + _TONES[tones[0]]
    return nfc(_OLD_PLACE.sub(r"\2\1", decomposed))


def folded_key(token: str) -> str:
    """The key of a word without any Vietnamese mark: đường = duong. Idempotent."""
    lowered = nfc(nfc(token).lower())
    if lowered.isascii():
        return lowered
    return nfc(unicodedata.normalize("NFD", lowered).translate(_FOLD))


def has_tones(text: str) -> bool:
    """Whether a Vietnamese tone mark is written anywhere in `text`."""
    return not text.isascii() and bool(_TONE.search(unicodedata.normalize("NFD", text)))


def tokens(text: str) -> list[str]:
    """The words of `text`, in order and as written (NFC), at most MAX_TOKENS.

    Words are runs of letters, digits and marks: syllables in Vietnamese. Scripts without spaces
    (Lao, Thai, Khmer, Burmese, Chinese, Japanese) are divided by ICU's dictionaries.
    """
    text = _composed(text)
    return _divided(text) if _SPACELESS_RUN.search(text) else _spaced(text)


def _spaced(text: str) -> list[str]:
    return [word[:MAX_TOKEN_LENGTH] for word in _TOKEN.findall(text)[:MAX_TOKENS]]


def _divided(text: str) -> list[str]:
    found: list[str] = []
    for match in _TOKEN.finditer(text):
        run = match[0]
        words = _icu_words(run) if _SPACELESS_RUN.search(run) else [run]
        found.extend(word[:MAX_TOKEN_LENGTH] for word in words)
        if len(found) >= MAX_TOKENS:
            return found[:MAX_TOKENS]
    return found


def search_terms(text: str) -> tuple[list[str], list[str]]:
    """Exact and folded keys for an index, side by side in the order of the text.

    After the words come the trigrams of runs in scripts without spaces, so that a part of a
    compound is found although the dictionary divided it elsewhere.
    """
    text = _composed(text)
    if _SPACELESS_RUN.search(text):
        words = _divided(text)
        words += _trigrams(text)[: MAX_TOKENS - len(words)]
    else:
        words = _spaced(text)
    keys = [_keys(word) for word in words]
    return [exact for exact, _ in keys], [folded for _, folded in keys]


def query_words(text: str) -> list[str]:
    """The words of a search, as `search_terms` would index them.

    A run of a script without spaces becomes trigrams, which an index has wherever the dictionary
    divided the text: those of its words, or of the whole run where it is a part of a word.
    """
    words: list[str] = []
    for match in _TOKEN.finditer(_composed(text)):
        run = match[0]
        if not _SPACELESS_RUN.search(run):
            words.append(run[:MAX_TOKEN_LENGTH])
            continue
        parts = _icu_words(run)
        whole = any(len(part) < 3 for part in parts)
        for part in [run] if whole else parts:
            words += _trigrams(part) or [part[:MAX_TOKEN_LENGTH]]
    return words[:MAX_TOKENS]


def _composed(text: str) -> str:
    # An underscore divides words, though `\\w` has it.
    return nfc(text).replace("_", " ")


@lru_cache(maxsize=8192)  # there are fewer Vietnamese syllables than that
def _keys(word: str) -> tuple[str, str]:
    return exact_key(word), folded_key(word)


def _icu_words(run: str) -> list[str]:
    # ICU's data are 40 MB to map; most networks never need them.
    from icu4py.breakers import WordBreaker

    return [word for word in WordBreaker(run, "root") if _LETTER.search(word)]


def _trigrams(text: str) -> list[str]:
    grams: dict[str, None] = {}
    for match in _SPACELESS_RUN.finditer(text):
        run = match[0]
        for start in range(len(run) - 2):
            grams[run[start : start + 3]] = None
            if len(grams) >= MAX_TOKENS:
                return list(grams)
    return list(grams)
