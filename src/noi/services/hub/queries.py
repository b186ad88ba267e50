"""What somebody types into a search of the hub, as queries of its indexes.

A query with tone marks finds exactly those tones, unless nothing has them; without marks it finds
every spelling. `"a phrase"` stands together, `-word` is left out.
"""

import re
from enum import Enum

import msgspec

from noi.db.hub.search import Query, Term
from noi.models.errors import Invalid
from noi.models.paging import MAX_ID
from noi.services.hub.indexing import host_token, language_token, pairs
from noi.text.clean import clean_text
from noi.text.fold import exact_key, folded_key, has_tones, query_words, tokens

MAX_LENGTH = 500
_MAX_WORDS = 20
_CHUNKS = re.compile(r'(-?)(?:"([^"]*)"|([^\s"]+))')
_CURSOR = re.compile(r"(\d{1,19})\.(\d{1,3})")


class Match(Enum):
    """How words are compared: all as typed, only tones as typed, or without any mark."""

    EXACT = 1
    TONES = 2
    FOLDED = 3


class Parsed(msgspec.Struct):
    """Single words and phrases that must be there, and groups of words that must not."""

    words: list[str]
    phrases: list[list[str]]
    unwanted: list[list[str]]
    scopes: list[str]

    @property
    def all_words(self) -> list[str]:
        return [*self.words, *(word for phrase in self.phrases for word in phrase)]

    @property
    def toned(self) -> bool:
        return any(has_tones(word) for word in self.all_words)


def parse(text: str, language: str = "", host: str = "") -> Parsed:
    """Read a query, narrowed to a language and a server where they are given."""
    parsed = Parsed([], [], [], [])
    for minus, phrase, word in _CHUNKS.findall(clean_text(text)[:MAX_LENGTH]):
        groups = [tokens(phrase)] if phrase else [[each] for each in query_words(word)]
        for group in filter(None, groups):
            if minus:
                parsed.unwanted.append(group)
            elif len(group) > 1:
                parsed.phrases.append(group)
            else:
                parsed.words += group
    del parsed.words[_MAX_WORDS:], parsed.phrases[_MAX_WORDS:], parsed.unwanted[_MAX_WORDS:]
    parsed.scopes += [language_token(language)] if language else []
    parsed.scopes += [host_token(host)] if host else []
    return parsed


def query(parsed: Parsed, match: Match) -> Query:
    """All of a query's words, compared in one way."""
    wanted = [_word(word, match) for word in parsed.words]
    for phrase in parsed.phrases:
        wanted += _phrase(phrase, match)
    return _narrowed(parsed, wanted)


def adjacent(parsed: Parsed) -> Query | None:
    """The same words as they follow one another; None where there is but one."""
    if len(parsed.words) < 2:
        return None
    wanted = _phrase(parsed.words, Match.FOLDED)
    for phrase in parsed.phrases:
        wanted += _phrase(phrase, Match.FOLDED)
    return _narrowed(parsed, wanted)


def named(parsed: Parsed, match: Match) -> Query:
    """All of a query's words in names and handles, where those without tones may be beginnings."""
    return _narrowed(parsed, [_name(word, match) for word in parsed.all_words])


def broad(parsed: Parsed) -> Match:
    """The widest way to compare that is tried before giving up what was typed."""
    return Match.TONES if parsed.toned else Match.FOLDED


def read_cursor(after: str) -> tuple[int, int]:
    """The newest id and the page that a cursor stands for. Raises Invalid."""
    if not after:
        return MAX_ID - 1, 0
    match = _CURSOR.fullmatch(after)
    if match is None or int(match[1]) >= MAX_ID:
        raise Invalid("This is not a place in the results", field="after")
    return int(match[1]), int(match[2])


def cursor(top: int, page: int) -> str:
    """What `read_cursor` reads."""
    return f"{top}.{page}"


def _narrowed(parsed: Parsed, wanted: list[Term]) -> Query:
    scopes = [Term("scope", (token,)) for token in parsed.scopes]
    unwanted = [term for group in parsed.unwanted for term in _unwanted(group)]
    return Query((*wanted, *scopes), tuple(unwanted))


def _word(word: str, match: Match) -> Term:
    if match is Match.EXACT or (match is Match.TONES and has_tones(word)):
        return Term("exact", (exact_key(word),))
    return Term("folded", (folded_key(word),))


def _name(word: str, match: Match) -> Term:
    if match is Match.EXACT or (match is Match.TONES and has_tones(word)):
        return Term("names", (exact_key(word),))
    return Term("starts", (folded_key(word),))


def _phrase(words: list[str], match: Match) -> list[Term]:
    """A phrase; pairs find it quickly, and the words themselves see to its tones."""
    together = [Term("pairs", tuple(pairs([folded_key(word) for word in words])))]
    if match is Match.EXACT or (match is Match.TONES and any(map(has_tones, words))):
        together.append(Term("exact", tuple(map(exact_key, words))))
    return together


def _unwanted(group: list[str]) -> list[Term]:
    match = Match.EXACT if any(map(has_tones, group)) else Match.FOLDED
    if len(group) == 1:
        return [_word(group[0], match)]
    return _phrase(group, match)[-1:]
