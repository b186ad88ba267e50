"""Activities that are handled at the same time in one commit, on PostgreSQL, each once.

SQLite's writer does so by itself.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from noi.db import inbox
from noi.db.database import Database, Transaction
from noi.models.errors import Unavailable

Work = Callable[[Transaction], Awaitable[None]]

_MOST = 100
# Whoever writes alone, such as a person who posts, shall not wait long for a group. A plan made
# anew for each activity would cost more than what it plans.
_SETTINGS = """SELECT set_config('lock_timeout', '200ms', true),
    set_config('plan_cache_mode', 'force_generic_plan', true)"""


class _Waiting(NamedTuple):
    key: bytes
    work: Work
    future: asyncio.Future[None]


class Groups:
    """Runs transactions of one process, many to a commit."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def once(self, key: bytes, work: Work) -> None:
        """Run `work` and commit, as `Database.transaction` does, unless what has this key was
        handled before. Where the key is empty, that cannot be told.
        """
        if self._db.dialect == "sqlite":
            return await self._db.transaction(lambda tx: _run(tx, key, work))
        waiting = _Waiting(key, work, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await waiting.future

    async def settle(self) -> None:
        """Wait for what is being written."""
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _write(self) -> None:
        while self._waiting:
            if len(self._waiting) > 1:
                await self._write_group()
            else:
                await self._write_alone(self._taken())

    def _taken(self) -> list[_Waiting]:
        count = min(len(self._waiting), _MOST)
        taken = [self._waiting.popleft() for _ in range(count)]
        return [each for each in taken if not each.future.cancelled()]

    async def _write_group(self) -> None:
        group = self._taken()

        async def work(tx: Transaction) -> None:
            await tx.fetch_one(_SETTINGS)
            await _run_all(tx, group)

        try:
            await self._db.transaction(work)
        except Unavailable as error:
            _tell(group, error)
        except Exception:  # whose it is shows when each is run alone
            await self._write_alone(group)
        else:
            _tell(group, None)

    async def _write_alone(self, group: Sequence[_Waiting]) -> None:
        for number, each in enumerate(group):
            try:
                await self._db.transaction(lambda tx, each=each: _run(tx, each.key, each.work))
            except Unavailable as error:
                _tell(group[number:], error)
                return
            except Exception as error:
                _tell([each], error)
            else:
                _tell([each], None)


async def _run_all(tx: Transaction, group: Sequence[_Waiting]) -> None:
    new = await inbox.mark_all_handled(tx, [each.key for each in group if each.key])
    for each in group:
        if not each.key or each.key in new:
            new.discard(each.key)  # the next with the same key is a repetition
            await each.work(tx)


async def _run(tx: Transaction, key: bytes, work: Work) -> None:
    if not key or await inbox.mark_handled(tx, key):
        await work(tx)


def _tell(group: Sequence[_Waiting], error: Exception | None) -> None:
    for each in group:
        if each.future.done():
            continue
        if error is None:
            each.future.set_result(None)
        else:
            each.future.set_exception(error)
