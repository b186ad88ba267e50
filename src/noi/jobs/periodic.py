"""Periodic jobs: at most one of each waits in the queue, for the next whole period."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from noi.db import jobs
from noi.db.database import Database, Transaction
from noi.models.errors import Unavailable
from noi.models.ids import now_ms
from noi.models.jobs import Job

_LOOK_SECONDS = 30.0


async def keep_scheduled(db: Database, every: Sequence[tuple[Job, int]]) -> None:
    """Until cancelled, see to it that each job waits for its next time; periods are in ms."""
    while True:
        with suppress(Unavailable):
            await schedule(db, every)
        await asyncio.sleep(_LOOK_SECONDS)


async def schedule(db: Database, every: Sequence[tuple[Job, int]]) -> None:
    """Queue those that do not wait yet, each for the next multiple of its period."""
    waiting = await jobs.waiting_keys(db, [jobs.unique_key(job) for job, _ in every])
    missing = [(job, period) for job, period in every if jobs.unique_key(job) not in waiting]

    async def work(tx: Transaction) -> None:
        now = now_ms()
        for job, period in missing:
            await jobs.enqueue(tx, job, run_at=(now // period + 1) * period, unique=True)

    if missing:
        await db.transaction(work)
