"""JSON-LD by hand: from bytes to plain names, and values in whatever shape they were sent.

Documents stay as they were sent (their signatures cover them); readers bring one node at a time
into plain names with `compact`, and take values out of it with the functions below. Contexts are
not applied: names mean what the well-known contexts say. The expanded form (whole IRIs, arrays,
`@value`) is read as well: a linked-data signature covers what a document means, not how it is
written, so what one has verified must be expanded first and read from that.
"""

from collections.abc import Callable, Iterable
from typing import TypeGuard, cast

import orjson

from noi.activitypub.uris import web_uri
from noi.activitypub.vocabulary import (
    AS,
    EXTENSION_TERMS,
    FULL_TERMS,
    PUBLIC,
    PUBLIC_SPELLINGS,
)
from noi.models.errors import BadDocument

Document = dict[str, object]

MAX_DEPTH = 64
MAX_NODES = 20_000
MAX_MEMBERS = 1_000

MAX_NAME = 100
"""Characters of a type's or a term's name."""

_SHORT = 5 * MAX_MEMBERS
_KEYWORDS = {"@id": "id", "@type": "type", "@context": "@context"}
_HREF = AS + "href"
_HTTPS_AS = AS.removeprefix("https://")


def is_node(value: object) -> TypeGuard[Document]:
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def load(data: bytes | Document) -> Document:
    """The JSON object in `data`, which has passed the limits on depth and size.

    Raises `BadDocument` for what is not JSON, not one object, nested deeper than 64, with more
    than 20,000 values (or brackets, also in its texts), or with an object of more than 1,000
    members. How many bytes may come is for the caller to limit.
    """
    document: object = data
    brackets = 0
    if isinstance(data, bytes):
        brackets = data.count(b"{") + data.count(b"[")
        if brackets > MAX_NODES:  # parsing so many containers alone would take a second
            raise BadDocument("The document is nested too deeply or too large")
        try:
            document = cast("object", orjson.loads(data))
        except orjson.JSONDecodeError:
            raise BadDocument("This is not JSON") from None
    if is_list(document) and len(document) == 1:  # expanded form
        document = document[0]
    if not is_node(document):
        raise BadDocument("The document is not a JSON object")
    # A short text with few brackets cannot nest deeply or hold much: no need to walk it.
    if not isinstance(data, bytes) or len(data) > _SHORT or brackets > MAX_DEPTH:
        _check_limits(document)
    return document


def _check_limits(document: Document) -> None:
    seen = 0
    level: list[object] = [document]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for value in level:
            if is_node(value):
                if len(value) > MAX_MEMBERS:
                    raise BadDocument("The document is nested too deeply or too large")
                values = value.values()
            else:
                values = cast("list[object]", value)
            seen += len(values)
            if seen > MAX_NODES:
                raise BadDocument("The document is nested too deeply or too large")
            below += [inner for inner in values if isinstance(inner, dict | list)]
        if not below:
            return
        level = below
    raise BadDocument("The document is nested too deeply or too large")


def compact(node: Document) -> Document:
    """`node` under plain names: itself where it has them, else a copy. Only this one level.

    A plain name wins over the same name in another spelling.
    """
    for key in node:
        if ":" in key or (key[:1] == "@" and key != "@context"):
            return _renamed(node)
    return node


def _renamed(node: Document) -> Document:
    plain: Document = {}
    for key, value in node.items():
        name = _KEYWORDS.get(key) or term(key)
        if name not in plain or name == key:
            plain[name] = value
    return plain


def term(name: str) -> str:
    """The plain name of a term that stands as compact or whole IRI; others unchanged."""
    if ":" not in name or len(name) > MAX_NAME:
        return name
    if name.startswith("as:"):
        return name[3:]
    if name.startswith((AS, "http://" + _HTTPS_AS)):
        return name.partition("#")[2]
    return EXTENSION_TERMS.get(name) or FULL_TERMS.get(name) or name


def types_of(node: Document) -> list[str]:
    """The plain names of a compacted node's types, in their order; bounded."""
    value = node.get("type")
    if isinstance(value, str):
        return [term(value)] if 0 < len(value) <= MAX_NAME else []
    names = [name for name in many(value, 16) if isinstance(name, str)]
    return [term(name) for name in names if 0 < len(name) <= MAX_NAME]


def many(value: object, limit: int = 256) -> list[object]:
    """A value that may be missing, single, an array or a `@list`, as a list of at most `limit`."""
    if value is None:
        return []
    if is_list(value):
        if len(value) != 1 or not is_node(value[0]):
            return value if len(value) <= limit else value[:limit]
        value = value[0]
    if is_node(value):
        for key in ("@list", "@set"):
            if key in value:
                return many(value[key], limit)
    return [value]


def nodes(value: object, limit: int = 256) -> list[Document]:
    """The objects among the values of `many`, compacted."""
    return [compact(item) for item in many(value, limit) if is_node(item)]


def node_at(value: object) -> Document | None:
    """The first object of a value, compacted."""
    if is_node(value):
        return compact(value)
    return next(iter(nodes(value, 16)), None) if is_list(value) else None


def text(value: object) -> str:
    """The text of a string, a `@value`, a number or the first of an array; empty for others.

    Without NUL, which PostgreSQL cannot store.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\0", "") if "\0" in value else value
    if is_list(value):
        return text(value[0]) if value else ""
    if is_node(value):
        return text(value.get("@value"))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def first(read: Callable[[object], str], values: Iterable[object]) -> str:
    """The first text that `read` finds in one of `values`; else an empty string."""
    for value in values:
        if found := read(value):
            return found
    return ""


def natural(node: Document, name: str) -> str:
    """A text that may stand under `name` or, by language, under `nameMap` (the first one)."""
    found = text(node.get(name))
    if not found and is_node(by_language := node.get(name + "Map")):
        return first(text, list(by_language.values())[:16])
    return found


def number(value: object, least: int, most: int) -> int | None:
    """A whole number between two bounds, also as a string or a float; None for others."""
    if is_list(value):
        value = value[0] if value else None
    if is_node(value):
        value = value.get("@value")
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and len(value) <= 20 and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, int | float) and least <= value <= most:
        return int(value)
    return None


def flag(value: object) -> bool | None:
    """A truth value, also as `"true"`, 0 or 1; None where it says neither."""
    if isinstance(value, bool) or value is None:
        return value
    if is_list(value):
        return flag(value[0]) if value else None
    if is_node(value):
        return flag(value.get("@value"))
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value)[:8].lower())


def identifier(value: object) -> str:
    """The first usable address of a string, an object with an id, a Link or an array."""
    if isinstance(value, str):
        return web_uri(value)
    if value is None:
        return ""
    if is_node(value):
        for key in ("id", "@id", "href", "@value"):
            if found := web_uri(value.get(key)):
                return found
        if _HREF in value:
            return identifier(value[_HREF])
        return first(identifier, many(value, 16)) if "@list" in value else ""
    if is_list(value):
        return first(identifier, value[:16])
    return ""


def identifiers(value: object, limit: int = 256) -> tuple[str, ...]:
    """All usable addresses of a value, each once."""
    if not value:
        return ()
    if isinstance(value, str) or (is_node(value) and "@list" not in value):
        found = identifier(value)
        return (found,) if found else ()
    return tuple(dict.fromkeys(filter(None, map(identifier, many(value, limit)))))


def audience(value: object, limit: int = 1_000) -> tuple[str, ...]:
    """The same for recipients: everybody is `PUBLIC`, however it was spelt."""
    if not value:
        return ()
    found: dict[str, None] = {}
    for item in many(value, limit):
        if not isinstance(item, str):
            found[identifier(item)] = None
        elif item in PUBLIC_SPELLINGS:
            found[PUBLIC] = None
        else:
            found[web_uri(item)] = None
    found.pop("", None)
    return tuple(found)
