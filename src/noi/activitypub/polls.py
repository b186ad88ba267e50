"""Polls: a Question's choices (ActivityStreams 2.0; Mastodon's `votersCount`)."""

import msgspec

from noi.activitypub.normalize import (
    Document,
    flag,
    natural,
    node_at,
    nodes,
    number,
    text,
)
from noi.activitypub.times import moment

MAX_OPTIONS = 100
_MOST = 2**53


class PollOption(msgspec.Struct, frozen=True):
    title: str
    votes: int | None


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll; votes are None where they are not shown. Times in milliseconds."""

    multiple: bool
    options: tuple[PollOption, ...]
    ends_at: int | None
    closed_at: int | None
    closed: bool
    voters: int | None


def read_poll(node: Document) -> Poll | None:
    """The poll of a compacted object; None where it offers no choice."""
    multiple = bool(node.get("anyOf"))
    choices = node.get("anyOf") if multiple else node.get("oneOf")
    options = tuple(
        PollOption(title, _votes(option))
        for option in nodes(choices, MAX_OPTIONS)
        if (title := natural(option, "name") or text(option.get("content")))
    )
    if not options:
        return None
    closed = node.get("closed")
    closed_at = moment(closed)
    return Poll(
        multiple=multiple,
        options=options,
        ends_at=moment(node.get("endTime")),
        closed_at=closed_at,
        closed=closed_at is not None or flag(closed) is True,
        voters=number(node.get("votersCount"), 0, _MOST),
    )


def _votes(option: Document) -> int | None:
    replies = node_at(option.get("replies"))
    if replies is not None:
        return number(replies.get("totalItems"), 0, _MOST)
    return number(option.get("_misskey_votes"), 0, _MOST)
