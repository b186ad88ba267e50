"""Which open streams want what: topics, such as one home or one hashtag, and who follows them."""

from collections.abc import Collection, Hashable, Iterator
from typing import Generic, NamedTuple, TypeVar

M = TypeVar("M", bound=Hashable)


class Topic(NamedTuple):
    """Something to follow: its kind, and whose or which; `key` is 0 where there is only one."""

    kind: str
    key: int | str = 0


class Topics(Generic[M]):
    """Members by topic; a topic without members takes no room."""

    __slots__ = ("_kinds",)

    def __init__(self) -> None:
        self._kinds: dict[str, dict[int | str, set[M]]] = {}

    def add(self, topic: Topic, member: M) -> None:
        """Let a member follow a topic; a repeat changes nothing."""
        self._kinds.setdefault(topic.kind, {}).setdefault(topic.key, set()).add(member)

    def discard(self, topic: Topic, member: M) -> None:
        """Let a member follow a topic no longer."""
        keys = self._kinds.get(topic.kind)
        members = keys.get(topic.key) if keys else None
        if keys is None or members is None:
            return
        members.discard(member)
        if not members:
            del keys[topic.key]
        if not keys:
            del self._kinds[topic.kind]

    def members(self, topic: Topic) -> Collection[M]:
        """Who follows a topic."""
        return self._kinds.get(topic.kind, {}).get(topic.key, ())

    def keys(self, kind: str) -> list[int | str]:
        """The topics of a kind that anyone follows."""
        return list(self._kinds.get(kind, ()))

    def __iter__(self) -> Iterator[Topic]:
        for kind, keys in self._kinds.items():
            for key in keys:
                yield Topic(kind, key)

    def __bool__(self) -> bool:
        return bool(self._kinds)
