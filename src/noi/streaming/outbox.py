"""What waits to be written to one reader of a stream."""

import asyncio
from collections.abc import Awaitable, Callable

MOST_ITEMS = 200
MOST_SIZE = 1024 * 1024


class Outbox:
    """A bounded queue of shared bytes, emptied by the task that made it.

    A reader who falls behind by MOST_ITEMS or MOST_SIZE is let go: to wait would keep the others
    from theirs, and apps catch up by themselves when they connect anew.
    """

    __slots__ = ("_items", "_size", "_task", "_wake", "closed", "overrun")

    def __init__(self) -> None:
        self._items: list[bytes] = []
        self._size = 0
        self._wake: asyncio.Future[None] | None = None
        self._task = asyncio.current_task()
        self.closed = False
        self.overrun = False

    def put(self, item: bytes) -> None:
        """Queue something to write, unless the stream has ended."""
        if self.closed:
            return
        self._items.append(item)
        self._size += len(item)
        if len(self._items) > MOST_ITEMS or self._size > MOST_SIZE:
            self._let_go()
        self._rouse()

    def close(self) -> None:
        """End the stream after what is queued."""
        self.closed = True
        self._rouse()

    async def empty_into(self, write: Callable[[list[bytes]], Awaitable[None]]) -> None:
        """Write what is queued and what comes, all that waits at a time, until the stream is
        closed or overrun.
        """
        try:
            while True:
                while self._items:
                    items, self._items, self._size = self._items, [], 0
                    await write(items)
                if self.closed:
                    return
                self._wake = asyncio.get_running_loop().create_future()
                await self._wake
        except asyncio.CancelledError:
            if not self.overrun or self._task is None:
                raise
            self._task.uncancel()

    def _let_go(self) -> None:
        self._items = []
        self.closed = self.overrun = True
        if self._task is not None:
            self._task.cancel()  # it hangs in a write that nobody reads

    def _rouse(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
