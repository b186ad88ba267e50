"""Reading activities: what somebody did, to what, and for whom."""

import msgspec

from noi.activitypub.kinds import Kind, expect, kind_of
from noi.activitypub.languages import texts_by_language
from noi.activitypub.normalize import (
    Document,
    compact,
    flag,
    identifier,
    identifiers,
    is_list,
    is_node,
    natural,
    node_at,
    text,
    types_of,
)
from noi.activitypub.objects import Object, read_object
from noi.activitypub.recipients import Recipients, read_recipients
from noi.activitypub.tags import Emoji, read_tags
from noi.activitypub.times import moment
from noi.activitypub.vocabulary import ACTIVITY_TYPES
from noi.models.errors import BadDocument

MAX_NESTING = 3
"""How many activities may stand in each other: Announce{Undo{Like}} (FEP-1b12)."""

MAX_OBJECTS = 256
_REACTIONS = frozenset({"Like", "Dislike", "EmojiReact"})
_MAX_REACTION = 256


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """An activity. Ids are "" where missing, times in milliseconds.

    `object_ids` has all objects (a Flag's many), `object_id` the first. `embedded` is the first
    object as it was sent, where it was sent whole, and `nested` the same read, where it is itself
    an activity that can be read. `reason` is a moderator's (`summary`, or a Flag's `content`).
    `reaction` is an emoji, a `:shortcode:` whose picture is in `emojis`, or "" for a plain Like.
    """

    id: str
    type: str
    actor: str
    object_id: str
    object_ids: tuple[str, ...]
    embedded: Document | None
    embedded_kind: Kind | None
    nested: "Activity | None"
    recipients: Recipients
    target_id: str = ""
    target: Document | None = None
    instrument_id: str = ""
    instrument: Document | None = None
    result_id: str = ""
    published: int | None = None
    ends_at: int | None = None
    content: str = ""
    reason: str = ""
    reaction: str = ""
    emojis: tuple[Emoji, ...] = ()
    removes_data: bool = False
    has_signature: bool = False
    has_proof: bool = False

    @property
    def undone(self) -> "Activity | None":
        """What an Undo takes back, where that can be read."""
        return self.nested if self.type == "Undo" else None


def read_activity(document: Document) -> Activity:
    """An activity with those nested in it.

    Raises `BadDocument` for other kinds of documents, without exactly one actor or without an
    object. The id may be missing, but not unusable.
    """
    return _read(document, MAX_NESTING)


def embedded_object(activity: Activity) -> Object | None:
    """The object that was sent whole, read; None where only its id was sent, or no object.

    An author or recipients that it does not name are the activity's.

    Raises `BadDocument` where it cannot be read.
    """
    if activity.embedded is None or activity.embedded_kind is not Kind.OBJECT:
        return None
    read = read_object(activity.embedded, author=activity.actor)
    if read.recipients == Recipients():
        return msgspec.structs.replace(read, recipients=activity.recipients)
    return read


def _read(document: Document, depth: int, undoing: str = "") -> Activity:
    node = compact(document)
    type_ = expect(node, Kind.ACTIVITY, ACTIVITY_TYPES)
    id_ = identifier(node.get("id"))
    if not id_ and node.get("id"):
        raise BadDocument("The document has no usable id")
    actor = _actor(node) or undoing
    if not actor:
        raise BadDocument("The activity does not name one actor")
    value = node.get("object")
    object_ids = identifiers(value, MAX_OBJECTS)
    embedded, kind = _embedded(value)
    inner = embedded if kind is Kind.ACTIVITY else None
    if not object_ids and embedded is None:
        raise BadDocument("The activity has no object")
    return Activity(
        id=id_,
        type=type_,
        actor=actor,
        object_id=object_ids[0] if object_ids else "",
        object_ids=object_ids,
        embedded=embedded,
        embedded_kind=kind,
        nested=_nested(inner, depth, actor if type_ == "Undo" else ""),
        recipients=read_recipients(node),
        target_id=identifier(node.get("target")),
        target=node_at(node.get("target")),
        instrument_id=identifier(node.get("instrument")),
        instrument=node_at(node.get("instrument")),
        result_id=identifier(node.get("result")),
        published=moment(node.get("published")),
        ends_at=moment(node.get("endTime")),
        content=texts_by_language(node, "content")[0],
        reason=natural(node, "summary") or (natural(node, "content") if type_ == "Flag" else ""),
        reaction=_reaction(node) if type_ in _REACTIONS else "",
        emojis=read_tags(node.get("tag")).emojis if type_ in _REACTIONS else (),
        removes_data=flag(node.get("removeData")) or False,
        has_signature=bool(node.get("signature")),
        has_proof=bool(node.get("proof")),
    )


def _actor(node: Document) -> str:
    actors = identifiers(node.get("actor"), 2)
    if not actors and node.get("actor") is None:
        actors = identifiers(node.get("attributedTo"), 2)
    return actors[0] if len(actors) == 1 else ""


def _embedded(value: object) -> tuple[Document | None, Kind | None]:
    """The first object where it was sent whole, not only its id or a link to it."""
    first = value[0] if is_list(value) and value else value
    if not is_node(first):
        return None, None
    node = compact(first)
    names = types_of(node)
    return (first, kind_of(node)) if names and names[0] != "Link" else (None, None)


def _nested(embedded: Document | None, depth: int, undoing: str) -> Activity | None:
    """The activity inside, by `undoing` where it names no actor. What cannot be read is left to
    its id, which suffices to accept or undo it."""
    if embedded is None or depth <= 1:
        return None
    try:
        return _read(embedded, depth - 1, undoing)
    except BadDocument:
        return None


def _reaction(node: Document) -> str:
    reaction = text(node.get("content")) or text(node.get("_misskey_reaction"))
    return reaction.strip()[:_MAX_REACTION]
