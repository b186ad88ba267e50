"""The job queue's table: a transactional outbox.

A job is `ready`, then `running` under a lease, then gone; `dead` when it failed too often. One
job at a time runs for an ordering key, in the order of ids: an earlier one that waits for its
next try holds the later ones back.
"""

from collections.abc import Sequence

import msgspec

from noi.db import live
from noi.db.database import Database, Duplicate, Transaction
from noi.db.dialect import with_rows
from noi.models.ids import now_ms
from noi.models.jobs import Job

ERROR_CHARACTERS = 2000


class Claimed(msgspec.Struct, array_like=True, frozen=True):
    """A job that this worker holds; `attempts` counts the present one too."""

    id: int
    name: str
    payload: str
    attempts: int
    ordering_key: str | None


class DeadJob(msgspec.Struct, array_like=True, frozen=True):
    """A job that was given up, for the people who look after the network."""

    id: int
    name: str
    payload: str
    attempts: int
    error: str
    created_at: int
    failed_at: int


_ENQUEUE = """INSERT INTO jobs (name, payload, ordering_key, unique_key, run_at, created_at)
VALUES @rows(:name, :payload, :ordering_key, :unique_key, :run_at, :now)
ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND state = 'ready' DO NOTHING"""
_ENQUEUE_NOTIFYING = f"{_ENQUEUE} RETURNING pg_notify('noi_jobs', '')"

_RUNNABLE = """FROM jobs j
WHERE state = 'ready' AND (ordering_key IS NULL OR NOT EXISTS (
    SELECT 1 FROM jobs e
    WHERE e.ordering_key = j.ordering_key AND e.state IN ('ready', 'running')
    AND (e.id < j.id OR e.state = 'running')))"""
NEXT_DUE = f"SELECT run_at {_RUNNABLE} ORDER BY run_at, id LIMIT 1"
# The unique key goes, so that a failed job may wait again beside a newer equal one.
_CLAIM = f"""WITH due AS MATERIALIZED (
    SELECT id {_RUNNABLE} AND run_at <= :now
    ORDER BY run_at, id LIMIT CAST(:limit AS BIGINT) @skip_locked)
UPDATE jobs SET state = 'running', attempts = attempts + 1, worker = :worker,
    lease_until = :lease_until, unique_key = NULL
WHERE id IN (SELECT id FROM due)
RETURNING id, name, payload, attempts, ordering_key"""
_HELD = "id = :id AND worker = :worker AND attempts = :attempts AND state = 'running'"
_FINISH = """DELETE FROM jobs
WHERE id @in(:ids) AND worker = :worker AND attempts = :attempts AND state = 'running'"""
_RETRY = f"""UPDATE jobs SET state = 'ready', worker = '', lease_until = NULL, run_at = :run_at,
    error = :error WHERE {_HELD}"""
_BURY = f"""UPDATE jobs SET state = 'dead', worker = '', lease_until = NULL, failed_at = :now,
    error = :error WHERE {_HELD}"""
_GIVE_BACK = f"""UPDATE jobs SET state = 'ready', worker = '', lease_until = NULL,
    attempts = attempts - 1 WHERE {_HELD}"""
_RENEW = """UPDATE jobs SET lease_until = :lease_until
WHERE id @in(:ids) AND worker = :worker AND state = 'running'"""
_RELEASE = "UPDATE jobs SET state = 'ready', worker = '', lease_until = NULL"
_RELEASE_EXPIRED = f"{_RELEASE} WHERE state = 'running' AND lease_until < :now"
_RELEASE_WORKER = f"{_RELEASE} WHERE state = 'running' AND worker = :worker"
_EXPIRED = "SELECT 1 FROM jobs WHERE state = 'running' AND lease_until < :now LIMIT 1"
_WORKERS = "SELECT DISTINCT worker FROM jobs WHERE state = 'running'"
_WAITING_KEYS = """SELECT unique_key FROM jobs
WHERE unique_key @in(:keys) AND unique_key IS NOT NULL AND state = 'ready'"""
_COUNTS = "SELECT state, count(*) FROM jobs GROUP BY state"
_DEAD = """SELECT id, name, payload, attempts, error, created_at, failed_at FROM jobs
WHERE state = 'dead' AND failed_at < :before ORDER BY failed_at DESC LIMIT CAST(:limit AS BIGINT)"""
_REVIVE = """UPDATE jobs SET state = 'ready', attempts = 0, run_at = :now, failed_at = NULL
WHERE id = :id AND state = 'dead'"""
_DISCARD = "DELETE FROM jobs WHERE id = :id AND state = 'dead'"


async def enqueue(
    tx: Transaction, job: Job, *, run_at: int | None = None, unique: bool = False
) -> None:
    """Queue a job with the commit of this transaction, to run at `run_at` (ms) or at once.

    With `unique`, an equal job that still waits is enough.
    """
    await enqueue_all(tx, [job], run_at=run_at, unique=unique)


async def enqueue_all(
    tx: Transaction, jobs: Sequence[Job], *, run_at: int | None = None, unique: bool = False
) -> None:
    """Queue several jobs in their order, as `enqueue` does."""
    now = now_ms()
    rows = [
        {
            "name": type(job).__name__,
            "payload": msgspec.json.encode(job).decode(),
            "ordering_key": job.ordering_key,
            "unique_key": unique_key(job) if unique else None,
            "run_at": now if run_at is None else run_at,
            "now": now,
        }
        for job in jobs
    ]
    notifying = run_at is None and tx.dialect == "postgresql"
    for sql, params in with_rows(_ENQUEUE_NOTIFYING if notifying else _ENQUEUE, rows):
        await tx.later(sql, params)


def unique_key(job: Job) -> str:
    """What makes two jobs equal: their name and what they carry."""
    return f"{type(job).__name__}:{msgspec.json.encode(job).decode()}"


async def waiting_keys(db: Database, keys: list[str]) -> set[str]:
    """Which of these unique keys belong to jobs that wait."""
    return {row[0] for row in await db.fetch_all(_WAITING_KEYS, {"keys": keys})}


async def next_due(db: Database) -> int | None:
    """When the first job that nothing holds back is to run (ms), perhaps in the past."""
    return await db.fetch_value(NEXT_DUE)


async def claim(
    db: Database,
    worker: str,
    *,
    now: int,
    lease_until: int,
    limit: int,
    done: Sequence[Claimed] = (),
) -> list[Claimed]:
    """Take up to `limit` due jobs for `worker`, oldest first, and `finish` those that are done."""
    params = {"worker": worker, "now": now, "lease_until": lease_until, "limit": limit}

    async def work(tx: Transaction) -> list[Claimed]:
        await _finish(tx, worker, done)
        return await tx.fetch_all(_CLAIM, params, Claimed)

    try:
        claimed = await db.transaction(work)
    except Duplicate:
        # Another worker took a job with the same ordering key in this moment.
        await finish(db, worker, done)
        return []
    return sorted(claimed, key=lambda job: job.id)


async def finish(db: Database, worker: str, done: Sequence[Claimed]) -> None:
    """Forget jobs that are done, unless one was meanwhile taken from this worker."""
    if done:
        await db.transaction(lambda tx: _finish(tx, worker, done))


async def _finish(tx: Transaction, worker: str, done: Sequence[Claimed]) -> None:
    for attempts in sorted({job.attempts for job in done}):
        ids = [job.id for job in done if job.attempts == attempts]
        await tx.execute(_FINISH, {"ids": ids, "worker": worker, "attempts": attempts})
    if any(job.ordering_key is not None for job in done):
        await live.wake_workers(tx)


async def retry(db: Database, worker: str, job: Claimed, *, run_at: int, error: str) -> None:
    """Let a failed job run again at `run_at` (ms)."""
    params = {**_held(worker, job), "run_at": run_at, "error": error[:ERROR_CHARACTERS]}
    await db.execute(_RETRY, params)


async def bury(db: Database, worker: str, job: Claimed, *, error: str) -> None:
    """Give a job up; it waits among the dead for someone to look at it."""

    async def work(tx: Transaction) -> None:
        params = {**_held(worker, job), "now": now_ms(), "error": error[:ERROR_CHARACTERS]}
        await tx.execute(_BURY, params)
        if job.ordering_key is not None:
            await live.wake_workers(tx)

    await db.transaction(work)


async def give_back(db: Database, worker: str, jobs: list[Claimed]) -> None:
    """Return unfinished jobs as if they had never been claimed."""

    async def work(tx: Transaction) -> None:
        for job in jobs:
            await tx.execute(_GIVE_BACK, _held(worker, job))
        await live.wake_workers(tx)

    await db.transaction(work)


async def renew(db: Database, worker: str, ids: list[int], *, lease_until: int) -> int:
    """Extend the leases of running jobs; answers how many this worker still holds."""
    params = {"worker": worker, "ids": ids, "lease_until": lease_until}
    return await db.execute(_RENEW, params)


async def release_expired(db: Database) -> int:
    """Make jobs ready again whose worker has not renewed its lease; answers how many."""
    now = {"now": now_ms()}
    if await db.fetch_value(_EXPIRED, now) is None:
        return 0
    return await db.execute(_RELEASE_EXPIRED, now)


async def workers(db: Database) -> list[str]:
    """The names of the workers that hold jobs."""
    return [row[0] for row in await db.fetch_all(_WORKERS)]


async def release_worker(tx: Transaction, worker: str) -> int:
    """Make the jobs of a worker that is known to be gone ready again; answers how many."""
    return await tx.execute(_RELEASE_WORKER, {"worker": worker})


async def counts(db: Database) -> dict[str, int]:
    """How many jobs are `ready`, `running` and `dead`."""
    rows = await db.fetch_all(_COUNTS)
    return {"ready": 0, "running": 0, "dead": 0, **{state: int(count) for state, count in rows}}


async def list_dead(db: Database, *, before: int, limit: int) -> list[DeadJob]:
    """Jobs given up before a time (ms), newest first."""
    return await db.fetch_all(_DEAD, {"before": before, "limit": limit}, DeadJob)


async def revive(tx: Transaction, job_id: int) -> bool:
    """Let a dead job try again from the start; False when there is none."""
    found = await tx.execute(_REVIVE, {"id": job_id, "now": now_ms()}) == 1
    await live.wake_workers(tx)
    return found


async def discard(tx: Transaction, job_id: int) -> bool:
    """Forget a dead job; False when there is none."""
    return await tx.execute(_DISCARD, {"id": job_id}) == 1


def _held(worker: str, job: Claimed) -> dict[str, object]:
    return {"id": job.id, "worker": worker, "attempts": job.attempts}
