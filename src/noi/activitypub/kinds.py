"""What a document is: an actor, an object, an activity or a collection, never two of them."""

from enum import StrEnum

from noi.activitypub.normalize import Document, types_of
from noi.activitypub.vocabulary import (
    ACTIVITY_TYPES,
    ACTOR_TYPES,
    COLLECTION_TYPES,
    OBJECT_TYPES,
)
from noi.models.errors import BadDocument


class Kind(StrEnum):
    ACTOR = "actor"
    OBJECT = "object"
    ACTIVITY = "activity"
    COLLECTION = "collection"


_KIND_OF = (
    dict.fromkeys(ACTOR_TYPES, Kind.ACTOR)
    | dict.fromkeys(OBJECT_TYPES, Kind.OBJECT)
    | dict.fromkeys(ACTIVITY_TYPES, Kind.ACTIVITY)
    | dict.fromkeys(COLLECTION_TYPES, Kind.COLLECTION)
)


def kind_of(node: Document) -> Kind:
    """The kind of a compacted node: that of its first known type, else by what it holds.

    Raises `BadDocument` where it has no type.
    """
    only = node.get("type")
    if isinstance(only, str) and only in _KIND_OF:
        return _KIND_OF[only]
    return _kind(node, types_of(node))


def expect(node: Document, kind: Kind, preferred: frozenset[str]) -> str:
    """The type of a compacted node of this kind: the first one in `preferred`, or the first.

    Raises `BadDocument` where it is of another kind, so that nothing is read as two things.
    """
    only = node.get("type")
    if isinstance(only, str) and only in preferred and _KIND_OF[only] is kind:
        return only
    names = types_of(node)
    if _kind(node, names) is not kind:
        raise BadDocument("The document is not of the kind that was expected")
    return next((name for name in names if name in preferred), names[0])


def _kind(node: Document, names: list[str]) -> Kind:
    if not names:
        raise BadDocument("The document has no type")
    for name in names:
        if name in _KIND_OF:
            return _KIND_OF[name]
    if "actor" in node and ("object" in node or "target" in node):
        return Kind.ACTIVITY
    if "inbox" in node:
        return Kind.ACTOR
    if "orderedItems" in node or "items" in node:
        return Kind.COLLECTION
    return Kind.OBJECT
