"""Noting that a token or session was used: at most once an hour, and after the answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.services.network import Network

INTERVAL_MS = 3_600_000

_log = logging.getLogger("noi.usage")
_noting: set[object] = set()
_tasks: set[asyncio.Task[None]] = set()


def note(
    network: Network,
    whose: object,
    used_at: int,
    work: Callable[[Transaction, int], Awaitable[None]],
) -> None:
    """Run `work(tx, before)` in the background if `whose` was last used over an hour ago.

    A note that is lost costs nothing, so failures are only logged.
    """
    before = now_ms() - INTERVAL_MS
    if used_at > before or whose in _noting:
        return

    async def run() -> None:
        try:
            await network.db.transaction(lambda tx: work(tx, before))
        except Exception:
            _log.warning("a use could not be noted", exc_info=True)
        finally:
            _noting.discard(whose)

    _noting.add(whose)
    task = asyncio.create_task(run())
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
