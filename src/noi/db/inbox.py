"""The journal of what other servers sent, until each activity is handled, and what was handled.

A worker takes from it host by host, so that a flood of one keeps nobody else waiting. While one
has something of it under way, the others take nothing: they would wait for each other at the same
authors and hashtags, and what an actor takes back could overtake what it did.
"""

from collections.abc import Sequence

from noi.db import locks
from noi.db.database import Database, Reader, Transaction
from noi.db.dialect import with_rows
from noi.models.federation import FailedMail, Mail
from noi.models.ids import now_ms

ERROR_CHARACTERS = 2000

_INSERT = """INSERT INTO inbox_journal
    (host, run_at, actor_uri, inbox_account_id, received_at, signature, body)
VALUES (:host, :now, :actor_uri, :inbox_account_id, :now, :signature, :body)"""
_COUNT_UNVERIFIED = """SELECT count(*) FROM (SELECT 1 FROM inbox_journal
    WHERE host = :host AND signature <> '' LIMIT CAST(:limit AS BIGINT)) AS few"""
_WAITS_FROM = """SELECT 1 FROM inbox_journal
WHERE host = :host AND signature <> '' AND actor_uri = :actor_uri LIMIT 1"""

_TURN = """NOT EXISTS (SELECT 1 FROM inbox_journal other WHERE other.state = 'running'
    AND other.lease_until >= :now AND other.worker <> :worker)"""
_NEXT_DUE = f"""SELECT min(run_at), CASE WHEN {_TURN} THEN 1 ELSE 0 END
FROM inbox_journal WHERE state = 'ready'"""
# Two steps into the index for each host, however much waits of any of them.
_WAITING_HOSTS = """WITH RECURSIVE waiting (host) AS (
    SELECT min(host) FROM inbox_journal WHERE state = 'ready' AND host > :after
    UNION ALL SELECT (SELECT min(j.host) FROM inbox_journal j
        WHERE j.state = 'ready' AND j.host > waiting.host) FROM waiting
    WHERE waiting.host IS NOT NULL)
SELECT host FROM waiting WHERE EXISTS (SELECT 1 FROM inbox_journal due
    WHERE due.state = 'ready' AND due.host = waiting.host AND due.run_at <= :now)
LIMIT CAST(:limit AS BIGINT)"""
_CLAIM = f"""WITH due AS MATERIALIZED (
    SELECT j.id FROM inbox_journal j
    WHERE {_TURN} AND j.state = 'ready' AND j.id IN (SELECT n.id FROM @each_text(:hosts) turn
        JOIN inbox_journal n ON n.id IN (SELECT q.id FROM inbox_journal q
            WHERE q.state = 'ready' AND q.host = turn.value AND q.run_at <= :now
            ORDER BY q.run_at, q.id LIMIT CAST(:each AS BIGINT)))
    @skip_locked)
UPDATE inbox_journal SET state = 'running', attempts = attempts + 1, worker = :worker,
    lease_until = :lease_until
WHERE id IN (SELECT id FROM due)
RETURNING id, host, actor_uri, inbox_account_id, attempts, received_at, signature, body"""
_HELD = "id = :id AND worker = :worker AND state = 'running'"
_FINISH = "DELETE FROM inbox_journal WHERE id @in(:ids)"
_RETRY = f"""UPDATE inbox_journal SET state = 'ready', worker = '', lease_until = 0,
    run_at = :run_at, error = :error WHERE {_HELD}"""
_SET_ASIDE = f"""UPDATE inbox_journal SET state = 'failed', worker = '', lease_until = 0,
    error = :error WHERE {_HELD}"""
_GIVE_BACK = """UPDATE inbox_journal SET state = 'ready', worker = '', lease_until = 0,
    attempts = attempts - 1 WHERE id @in(:ids) AND worker = :worker AND state = 'running'"""
_RENEW = """UPDATE inbox_journal SET lease_until = :lease_until
WHERE id @in(:ids) AND worker = :worker AND state = 'running'"""
_RELEASE = "UPDATE inbox_journal SET state = 'ready', worker = '', lease_until = 0"
_RELEASE_EXPIRED = f"{_RELEASE} WHERE state = 'running' AND lease_until < :now"
_RELEASE_WORKER = f"{_RELEASE} WHERE state = 'running' AND worker = :worker"
_EXPIRED = "SELECT 1 FROM inbox_journal WHERE state = 'running' AND lease_until < :now LIMIT 1"

_FAILED = """SELECT id, host, actor_uri, attempts, received_at, error, body FROM inbox_journal
WHERE state = 'failed' AND id < :before ORDER BY id DESC LIMIT CAST(:limit AS BIGINT)"""
_REVIVE = """UPDATE inbox_journal SET state = 'ready', attempts = 0, run_at = :now
WHERE id = :id AND state = 'failed'"""
_DROP = "DELETE FROM inbox_journal WHERE id = :id AND state = 'failed'"

_HANDLE = """INSERT INTO handled_activities (key, handled_at) VALUES (:key, :now)
ON CONFLICT (key) DO NOTHING"""
_HANDLE_ALL = """INSERT INTO handled_activities (key, handled_at) VALUES @rows(:key, :now)
ON CONFLICT (key) DO NOTHING RETURNING key"""
_IS_HANDLED = "SELECT 1 FROM handled_activities WHERE key = :key"
_FORGET_HANDLED = "DELETE FROM handled_activities WHERE key = :key"


async def insert(
    db: Database,
    *,
    host: str,
    actor_uri: str,
    body: bytes,
    inbox_account_id: int | None = None,
    signature: str = "",
) -> None:
    """Accept an activity: once this returns it is on disk, and a worker will take it up."""
    row = {
        "host": host,
        "actor_uri": actor_uri,
        "body": body,
        "inbox_account_id": inbox_account_id,
        "signature": signature,
        "now": now_ms(),
    }
    await db.execute(_INSERT, row)
    db.wake_workers()


async def count_unverified(reader: Reader, host: str, limit: int) -> int:
    """How much of a host waits that is not verified yet, counted up to `limit`."""
    return await reader.fetch_value(_COUNT_UNVERIFIED, {"host": host, "limit": limit})


async def waits_from(reader: Reader, host: str, actor_uri: str) -> bool:
    """Whether something unverified waits in the name of an actor."""
    params = {"host": host, "actor_uri": actor_uri}
    return await reader.fetch_value(_WAITS_FROM, params) is not None


async def next_due(reader: Reader, worker: str) -> tuple[int | None, bool]:
    """When the first entry may be handled (ms), perhaps in the past; and whether it may be by
    this worker, which it may not while another has entries under way.
    """
    row = await reader.fetch_one(_NEXT_DUE, {"worker": worker, "now": now_ms()})
    return (row[0], bool(row[1])) if row else (None, True)


async def waiting_hosts(reader: Reader, after: str, *, now: int, limit: int) -> list[str]:
    """The next hosts by name of which something is due at `now` (ms)."""
    params = {"after": after, "now": now, "limit": limit}
    rows = await reader.fetch_all(_WAITING_HOSTS, params)
    return [row[0] for row in rows]


async def claim(
    tx: Transaction, worker: str, hosts: Sequence[str], *, each: int, now: int, lease_until: int
) -> list[Mail]:
    """Take what is due of these hosts, up to `each` of one, in the order in which it came; nothing
    while another worker has entries under way.
    """
    await locks.names(tx, ["inbox journal"])
    params = {
        "worker": worker,
        "hosts": list(hosts),
        "each": each,
        "now": now,
        "lease_until": lease_until,
    }
    claimed = await tx.fetch_all(_CLAIM, params, Mail)
    return sorted(claimed, key=lambda mail: mail.id)


async def finish(tx: Transaction, ids: Sequence[int]) -> None:
    """Forget entries that are done."""
    await tx.execute(_FINISH, {"ids": list(ids)})


async def retry(tx: Transaction, worker: str, id_: int, *, run_at: int, error: str) -> None:
    """Put an entry back, to be tried again at `run_at` (ms)."""
    row = {"id": id_, "worker": worker, "run_at": run_at, "error": _error(error)}
    await tx.execute(_RETRY, row)


async def set_aside(tx: Transaction, worker: str, id_: int, *, error: str) -> None:
    """Leave an entry for a person to look at."""
    await tx.execute(_SET_ASIDE, {"id": id_, "worker": worker, "error": _error(error)})


async def give_back(tx: Transaction, worker: str, ids: Sequence[int]) -> None:
    """Let others have entries that this worker did not come to."""
    await tx.execute(_GIVE_BACK, {"ids": list(ids), "worker": worker})


async def renew(tx: Transaction, worker: str, ids: Sequence[int], *, lease_until: int) -> None:
    """Keep claimed entries for longer."""
    params = {"ids": list(ids), "worker": worker, "lease_until": lease_until}
    await tx.execute(_RENEW, params)


async def release_expired(db: Database) -> int:
    """Give back what a worker held that was not heard of for long; answers how much."""
    now = {"now": now_ms()}
    if await db.fetch_value(_EXPIRED, now) is None:
        return 0
    return await db.execute(_RELEASE_EXPIRED, now)


async def release_worker(tx: Transaction, worker: str) -> int:
    """Give back what a worker held that is known to be gone; answers how much."""
    return await tx.execute(_RELEASE_WORKER, {"worker": worker})


async def failed_page(reader: Reader, *, before: int, limit: int) -> list[FailedMail]:
    """Entries that were set aside, newest first, below an id."""
    return await reader.fetch_all(_FAILED, {"before": before, "limit": limit}, FailedMail)


async def revive(tx: Transaction, id_: int) -> bool:
    """Try an entry again that was set aside; False where there is none."""
    return await tx.execute(_REVIVE, {"id": id_, "now": now_ms()}) == 1


async def drop(tx: Transaction, id_: int) -> bool:
    """Forget an entry that was set aside; False where there is none."""
    return await tx.execute(_DROP, {"id": id_}) == 1


async def is_handled(reader: Reader, key: bytes) -> bool:
    """Whether an activity was handled before."""
    return await reader.fetch_value(_IS_HANDLED, {"key": key}) is not None


async def mark_handled(tx: Transaction, key: bytes) -> bool:
    """Note that an activity is handled by this transaction; False where it was before."""
    return await tx.execute(_HANDLE, {"key": key, "now": now_ms()}) == 1


async def mark_all_handled(tx: Transaction, keys: Sequence[bytes]) -> set[bytes]:
    """The same for several; answers which of them were not handled before."""
    now, new = now_ms(), set[bytes]()
    for sql, params in with_rows(_HANDLE_ALL, [{"key": key, "now": now} for key in keys]):
        new.update(row[0] for row in await tx.fetch_all(sql, params))
    return new


async def forget_handled(tx: Transaction, key: bytes) -> None:
    """Let the same activity count anew: servers use one id each time someone follows again."""
    await tx.execute(_FORGET_HANDLED, {"key": key})


def _error(text: str) -> str:
    return text.replace("\0", "")[:ERROR_CHARACTERS]
