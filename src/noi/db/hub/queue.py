"""The addresses that a hub is to read, and the hosts that it reads them from.

One worker at a time visits a host, by a lease on its row in `hub_hosts`, so that the addresses
themselves need none: what a killed worker did not come to is read by the next.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from noi.db.database import Database, Params, Reader, Transaction
from noi.db.dialect import Dialect, with_rows
from noi.models.hub_records import Category, Event, QueueEntry
from noi.models.ids import now_ms

ERROR_CHARACTERS = 300

_QUALIFIED = ", ".join(f"n.{name}" for name in QueueEntry.__struct_fields__)
_INSERT = """INSERT INTO hub_queue
    (uri, category, event, host, member_id, run_at, version, created_at)
VALUES @rows(:uri, :category, :event, :host, :member_id, :run_at, :version, :now)
ON CONFLICT (uri) """
_ADD = f"{_INSERT} DO NOTHING"
# An address that failed is not tried earlier because it is named again.
_PUT = f"""{_INSERT} DO UPDATE SET version = excluded.version,
    member_id = coalesce(hub_queue.member_id, excluded.member_id),
    event = CASE WHEN hub_queue.event IN ('update', 'delete') THEN hub_queue.event
        ELSE excluded.event END,
    run_at = CASE WHEN hub_queue.attempts = 0 AND excluded.run_at < hub_queue.run_at
        THEN excluded.run_at ELSE hub_queue.run_at END"""
_NOTIFYING = " RETURNING pg_notify('noi_jobs', '')"
_DROP = "DELETE FROM hub_queue WHERE uri @in(:uris)"
_TAKE = "DELETE FROM hub_queue WHERE uri = :uri AND version = :version"
# Which are to be ended is told by address and version together, for the first alone uses the key.
_TAKE_ALL = """DELETE FROM hub_queue WHERE uri @in(:uris)
AND uri || ' ' || CAST(version AS TEXT) @in(:versions) RETURNING uri"""
_RETRY = """UPDATE hub_queue SET attempts = attempts + 1, run_at = :run_at
WHERE uri = :uri AND version = :version"""
_PUT_OFF = "UPDATE hub_queue SET run_at = :run_at WHERE uri = :uri AND version = :version"
_COUNT = """SELECT count(*) FROM (SELECT 1 FROM hub_queue
    LIMIT CAST(:limit AS BIGINT)) AS counted"""
_COUNT_OF_MEMBER = """SELECT count(*) FROM (SELECT 1 FROM hub_queue
    WHERE member_id = :member_id LIMIT CAST(:limit AS BIGINT)) AS counted"""
_ANY = "SELECT 1 FROM hub_queue WHERE uri = :uri"
_NEXT_DUE = "SELECT min(run_at) FROM hub_queue"
# Three steps into indexes for each host, however much waits of any of them, until there are enough:
# the conditions are values, since a join would read everything and lose the order. Whether a host
# is free is asked first, for it costs least.
_DUE_HOSTS = """WITH RECURSIVE waiting (host) AS (
    SELECT min(host) FROM hub_queue WHERE host > :after
    UNION ALL SELECT (SELECT min(q.host) FROM hub_queue q WHERE q.host > waiting.host)
    FROM waiting WHERE waiting.host IS NOT NULL)
SELECT host FROM waiting
WHERE CASE WHEN coalesce(
        (SELECT busy.free_at FROM hub_hosts busy WHERE busy.host = waiting.host), 0) <= :now
    THEN (SELECT min(due.run_at) FROM hub_queue due WHERE due.host = waiting.host) END <= :now
LIMIT CAST(:limit AS BIGINT)"""
_CLAIM = """INSERT INTO hub_hosts (host, worker, free_at)
SELECT value, CAST(:worker AS TEXT), CAST(:until AS BIGINT) FROM @each_text(:hosts) named
WHERE 1 = 1 ORDER BY 1
ON CONFLICT (host) DO UPDATE SET worker = excluded.worker, free_at = excluded.free_at
    WHERE hub_hosts.free_at <= :now
RETURNING host, failures, failing_since"""
_DUE = f"""SELECT {_QUALIFIED} FROM @each_text(:hosts) turn
JOIN hub_queue n ON n.uri IN (SELECT q.uri FROM hub_queue q
    WHERE q.host = turn.value AND q.run_at <= :now
    ORDER BY q.run_at LIMIT CAST(:each AS BIGINT))"""
_HELD = "host = :host AND worker = :worker"
_RENEW = "UPDATE hub_hosts SET free_at = :until WHERE host @in(:hosts) AND worker = :worker"
_LET_GO = f"DELETE FROM hub_hosts WHERE {_HELD}"
_REST = f"""UPDATE hub_hosts SET worker = '', free_at = :free_at, failures = :failures,
    failing_since = :failing_since, error = :error WHERE {_HELD}"""
_RELEASE = "UPDATE hub_hosts SET worker = '', free_at = :now WHERE worker = :worker"
_FAILING = """SELECT host, failures, failing_since, free_at, error FROM hub_hosts
WHERE failures > 0 ORDER BY failing_since, host LIMIT CAST(:limit AS BIGINT)"""
_DROP_OF_HOST = """DELETE FROM hub_queue WHERE uri IN (SELECT uri FROM hub_queue
    WHERE host = :host LIMIT CAST(:limit AS BIGINT))"""
_FORGET_HOSTS = """DELETE FROM hub_hosts WHERE free_at < :before AND NOT EXISTS (
    SELECT 1 FROM hub_queue q WHERE q.host = hub_hosts.host)"""


class ClaimedHost(msgspec.Struct, array_like=True, frozen=True):
    """A host that this worker may read from now; `failures` and since when it fails (ms)."""

    host: str
    failures: int
    failing_since: int | None


class FailingHost(msgspec.Struct, array_like=True, frozen=True):
    """A host that could not be read from; `free_at` is when it is tried next (ms)."""

    host: str
    failures: int
    failing_since: int | None
    free_at: int
    error: str


class Named(msgspec.Struct, frozen=True):
    """An address as it is put into the queue; `host` owns it, `member_id` announced it."""

    uri: str
    category: Category
    event: Event
    host: str
    member_id: int | None = None


async def put(tx: Transaction, named: Iterable[Named], *, version: int, run_at: int = 0) -> None:
    """Let addresses be read, again where they wait already or are being read at this moment.

    `version` is to be new; `run_at` (ms) is at once where it is 0.
    """
    await _insert(tx, _PUT, named, version, run_at)


async def add(tx: Transaction, named: Iterable[Named], *, version: int, run_at: int = 0) -> None:
    """The same, but nothing for those that wait already."""
    await _insert(tx, _ADD, named, version, run_at)


async def put_few(db: Database, named: Iterable[Named], *, version: int) -> None:
    """What `put` does, in a transaction of its own and, for a handful, in one statement."""
    statements = list(_statements(_PUT, named, version, 0, db.dialect))
    if len(statements) == 1:
        await db.execute(*statements[0])
    elif statements:
        await db.transaction(lambda tx: _execute_all(tx, statements))


async def _insert(
    tx: Transaction, sql: str, named: Iterable[Named], version: int, run_at: int
) -> None:
    await _execute_all(tx, list(_statements(sql, named, version, run_at, tx.dialect)))


async def _execute_all(tx: Transaction, statements: Sequence[tuple[str, Params]]) -> None:
    for sql, params in statements:
        await tx.execute(sql, params)


def _statements(
    sql: str, named: Iterable[Named], version: int, run_at: int, dialect: Dialect
) -> Iterator[tuple[str, Params]]:
    now = now_ms()
    # In one order for everybody, so that no two transactions wait for each other.
    once = {one.uri: one for one in sorted(named, key=lambda one: one.uri)}
    rows = [
        {
            "uri": one.uri,
            "category": one.category,
            "event": one.event,
            "host": one.host,
            "member_id": one.member_id,
            "run_at": run_at or now,
            "version": version,
            "now": now,
        }
        for one in once.values()
    ]
    return with_rows(f"{sql}{_NOTIFYING}" if dialect == "postgresql" else sql, rows)


async def drop(tx: Transaction, uris: Sequence[str]) -> None:
    """Let addresses wait no more; what is being read of them is not stored."""
    await tx.execute(_DROP, {"uris": sorted(uris)})


async def take(tx: Transaction, entry: QueueEntry) -> bool:
    """End an entry; False where it was dropped or announced anew since it was read."""
    return await tx.execute(_TAKE, {"uri": entry.uri, "version": entry.version}) == 1


async def take_all(tx: Transaction, entries: Sequence[QueueEntry]) -> set[str]:
    """End entries; answers the addresses of those that `take` would be True for."""
    uris = sorted(entry.uri for entry in entries)
    versions = [f"{entry.uri} {entry.version}" for entry in entries]
    rows = await tx.fetch_all(_TAKE_ALL, {"uris": uris, "versions": versions})
    return {row[0] for row in rows}


async def retry(tx: Transaction, entry: QueueEntry, *, run_at: int) -> None:
    """Let an entry that failed be tried again at `run_at` (ms)."""
    await tx.execute(_RETRY, {"uri": entry.uri, "version": entry.version, "run_at": run_at})


async def put_off(tx: Transaction, entry: QueueEntry, *, run_at: int) -> None:
    """The same where it was not the entry's fault."""
    await tx.execute(_PUT_OFF, {"uri": entry.uri, "version": entry.version, "run_at": run_at})


async def count(reader: Database, limit: int) -> int:
    """How much waits in all, counted up to `limit`."""
    return (await reader.fetch_all(_COUNT, {"limit": limit}, slow=True))[0][0]


async def count_of_member(reader: Reader, member_id: int, limit: int) -> int:
    """How much waits that a member announced, counted up to `limit`."""
    params = {"member_id": member_id, "limit": limit}
    return await reader.fetch_value(_COUNT_OF_MEMBER, params)


async def waits(reader: Reader, uri: str) -> bool:
    return await reader.fetch_value(_ANY, {"uri": uri}) is not None


async def next_due(reader: Reader) -> int | None:
    """When the first entry may be read (ms), perhaps in the past."""
    return await reader.fetch_value(_NEXT_DUE)


async def due_hosts(reader: Reader, after: str, *, now: int, limit: int) -> list[str]:
    """The next hosts by name of which something is due, and that nobody visits, at `now` (ms)."""
    params = {"after": after, "now": now, "limit": limit}
    return [row[0] for row in await reader.fetch_all(_DUE_HOSTS, params)]


async def claim_hosts(
    tx: Transaction, worker: str, hosts: Sequence[str], *, now: int, until: int
) -> list[ClaimedHost]:
    """Take those of the hosts that are free, until a time (ms)."""
    params = {"worker": worker, "hosts": sorted(hosts), "now": now, "until": until}
    return await tx.fetch_all(_CLAIM, params, ClaimedHost)


async def due(reader: Reader, hosts: Sequence[str], *, each: int, now: int) -> list[QueueEntry]:
    """What is due of these hosts, up to `each` of one, those that wait longest."""
    params = {"hosts": list(hosts), "each": each, "now": now}
    return await reader.fetch_all(_DUE, params, QueueEntry)


async def renew(tx: Transaction, worker: str, hosts: Sequence[str], *, until: int) -> None:
    """Keep claimed hosts for longer."""
    await tx.execute(_RENEW, {"worker": worker, "hosts": sorted(hosts), "until": until})


async def let_go(tx: Transaction, worker: str, host: str) -> None:
    """Give a host back that answers."""
    await tx.execute(_LET_GO, {"worker": worker, "host": host})


async def rest(
    tx: Transaction, worker: str, claimed: ClaimedHost, *, free_at: int, failed: bool, error: str
) -> None:
    """Give a host back, to be left alone until a time (ms); `failed` where it did not answer."""
    row = {
        "worker": worker,
        "host": claimed.host,
        "free_at": free_at,
        "failures": claimed.failures + failed,
        "failing_since": (claimed.failing_since or now_ms()) if failed else claimed.failing_since,
        "error": error.replace("\0", "")[:ERROR_CHARACTERS],
    }
    await tx.execute(_REST, row)


async def release(tx: Transaction, worker: str) -> None:
    """Give back everything that a worker holds."""
    await tx.execute(_RELEASE, {"worker": worker, "now": now_ms()})


async def failing(reader: Reader, limit: int) -> list[FailingHost]:
    """Hosts that could not be read from, those first that fail for longest."""
    return await reader.fetch_all(_FAILING, {"limit": limit}, FailingHost)


async def drop_of_host(tx: Transaction, host: str, limit: int) -> int:
    """Let addresses of a host wait no more; answers how many, `limit` at most."""
    return await tx.execute(_DROP_OF_HOST, {"host": host, "limit": limit})


async def forget_hosts(tx: Transaction, before: int) -> None:
    """Forget hosts of which nothing waits, and that were to be left alone until `before` (ms)."""
    await tx.execute(_FORGET_HOSTS, {"before": before})
