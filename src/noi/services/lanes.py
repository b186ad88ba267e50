"""In which order received activities are handled, as far as one may rest on another."""

import asyncio

import msgspec

from noi.activitypub.normalize import Document, compact, identifier, load, node_at, types_of
from noi.models.federation import Mail

_INDEPENDENT = frozenset(
    {"Create", "Announce", "Like", "EmojiReact", "Dislike", "Follow", "View", "Flag"}
)
"""What an actor may do many times over, in whatever order."""

_Task = asyncio.Task[None]


class Opened(msgspec.Struct, frozen=True):
    """An entry of the journal, read as far as its place needs it. `names` are the ids of what it
    is about and rests on, the first of them what it brings.
    """

    mail: Mail
    document: Document
    kind: str
    names: tuple[str, ...]


def opened(mail: Mail) -> Opened:
    """Open an entry; it was read before it was taken in, so it can be."""
    document = load(mail.body)
    node = compact(document)
    types = types_of(node)
    names = [identifier(node.get("object"))]
    inner = node_at(node.get("object"))
    if inner is not None:
        names += [identifier(inner.get("inReplyTo")), identifier(inner.get("object"))]
    return Opened(mail, document, types[0] if types else "", tuple(filter(None, names)))


class _Lane:
    """What is under way of one actor: the last that others wait for, and what came after it."""

    def __init__(self) -> None:
        self.barrier: _Task | None = None
        self.tasks: dict[_Task, None] = {}


class Lanes:
    """What is under way, by actor and by what it brings."""

    def __init__(self) -> None:
        self._lanes: dict[str, _Lane] = {}
        self._brings: dict[str, _Task] = {}

    def before(self, entry: Opened) -> list[_Task]:
        """What has to end before this entry is handled."""
        found = {task for name in entry.names if (task := self._brings.get(name)) is not None}
        lane = self._lanes.get(entry.mail.actor_uri)
        if lane is not None:
            if entry.kind not in _INDEPENDENT:
                found |= lane.tasks.keys()
            elif lane.barrier is not None:
                found.add(lane.barrier)
        return list(found)

    def put(self, entry: Opened, task: _Task) -> None:
        """Note what handles an entry."""
        lane = self._lanes.setdefault(entry.mail.actor_uri, _Lane())
        if entry.kind not in _INDEPENDENT:
            lane.barrier = task
        lane.tasks[task] = None
        if entry.kind == "Create" and entry.names:
            self._brings[entry.names[0]] = task

    def remove(self, entry: Opened, task: _Task) -> None:
        """Forget it, because it ended."""
        if entry.names and self._brings.get(entry.names[0]) is task:
            del self._brings[entry.names[0]]
        lane = self._lanes[entry.mail.actor_uri]
        del lane.tasks[task]
        if lane.barrier is task:
            lane.barrier = None
        if not lane.tasks:
            del self._lanes[entry.mail.actor_uri]
