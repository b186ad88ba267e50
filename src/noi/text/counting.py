"""The length of a status as its author sees it counted."""

import re

from noi.text.characters import MARK, MARKS, nfc
from noi.text.entities import EntityKind, find_entities

URL_LENGTH = 23

_OTHER_EXTENDING = "\u0e33\u0eb3\u200c\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
_CLUSTER = re.compile(
    r"\r\n|[\U0001f1e6-\U0001f1ff]{2}"
    rf"|(?s:.)(?:{MARK}|[{_OTHER_EXTENDING}]|\u200d[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]?)*"
)
_MAYBE_CLUSTER = re.compile(rf"[{MARKS}{_OTHER_EXTENDING}\u200d\r\U0001f1e6-\U0001f1ff]")


def graphemes(text: str) -> int:
    """How many characters a person sees in `text`: extended grapheme clusters of its NFC form."""
    composed = nfc(text)
    if not _MAYBE_CLUSTER.search(composed):
        return len(composed)
    return sum(1 for _ in _CLUSTER.finditer(composed))


def status_length(text: str) -> int:
    """Graphemes, where a link counts 23 and a remote mention only its local part."""
    composed = nfc(text)
    if ":" not in composed and "@" not in composed:
        return graphemes(composed)  # tags count as they are
    length, end = 0, 0
    for entity in find_entities(composed):
        if entity.kind is EntityKind.TAG:
            continue
        length += graphemes(composed[end : entity.start])
        is_url = entity.kind is EntityKind.URL
        length += URL_LENGTH if is_url else 1 + graphemes(entity.value)
        end = entity.end
    return length + graphemes(composed[end:])
