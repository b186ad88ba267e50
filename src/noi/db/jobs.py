"""The job queue's table: a transactional outbox."""

import msgspec

from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.models.jobs import Job

_ENQUEUE = """INSERT INTO jobs (name, payload, ordering_key, unique_key, run_at, created_at)
VALUES (:name, :payload, :ordering_key, :unique_key, :run_at, :now)
ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND state = 'ready' DO NOTHING"""
_NOTIFY = "SELECT pg_notify('noi_jobs', '')"


async def enqueue(
    tx: Transaction, job: Job, *, run_at: int | None = None, unique: bool = False
) -> None:
    """Queue a job with the commit of this transaction, to run at `run_at` (ms) or at once.

    With `unique`, an equal job that still waits is enough.
    """
    now = now_ms()
    name = type(job).__name__
    payload = msgspec.json.encode(job).decode()
    row = {
        "name": name,
        "payload": payload,
        "ordering_key": job.ordering_key,
        "unique_key": f"{name}:{payload}" if unique else None,
        "run_at": now if run_at is None else run_at,
        "now": now,
    }
    await tx.execute(_ENQUEUE, row)
    if tx.dialect == "postgresql" and run_at is None:
        await tx.fetch_value(_NOTIFY)
