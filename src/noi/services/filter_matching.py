"""Comparing texts with a person's filters: compiled once for each revision, then linear.

All keywords of a context lie in one trie. A regular expression of their first characters finds
the places worth a look, so that a text without any costs one pass in C; from such a place the
trie is walked at most as far as the longest keyword.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from noi.models.filters import Filter, FilterResult, FilterView
from noi.models.ids import now_ms
from noi.text.characters import SPACELESS, WORD, nfc

_GATE_DEPTH = 4
_END = ""  # in a node of the trie, where the keywords that end there are
_EDGED = re.compile(f"[{WORD}](?<![{SPACELESS}])")
_WORD = re.compile(f"[{WORD}]")
_SPELLINGS = (
    ("òa", "oà"), ("óa", "oá"), ("ỏa", "oả"), ("õa", "oã"), ("ọa", "oạ"),
    ("òe", "oè"), ("óe", "oé"), ("ỏe", "oẻ"), ("õe", "oẽ"), ("ọe", "oẹ"),
    ("ùy", "uỳ"), ("úy", "uý"), ("ủy", "uỷ"), ("ũy", "uỹ"), ("ụy", "uỵ"),
)  # fmt: skip

_Trie = dict[str, Any]


class _Entry(msgspec.Struct, frozen=True):
    """A keyword of a filter; an edge is a side where a whole word has to end."""

    filter: Filter
    keyword: str
    left_edge: bool
    right_edge: bool


class _Compiled:
    """The filters of one context."""

    __slots__ = ("gate", "statuses", "trie")

    def __init__(self, views: Iterable[FilterView]) -> None:
        self.trie: _Trie = {}
        self.statuses: dict[int, list[Filter]] = {}
        for view in views:
            for keyword in view.keywords:
                self._add(view.filter, keyword.keyword, whole_word=keyword.whole_word)
            for status in view.statuses:
                self.statuses.setdefault(status.status_id, []).append(view.filter)
        self.gate = re.compile(_gate(self.trie, _GATE_DEPTH)) if self.trie else None

    def _add(self, filter_: Filter, keyword: str, *, whole_word: bool) -> None:
        for spelling in _spellings(keyword):
            entry = _Entry(
                filter_,
                keyword,
                whole_word and _EDGED.match(spelling[0]) is not None,
                whole_word and _EDGED.match(spelling[-1]) is not None,
            )
            node = self.trie
            for character in spelling:
                node = node.setdefault(character, {})
            node.setdefault(_END, []).append(entry)

    def find(self, text: str) -> Iterable[_Entry]:
        """Every keyword in a normalised text, as often as it stands there."""
        if self.gate is None:
            return
        place = self.gate.search(text)
        while place is not None:
            yield from self._found_at(text, place.start())
            place = self.gate.search(text, place.start() + 1)

    def _found_at(self, text: str, start: int) -> Iterable[_Entry]:
        node: _Trie | None = self.trie
        inside_word = start > 0 and _WORD.match(text[start - 1]) is not None
        for position in range(start, len(text)):
            node = node.get(text[position])
            if node is None:
                return
            for entry in node.get(_END, ()):
                if entry.left_edge and inside_word:
                    continue
                if entry.right_edge and _WORD.match(text, position + 1):
                    continue
                yield entry


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

        `texts` are plain: its text, its warning, its poll's options, its media's descriptions.
        """
        compiled = self._contexts.get(context)
        if compiled is None:
            return []
        results: dict[int, FilterResult] = {}
        for text in texts:
            for entry in compiled.find(_normalised(text)):
                matches = _result(results, entry.filter).keyword_matches
                if entry.keyword not in matches:
                    matches.append(entry.keyword)
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


def _normalised(text: str) -> str:
    return text.lower() if text.isascii() else nfc(nfc(text).lower())


def _spellings(keyword: str) -> set[str]:
    """A keyword as texts may have it: hoà and hòa are the same word."""
    as_typed = new = old = _normalised(keyword)
    for old_pair, new_pair in _SPELLINGS:
        new = new.replace(old_pair, new_pair)
        old = old.replace(new_pair, old_pair)
    return {as_typed, new, old} - {""}


def _gate(trie: _Trie, depth: int) -> str:
    if depth == 0 or _END in trie:
        return ""
    branches = [
        re.escape(character) + _gate(node, depth - 1) for character, node in sorted(trie.items())
    ]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
