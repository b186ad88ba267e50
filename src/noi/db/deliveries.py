"""Activities on their way to other servers: one row for each inbox that still has to be reached.

A host is claimed as a whole, by setting its `retry_at` to the end of a lease, so that one worker
at a time sends to it and the order of its rows holds.
"""

from collections.abc import Sequence

import msgspec

from noi.db import live
from noi.db.database import Database, Reader, Transaction
from noi.models.accounts import AccountState
from noi.models.federation import Delivery, OutgoingActivity, OutgoingKind
from noi.models.ids import now_ms

_INSERT_ACTIVITY = """INSERT INTO outgoing_activities (actor_id, kind, created_at, body)
VALUES (:actor_id, :kind, :now, :body) RETURNING id"""

# One row for each inbox, the shared one where there is one. Hosts that are given up get nothing.
_INSERT = f"""INSERT INTO deliveries (activity_id, actor_id, host, inbox_uri, created_at)
SELECT CAST(:activity_id AS BIGINT), CAST(:actor_id AS BIGINT), i.host, i.uri,
    CAST(:now AS BIGINT)
FROM (SELECT DISTINCT a.inbox_host AS host,
        CASE WHEN a.shared_inbox_uri <> '' THEN a.shared_inbox_uri ELSE a.inbox_uri END AS uri
    FROM accounts a WHERE a.id IN ({{accounts}}) AND a.inbox_host <> ''
        AND a.state <= {AccountState.LIMITED:d}) i
WHERE NOT EXISTS (SELECT 1 FROM hosts h WHERE h.host = i.host AND h.dead_at IS NOT NULL)
ORDER BY i.host, i.uri"""
_TO_ACCOUNTS = _INSERT.format(accounts="SELECT value FROM @each(:ids) named")
_TO_FOLLOWERS = _INSERT.format(
    accounts="""SELECT f.account_id FROM follows f WHERE f.target_id = :actor_id
        UNION SELECT value FROM @each(:ids) named"""
)
_TO_INBOX = """INSERT INTO deliveries (activity_id, actor_id, host, inbox_uri, created_at)
VALUES (:activity_id, :actor_id, :host, :inbox_uri, :now)"""
# In one order, so that two transactions never wait for each other in a circle; and the row is
# locked even where nothing changes, so that a worker which lets the host go sees what is new.
_WAKE_HOSTS = """INSERT INTO hosts (host, waiting, created_at)
SELECT DISTINCT host, 1, CAST(:now AS BIGINT) FROM deliveries
WHERE activity_id = :activity_id ORDER BY 1
ON CONFLICT (host) DO UPDATE SET waiting = 1"""
_FORGET_UNSENT = """DELETE FROM outgoing_activities WHERE id @in(:ids)
AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.activity_id = outgoing_activities.id)"""

_TO_ALL = _INSERT.format(accounts="SELECT id FROM accounts known WHERE known.inbox_host <> ''")
_ANY_STRANGER = "SELECT 1 FROM accounts WHERE inbox_host <> '' LIMIT 1"
_ANY_REMOTE = "SELECT 1 FROM accounts WHERE id @in(:ids) AND inbox_host <> '' LIMIT 1"
_ANY_REMOTE_FOLLOWER = """SELECT 1 FROM follows f JOIN accounts a ON a.id = f.account_id
WHERE f.target_id = :account_id AND a.inbox_host <> '' LIMIT 1"""

_NEXT_DUE = "SELECT min(retry_at) FROM hosts WHERE waiting = 1"
_CLAIM = """WITH due AS MATERIALIZED (
    SELECT host FROM hosts WHERE waiting = 1 AND retry_at <= :now AND {kind}
    ORDER BY retry_at LIMIT CAST(:limit AS BIGINT) @skip_locked)
UPDATE hosts SET retry_at = :lease_until, worker = :worker
WHERE host IN (SELECT host FROM due)
RETURNING host, signatures, failures"""
_CLAIM_HEALTHY = _CLAIM.format(kind="failures = 0")
_CLAIM_FAILING = _CLAIM.format(kind="failures > 0")
_RENEW = "UPDATE hosts SET retry_at = :lease_until WHERE host @in(:hosts) AND worker = :worker"
_QUEUED = """SELECT d.id, d.activity_id, d.actor_id, d.host, d.inbox_uri, d.attempts, d.created_at
FROM @each_text(:hosts) wanted
JOIN deliveries d ON d.id IN (SELECT q.id FROM deliveries q WHERE q.host = wanted.value
    ORDER BY q.id LIMIT CAST(:limit AS BIGINT))
ORDER BY d.id"""
_BODIES = "SELECT id, actor_id, kind, created_at, body FROM outgoing_activities WHERE id @in(:ids)"

_LOCK_HOSTS = "SELECT host FROM hosts WHERE host @in(:hosts) ORDER BY host FOR UPDATE"
_DELETE = "DELETE FROM deliveries WHERE id @in(:ids)"
_RAISE_ATTEMPTS = "UPDATE deliveries SET attempts = attempts + 1 WHERE id @in(:ids)"
_STILL_WAITING = """waiting = CASE WHEN EXISTS
    (SELECT 1 FROM deliveries d WHERE d.host = hosts.host) THEN 1 ELSE 0 END"""
_LET_GO = f"UPDATE hosts SET worker = '', retry_at = :now, {_STILL_WAITING} WHERE host @in(:hosts)"
_PUT_OFF = f"""UPDATE hosts SET worker = '', retry_at = :retry_at, {_STILL_WAITING}
WHERE host = :host"""
_RELEASE_WORKER = "UPDATE hosts SET retry_at = 0, worker = '' WHERE worker = :worker"

_COUNTS = """SELECT w.value, (SELECT count(*) FROM
    (SELECT 1 FROM deliveries d WHERE d.host = w.value LIMIT 10000) AS counted)
FROM @each_text(:hosts) w"""
_DROP_HOST = "DELETE FROM deliveries WHERE host = :host"
_ACTIVITIES_OF_HOST = "SELECT DISTINCT activity_id FROM deliveries WHERE host = :host"
_BEHIND_INBOX = """SELECT f.account_id, f.target_id FROM accounts a
JOIN follows f ON f.account_id = a.id
WHERE a.inbox_host = :host AND (a.shared_inbox_uri = :inbox_uri
    OR (a.shared_inbox_uri = '' AND a.inbox_uri = :inbox_uri)) LIMIT 500"""


class ClaimedHost(msgspec.Struct, array_like=True, frozen=True):
    """A host that this worker may send to until its lease ends."""

    host: str
    signatures: str
    failures: int


_FOLLOWERS_AT = """SELECT a.inbox_host, a.uri FROM follows f
JOIN accounts a ON a.id = f.account_id
WHERE f.target_id = :account_id AND a.inbox_host @in(:hosts)"""


async def insert(
    tx: Transaction,
    actor_id: int,
    body: str,
    *,
    to: Sequence[int] = (),
    followers: bool = False,
    everyone: bool = False,
    kind: OutgoingKind = OutgoingKind.PLAIN,
    inboxes: Sequence[tuple[str, str]] = (),
) -> int:
    """Queue an activity for accounts, the actor's followers, all remote accounts that are known,
    and inboxes given as (host, URI).

    Local accounts, and servers that are given up, get nothing. Answers how many inboxes wait.
    """
    now = now_ms()
    row: dict[str, object] = {"actor_id": actor_id, "now": now}
    activity = {**row, "kind": kind.value, "body": body}
    activity_id = await tx.fetch_value(_INSERT_ACTIVITY, activity)
    row["activity_id"] = activity_id
    count = 0
    if everyone:
        count = await tx.execute(_TO_ALL, row)
    elif followers or to:
        sql = _TO_FOLLOWERS if followers else _TO_ACCOUNTS
        count = await tx.execute(sql, {**row, "ids": list(to)})
    for host, inbox_uri in inboxes:
        count += await tx.execute(_TO_INBOX, {**row, "host": host, "inbox_uri": inbox_uri})
    if count:
        await tx.execute(_WAKE_HOSTS, {"activity_id": activity_id, "now": now})
        await live.wake_workers(tx)
    else:
        await tx.execute(_FORGET_UNSENT, {"ids": [activity_id]})
    return count


async def knows_others(reader: Reader) -> bool:
    """Whether anybody elsewhere is known; where nobody is, nothing need be put together."""
    return await reader.fetch_value(_ANY_STRANGER) is not None


async def any_remote(
    reader: Reader, account_ids: Sequence[int], *, followers_of: int | None
) -> bool:
    """Whether one of these accounts, or of someone's followers, is on another server."""
    if account_ids and await reader.fetch_value(_ANY_REMOTE, {"ids": list(account_ids)}):
        return True
    if followers_of is None:
        return False
    return bool(await reader.fetch_value(_ANY_REMOTE_FOLLOWER, {"account_id": followers_of}))


async def next_due(db: Database) -> int | None:
    """When the first host that something waits for may be tried (ms), perhaps in the past."""
    return await db.fetch_value(_NEXT_DUE)


async def claim(
    db: Database, worker: str, *, now: int, lease_until: int, healthy: int, failing: int
) -> list[ClaimedHost]:
    """Take up to so many hosts that last answered, and so many that did not, for `worker`."""
    params = {"worker": worker, "now": now, "lease_until": lease_until}

    async def work(tx: Transaction) -> list[ClaimedHost]:
        claimed: list[ClaimedHost] = []
        for sql, limit in ((_CLAIM_HEALTHY, healthy), (_CLAIM_FAILING, failing)):
            if limit:
                claimed += await tx.fetch_all(sql, {**params, "limit": limit}, ClaimedHost)
        return claimed

    return await db.transaction(work)


async def renew(db: Database, worker: str, hosts: Sequence[str], *, lease_until: int) -> None:
    """Keep claimed hosts for longer."""
    params = {"worker": worker, "hosts": list(hosts), "lease_until": lease_until}
    await db.execute(_RENEW, params)


async def queued(db: Database, hosts: Sequence[str], limit: int) -> list[Delivery]:
    """The oldest deliveries of each host, up to `limit` for one, by id."""
    return await db.fetch_all(_QUEUED, {"hosts": list(hosts), "limit": limit}, Delivery)


async def bodies(db: Database, activity_ids: Sequence[int]) -> dict[int, OutgoingActivity]:
    """Activities by id; those that are gone are left out."""
    found = await db.fetch_all(_BODIES, {"ids": list(activity_ids)}, OutgoingActivity)
    return {activity.id: activity for activity in found}


async def lock_hosts(tx: Transaction, hosts: Sequence[str]) -> None:
    """Begin a transaction that lets hosts go: nothing new comes to them until it ends."""
    if tx.dialect == "postgresql":
        await tx.fetch_all(_LOCK_HOSTS, {"hosts": list(hosts)})


async def finish(tx: Transaction, delivered: Sequence[Delivery]) -> None:
    """Forget deliveries that are done, and activities that nobody waits for any more."""
    await tx.execute(_DELETE, {"ids": [delivery.id for delivery in delivered]})
    ids = sorted({delivery.activity_id for delivery in delivered})
    await tx.execute(_FORGET_UNSENT, {"ids": ids})


async def count_attempt(tx: Transaction, ids: Sequence[int]) -> None:
    """Note that deliveries were tried in vain."""
    await tx.execute(_RAISE_ATTEMPTS, {"ids": list(ids)})


async def let_go(tx: Transaction, hosts: Sequence[str]) -> None:
    """Give claimed hosts back; those that still have something to get are due at once."""
    await tx.execute(_LET_GO, {"hosts": list(hosts), "now": now_ms()})


async def put_off(tx: Transaction, host: str, retry_at: int) -> None:
    """Give a claimed host back, to be tried at `retry_at` (ms)."""
    await tx.execute(_PUT_OFF, {"host": host, "retry_at": retry_at})


async def release_worker(tx: Transaction, worker: str) -> int:
    """Give back what a worker held that is known to be gone; answers how many hosts."""
    return await tx.execute(_RELEASE_WORKER, {"worker": worker})


async def counts(reader: Reader, hosts: Sequence[str]) -> dict[str, int]:
    """How many deliveries wait for each host, counted up to 10,000."""
    return {row[0]: row[1] for row in await reader.fetch_all(_COUNTS, {"hosts": list(hosts)})}


async def drop_host(tx: Transaction, host: str) -> int:
    """Forget everything that waits for a host; answers how many deliveries it was."""
    rows = await tx.fetch_all(_ACTIVITIES_OF_HOST, {"host": host})
    dropped = await tx.execute(_DROP_HOST, {"host": host})
    await tx.execute(_FORGET_UNSENT, {"ids": [row[0] for row in rows]})
    return dropped


async def follows_behind(reader: Reader, host: str, inbox_uri: str) -> list[tuple[int, int]]:
    """Up to 500 follows (follower, followed) of accounts that are delivered to at an inbox."""
    params = {"host": host, "inbox_uri": inbox_uri}
    return [(row[0], row[1]) for row in await reader.fetch_all(_BEHIND_INBOX, params)]


async def followers_at(
    reader: Reader, account_id: int, hosts: Sequence[str]
) -> dict[str, list[str]]:
    """The ids of an account's followers at each of these hosts."""
    found: dict[str, list[str]] = {host: [] for host in hosts}
    params = {"account_id": account_id, "hosts": list(hosts)}
    for host, uri in await reader.fetch_all(_FOLLOWERS_AT, params):
        found[host].append(uri)
    return found
