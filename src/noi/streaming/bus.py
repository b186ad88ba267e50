"""The live bus of one process: references in commit order, handed to the doors in turn.

The database is what carries events between processes (`Database.watch`); here each is decoded
once, and costs nothing while no door has an open stream.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol

from noi.models.live import LiveEvent

# Streams are a convenience: a process that cannot keep up lets go of the oldest events.
MOST_WAITING = 5000
MOST_TOGETHER = 50

_log = logging.getLogger("noi.streaming")


class Follower(Protocol):
    """A door with open streams."""

    async def hear(self, events: Sequence[LiveEvent]) -> None:
        """Bring some events to the streams that they concern; the next ones wait for that."""
        ...

    def close(self) -> None:
        """End every stream, because the process ends."""
        ...


class Bus:
    """Where the doors of a process hear what was committed, here and in other processes."""

    def __init__(self) -> None:
        self._followers: list[Follower] = []
        self._waiting: deque[LiveEvent] = deque(maxlen=MOST_WAITING)
        self._working: asyncio.Task[None] | None = None

    def add(self, follower: Follower) -> None:
        """Hand a door every event from now on."""
        self._followers.append(follower)

    def remove(self, follower: Follower) -> None:
        """Hand a door nothing more."""
        self._followers.remove(follower)

    def feed(self, events: Iterable[LiveEvent]) -> None:
        """Take in events in commit order."""
        if not self._followers:
            return
        self._waiting.extend(events)
        if self._waiting and (self._working is None or self._working.done()):
            self._working = asyncio.create_task(self._hand_out())

    def close(self) -> None:
        """End every stream of this process."""
        for follower in [*self._followers]:
            follower.close()

    async def _hand_out(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), MOST_TOGETHER)
            events = [self._waiting.popleft() for _ in range(count)]
            for follower in [*self._followers]:
                try:
                    await follower.hear(events)
                except Exception:
                    # The database may be away: these events are lost, the stream goes on.
                    _log.exception("live events were not brought to their streams")
            await asyncio.sleep(0)  # SQLite's reads do not yield, and writers must come to write
