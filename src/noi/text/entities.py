"""Links, mentions and hashtags in plain text, found by one regular expression.

Every quantifier that could give back what it took is possessive or bounded, so that hostile
text costs linear time.
"""

import re
from collections.abc import Iterator
from enum import Enum

import msgspec

from noi.text.characters import WORD, nfc

MAX_TAG_LENGTH = 100
"""A longer run after `#` is not a hashtag; index keys have to stay small."""

# Only classes are repeated possessively: of groups, Python before 3.11.5 takes too much.
_LABELS = rf"[{WORD}-]{{1,63}}+(?:\.[{WORD}-]{{1,63}}+)"
_HTTP = rf"[Hh][Tt][Tt][Pp][Ss]?://(?:{_LABELS}+|localhost(?![{WORD}]))"
_OTHER = rf"(?:dat|dweb|ipfs|ipns|ssb|gopher|gemini)://[{WORD}.-]++"
_REST = (
    r"[^\s<>\"\x00-\x1f\x7f\u201c\u201d\u00ab\u00bb\u2028-\u202e\u2066-\u2069\u3000-\u3002\uff0c]"
)
_URL = (
    rf"(?<![A-Za-z0-9@$#])(?:(?:{_HTTP}|{_OTHER})(?::\d{{1,5}}+)?(?:[/?#]{_REST}*+)?"
    rf"|magnet:\?{_REST}++|xmpp:[{WORD}.-]++@{_LABELS}*(?:[/?]{_REST}*+)?)"
)
_REMOTE = rf"([{WORD}]++(?:[.-]++[{WORD}]++)*)@({_LABELS}*(?::\d{{2,5}}+)?)"
_LATIN = r"\u00c0-\u024f\u1e00-\u1eff\u0300-\u036f"
_LOCAL = rf"([A-Za-z0-9_]++)(?![{_LATIN}])"
_MENTION = rf"(?<![=/{WORD}])@(?:{_REMOTE}|{_LOCAL})"
_TAG = rf"(?<![=/&){WORD}])[#＃](\w[{WORD}·・\u200c]*+)"

PATTERN = f"(?:{_URL}|{_MENTION}|{_TAG})"
_ENTITY = re.compile(PATTERN)
_HINT = re.compile("[:@#＃]")
_DIGITS = re.compile(r"[\d_·・\u200c]*+")
_DIGITS_IN_GROUPS = re.compile(r"\d[\d_·・\u200c]*[_·・\u200c][\d_]*\d")

_CLOSING = {")": "(", "]": "[", "}": "{"}
_TRAILING = frozenset(".,;:!?'*~|…’‘、。，！？：；）」』】([{\\")


class EntityKind(Enum):
    URL = 1
    MENTION = 2
    TAG = 3


class Entity(msgspec.Struct, frozen=True, array_like=True):
    """Where in the text (`start` to `end`) stands what.

    `value` is the URL, the tag without `#`, or the mentioned user; `domain` is None for users of
    this network.
    """

    kind: EntityKind
    start: int
    end: int
    value: str
    domain: str | None = None


def find_entities(text: str) -> Iterator[Entity]:
    """Every link, mention and hashtag in `text` (NFC), in order, none within another."""
    if not _HINT.search(text):  # no entity is without one of these
        return
    for match in _ENTITY.finditer(text):
        if entity := _entity(match):
            yield entity


def entity_at(text: str, position: int) -> Entity | None:
    """The entity that starts exactly at `position`, if one does."""
    match = _ENTITY.match(text, position)
    return _entity(match) if match else None


def find_mentions(text: str) -> list[tuple[str, str | None]]:
    """The (user, domain) of each mention in `text`, once each, as typed, in order."""
    if "@" not in text:
        return []
    return list(
        dict.fromkeys(
            (entity.value, entity.domain)
            for entity in find_entities(nfc(text))
            if entity.kind is EntityKind.MENTION
        )
    )


def _entity(match: re.Match[str]) -> Entity | None:
    user, domain, local, tag = match.groups()
    start, end = match.span()
    if tag is not None:
        name = tag.rstrip("·・\u200c")
        if not _is_tag(name):
            return None
        return Entity(EntityKind.TAG, start, start + 1 + len(name), name)
    if local is not None:
        return Entity(EntityKind.MENTION, start, end, local)
    if user is not None:
        return Entity(EntityKind.MENTION, start, end, user, domain)
    url = _without_trailing(match[0])
    return Entity(EntityKind.URL, start, start + len(url), url)


def _is_tag(name: str) -> bool:
    if len(name) > MAX_TAG_LENGTH:
        return False
    return not _DIGITS.fullmatch(name) or _DIGITS_IN_GROUPS.fullmatch(name) is not None


def _without_trailing(url: str) -> str:
    """`url` without the punctuation after it; a closing bracket stays if its opening is inside."""
    if url[-1].isalnum() or url[-1] == "/":
        return url
    balance = {
        closing: url.count(opening) - url.count(closing) for closing, opening in _CLOSING.items()
    }
    end = len(url)
    while end:
        character = url[end - 1]
        if character in _CLOSING:
            if balance[character] >= 0:
                break
            balance[character] += 1
        elif character not in _TRAILING:
            break
        end -= 1
    return url[:end]
