"""Comparing texts with a person's filters: compiled once for each revision, then linear.

A regular expression of the first characters of all keywords finds the places worth a look, so
that a text without any costs one pass in C. At such a place there is one look-up for each length
that keywords have, however many keywords there are.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

import msgspec

from noi.models.filters import Filter, FilterResult, FilterView
from noi.models.ids import now_ms
from noi.text.characters import SPACELESS, WORD, nfc
from noi.text.sanitize import strip_html

_GATE_DEPTH = 4
_EDGED = re.compile(f"[{WORD}](?<![{SPACELESS}])")
_WORD = re.compile(f"[{WORD}]")
_MARKUP = re.compile("</|<br")
_SPELLINGS = (
    ("òa", "oà"), ("óa", "oá"), ("ỏa", "oả"), ("õa", "oã"), ("ọa", "oạ"),
    ("òe", "oè"), ("óe", "oé"), ("ỏe", "oẻ"), ("õe", "oẽ"), ("ọe", "oẹ"),
    ("ùy", "uỳ"), ("úy", "uý"), ("ủy", "uỷ"), ("ũy", "uỹ"), ("ụy", "uỵ"),
)  # fmt: skip


_Trie: TypeAlias = "dict[str, _Trie]"


class _Form(msgspec.Struct, eq=False):
    """A way to write keywords; an edge is a side where a whole word has to end."""

    left_edge: bool
    right_edge: bool
    meant: list[tuple[Filter, str]]


class _Compiled:
    """The filters of one context."""

    __slots__ = ("_forms", "_gate", "_lengths", "_lengths_in_words", "statuses")

    def __init__(self, views: Iterable[FilterView]) -> None:
        self._forms: dict[str, dict[bool, _Form]] = {}
        self.statuses: dict[int, list[Filter]] = {}
        for view in views:
            for keyword in view.keywords:
                self._add(view.filter, keyword.keyword, whole_word=keyword.whole_word)
            for status in view.statuses:
                self.statuses.setdefault(status.status_id, []).append(view.filter)
        self._gate = re.compile(_gate(self._forms)) if self._forms else None
        self._lengths = sorted({len(spelling) for spelling in self._forms})
        self._lengths_in_words = sorted(
            {
                len(spelling)
                for spelling, forms in self._forms.items()
                if any(not form.left_edge for form in forms.values())
            }
        )

    def _add(self, filter_: Filter, keyword: str, *, whole_word: bool) -> None:
        for spelling in _spellings(keyword):
            form = _Form(
                whole_word and _EDGED.match(spelling[0]) is not None,
                whole_word and _EDGED.match(spelling[-1]) is not None,
                [],
            )
            forms = self._forms.setdefault(spelling, {})
            forms.setdefault(whole_word, form).meant.append((filter_, keyword))

    def find(self, text: str) -> Iterable[tuple[Filter, str]]:
        """The keywords in a prepared text, each with its filter, in the order of the text."""
        if self._gate is None:
            return ()
        found: dict[_Form, None] = {}
        place = self._gate.search(text)
        while place is not None:
            self._find_at(text, place.start(), found)
            place = self._gate.search(text, place.start() + 1)
        return (meant for form in found for meant in form.meant)

    def _find_at(self, text: str, start: int, found: dict[_Form, None]) -> None:
        in_word = start > 0 and _WORD.match(text[start - 1]) is not None
        for length in self._lengths_in_words if in_word else self._lengths:
            end = start + length
            if end > len(text):
                return
            for form in self._forms.get(text[start:end], _NO_FORMS).values():
                if form in found or (form.left_edge and in_word):
                    continue
                if not (form.right_edge and _WORD.match(text, end)):
                    found[form] = None


_NO_FORMS: dict[bool, _Form] = {}


class Matcher:
    """What one person's filters say about texts."""

    __slots__ = ("_contexts",)

    def __init__(self, views: Sequence[FilterView]) -> None:
        names = {name for view in views for name in view.filter.context_names}
        self._contexts = {
            name: _Compiled(view for view in views if name in view.filter.context_names)
            for name in names
        }

    def __bool__(self) -> bool:
        """Whether there is any filter at all; else texts need not be prepared."""
        return bool(self._contexts)

    def match(self, context: str, texts: Iterable[str], status_id: int = 0) -> list[FilterResult]:
        """The filters that a status meets, with the keywords that it contains.

        `texts` are plain or sanitised HTML: its content and warning, its poll's options, its
        media's descriptions.
        """
        compiled = self._contexts.get(context)
        if compiled is None:
            return []
        results: dict[int, FilterResult] = {}
        for text in texts:
            for filter_, keyword in compiled.find(_prepared(text)):
                matches = _result(results, filter_).keyword_matches
                if keyword not in matches:
                    matches.append(keyword)
        for filter_ in compiled.statuses.get(status_id, ()):
            _result(results, filter_).status_matches.append(status_id)
        if not results:
            return []
        now = now_ms()
        return [
            result
            for result in results.values()
            if result.filter.expires_at is None or result.filter.expires_at > now
        ]


def _result(results: dict[int, FilterResult], filter_: Filter) -> FilterResult:
    if filter_.id not in results:
        results[filter_.id] = FilterResult(filter_, [], [])
    return results[filter_.id]


@lru_cache(maxsize=1024)
def _prepared(text: str) -> str:
    """Plain, in lower case and NFC. Kept, for the same statuses are shown again and again."""
    return _folded(strip_html(text) if _MARKUP.search(text) else text)


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else nfc(nfc(text).lower())


def _spellings(keyword: str) -> set[str]:
    """A keyword as texts may have it: hoà and hòa are the same word."""
    as_typed = new = old = _folded(keyword)
    for old_pair, new_pair in _SPELLINGS:
        new = new.replace(old_pair, new_pair)
        old = old.replace(new_pair, old_pair)
    return {as_typed, new, old} - {""}


def _gate(keywords: Iterable[str]) -> str:
    """A pattern of the first characters of keywords; it branches once for each character."""
    trie: _Trie = {}
    for prefix in sorted({keyword[:_GATE_DEPTH] for keyword in keywords}):
        node = trie
        for character in prefix:
            node = node.setdefault(character, {})
        # Of keywords that begin alike the shortest prefix is enough.
        node[""] = {}
    return _pattern(trie)


def _pattern(trie: _Trie) -> str:
    if "" in trie:
        return ""
    branches = [re.escape(character) + _pattern(node) for character, node in trie.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
