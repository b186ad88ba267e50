"""What may be shared with the alliance, what is, and what waits to be.

The one rule of what may: `consenting`. Public statuses of local people who are `indexable`, and
local people who are `discoverable`; nothing hidden, limited, disabled, deleted or local-only.
"""

from collections.abc import Sequence

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.models.accounts import AccountKind, AccountState
from noi.models.alliance import (
    DATA_SHARING,
    Backfill,
    Category,
    Event,
    Kind,
    ProviderState,
    Subscription,
    Volume,
    Waiting,
)
from noi.models.ids import now_ms

_OWN = f"""a.domain = '' AND a.state = {AccountState.ACTIVE:d} AND a.deleted_at IS NULL
    AND a.kind <> '{AccountKind.HUB}'"""
_STATUS = f"""(s.visibility = 0 AND s.local_only = 0 AND s.local = 1 AND s.deleted_at IS NULL
    AND s.hidden_at IS NULL AND s.reblog_of_id IS NULL AND a.indexable = 1 AND {_OWN})"""
_ACCOUNT = f"""(a.discoverable = 1 AND a.moved_to_id IS NULL AND {_OWN}
    AND NOT EXISTS (SELECT 1 FROM users u WHERE u.account_id = a.id
        AND (u.confirmed_at IS NULL OR u.approved_at IS NULL)))"""
_STATUSES = "FROM statuses s JOIN accounts a ON a.id = s.account_id"
_FOUND = "SELECT {0}.id, {0}.uri, CASE WHEN {1} THEN 1 ELSE 0 END {2} WHERE {0}.id @in(:ids)"
_ALLOWED = {
    Category.CONTENT: _FOUND.format("s", _STATUS, _STATUSES),
    Category.ACCOUNT: _FOUND.format("a", _ACCOUNT, "FROM accounts a"),
}
_EARLIER = {
    Category.CONTENT: f"""SELECT s.id, s.uri {_STATUSES}
WHERE s.id < :before AND s.local = 1 AND {_STATUS} ORDER BY s.id DESC LIMIT :limit""",
    Category.ACCOUNT: f"""SELECT a.id, a.uri FROM users own JOIN accounts a ON a.id = own.account_id
WHERE own.account_id < :before AND {_ACCOUNT} ORDER BY own.account_id DESC LIMIT :limit""",
}

_SUBSCRIPTION = ", ".join(f"t.{name}" for name in Subscription.__struct_fields__)
_INSERT_SUBSCRIPTION = f"""INSERT INTO fasp_subscriptions
    ({", ".join(Subscription.__struct_fields__)})
VALUES ({", ".join(f":{name}" for name in Subscription.__struct_fields__)})"""
# Nothing is shared with a provider unless it is confirmed, and wanted for this, just now.
_LIVE = f"""FROM fasp_subscriptions t
JOIN fasp_capabilities c ON c.provider_id = t.provider_id AND c.capability = '{DATA_SHARING}'
JOIN fasp_providers p ON p.id = t.provider_id
WHERE c.wanted = 1 AND p.state = '{ProviderState.CONFIRMED}'
    AND (t.category = 'content' AND p.share_content = 1
        OR t.category = 'account' AND p.share_accounts = 1)"""
_SUBSCRIPTIONS = f"SELECT {_SUBSCRIPTION} {_LIVE} AND t.category = :category AND t.kind = :kind"
_GET_SUBSCRIPTION = f"""SELECT {_SUBSCRIPTION} FROM fasp_subscriptions t
WHERE t.id = :id AND t.provider_id = :provider_id"""
_OF_PROVIDER = f"""SELECT {_SUBSCRIPTION} FROM fasp_subscriptions t
WHERE t.provider_id = :provider_id ORDER BY t.id"""
_DELETE_SUBSCRIPTION = """DELETE FROM fasp_subscriptions
WHERE id = :id AND provider_id = :provider_id"""
_DELETE_WAITING_OF = "DELETE FROM fasp_announcements WHERE subscription_id = :id"

_BACKFILL = ", ".join(Backfill.__struct_fields__)
_INSERT_BACKFILL = f"""INSERT INTO fasp_backfills ({_BACKFILL})
VALUES ({", ".join(f":{name}" for name in Backfill.__struct_fields__)})"""
_GET_BACKFILL = f"""SELECT {_BACKFILL} FROM fasp_backfills
WHERE id = :id AND provider_id = :provider_id"""
_BACKFILLS = f"SELECT {_BACKFILL} FROM fasp_backfills WHERE provider_id = :provider_id ORDER BY id"
_READY_BACKFILL = f"""SELECT {_BACKFILL} FROM fasp_backfills
WHERE provider_id = :provider_id AND state = 'ready' ORDER BY id LIMIT 1"""
_CONTINUE = """UPDATE fasp_backfills SET state = 'ready', updated_at = :now
WHERE id = :id AND provider_id = :provider_id AND state = 'waiting'"""
_ADVANCE = """UPDATE fasp_backfills SET state = :state, before = :before, sent = sent + :sent,
    updated_at = :now WHERE id = :id AND state = 'ready'"""
_FINISHED = "DELETE FROM fasp_backfills WHERE state = 'done' AND updated_at < :before"

# An object that begins and changes before it was announced is new; a withdrawal replaces all.
_PUT = f"""INSERT INTO fasp_announcements
    (provider_id, subscription_id, object_id, event, urgent, created_at, uri)
VALUES (:provider_id, :subscription_id, :object_id, :event, :urgent, :now, :uri)
ON CONFLICT (subscription_id, object_id) DO UPDATE SET
    event = CASE WHEN fasp_announcements.event = '{Event.NEW}'
        AND excluded.event = '{Event.UPDATE}' THEN '{Event.NEW}' ELSE excluded.event END,
    urgent = excluded.urgent, revision = fasp_announcements.revision + 1"""
_WAITING = """SELECT w.id, w.subscription_id, w.object_id, w.event, w.revision, w.uri
FROM fasp_announcements w WHERE w.provider_id = :provider_id
ORDER BY w.urgent DESC, w.id LIMIT :limit"""
_SENT = """DELETE FROM fasp_announcements
WHERE id @in(:ids) AND revision = :revision"""
_DUE = f"""SELECT p.id FROM fasp_providers p
JOIN fasp_capabilities c ON c.provider_id = p.id AND c.capability = '{DATA_SHARING}'
WHERE p.state = '{ProviderState.CONFIRMED}' AND c.retry_at <= :now AND (
    EXISTS (SELECT 1 FROM fasp_announcements w WHERE w.provider_id = p.id)
    OR EXISTS (SELECT 1 FROM fasp_backfills b WHERE b.provider_id = p.id AND b.state = 'ready'))
ORDER BY p.id"""
_COUNT_WAITING = "SELECT count(*) FROM fasp_announcements WHERE provider_id = :provider_id"

_SHARED_AMONG = """SELECT object_id FROM fasp_shared
WHERE provider_id = :provider_id AND category = :category AND object_id @in(:ids)"""
_MARK = """INSERT INTO fasp_shared (provider_id, category, object_id, shared_at)
SELECT CAST(:provider_id AS BIGINT), CAST(:category AS TEXT), value, CAST(:now AS BIGINT)
FROM @each(:ids) named WHERE 1 = 1 ON CONFLICT (provider_id, category, object_id) DO NOTHING"""
_UNMARK = """DELETE FROM fasp_shared
WHERE provider_id = :provider_id AND category = :category AND object_id @in(:ids)"""
_SOME_SHARED = """SELECT object_id FROM fasp_shared
WHERE provider_id = :provider_id AND category = :category AND object_id > :after
ORDER BY object_id LIMIT :limit"""
_TRENDED = """UPDATE fasp_shared SET trended_at = :now
WHERE provider_id = :provider_id AND category = 'content' AND object_id @in(:ids)"""
_TRENDED_SINCE = """SELECT object_id FROM fasp_shared WHERE provider_id = :provider_id
    AND category = 'content' AND object_id @in(:ids) AND trended_at > :since"""
_COUNT_SHARED = """SELECT category, count(*) FROM fasp_shared
WHERE provider_id = :provider_id GROUP BY category"""

_PEOPLE = f"""SELECT count(*), coalesce(sum(CASE WHEN {_ACCOUNT} THEN 1 ELSE 0 END), 0),
    coalesce(sum(CASE WHEN a.indexable = 1 THEN 1 ELSE 0 END), 0)
FROM users own JOIN accounts a ON a.id = own.account_id WHERE {_OWN}"""

_COUNT = """INSERT INTO fasp_volume (provider_id, day, category, event, count)
VALUES (:provider_id, :day, :category, :event, :count)
ON CONFLICT (provider_id, day, category, event)
DO UPDATE SET count = fasp_volume.count + excluded.count"""
_VOLUMES = """SELECT day, category, event, count FROM fasp_volume
WHERE provider_id = :provider_id AND day >= :since ORDER BY day DESC, category, event"""
_OLD_VOLUMES = "DELETE FROM fasp_volume WHERE day < :before"

_REBLOGS = """SELECT r.reblog_of_id, count(*) FROM statuses r
WHERE r.id > :since AND r.reblog_of_id IS NOT NULL AND r.deleted_at IS NULL
GROUP BY r.reblog_of_id HAVING count(*) >= :least"""
_FAVOURITES = """SELECT f.status_id, count(*) FROM favourites f
WHERE f.id > :since GROUP BY f.status_id HAVING count(*) >= :least"""
_REPLIES = """SELECT r.in_reply_to_id, count(*) FROM statuses r
WHERE r.id > :since AND r.in_reply_to_id IS NOT NULL AND r.deleted_at IS NULL
    AND r.account_id <> r.in_reply_to_account_id
GROUP BY r.in_reply_to_id HAVING count(*) >= :least"""


class People(msgspec.Struct, array_like=True, frozen=True):
    """How many people there are here, how many may be found, and how many may their posts be."""

    all: int
    discoverable: int
    indexable: int


class Object(msgspec.Struct, array_like=True, frozen=True):
    """A status or an account as it is named, and whether it may be shared just now."""

    id: int
    uri: str
    allowed: bool = True


async def objects(reader: Reader, category: Category, ids: Sequence[int]) -> list[Object]:
    """Statuses or accounts of whatever origin, and which of them may be shared."""
    return await reader.fetch_all(_ALLOWED[category], {"ids": list(ids)}, Object)


async def consenting(reader: Reader, category: Category, ids: Sequence[int]) -> set[int]:
    """Which of these statuses or accounts may be shared just now."""
    return {found.id for found in await objects(reader, category, ids) if found.allowed}


async def earlier(reader: Reader, category: Category, before: int, limit: int) -> list[Object]:
    """What may be shared, newest first, below an id."""
    params = {"before": before, "limit": limit}
    rows = await reader.fetch_all(_EARLIER[category], params)
    return [Object(row[0], row[1]) for row in rows]


async def people(reader: Database) -> People:
    """How many people have consented to what."""
    rows = await reader.fetch_all(_PEOPLE, {}, slow=True)
    return People(*(int(value) for value in rows[0]))


# Subscriptions.


async def insert_subscription(tx: Transaction, new: Subscription) -> None:
    await tx.execute(_INSERT_SUBSCRIPTION, msgspec.to_builtins(msgspec.structs.asdict(new)))


async def subscriptions(reader: Reader, category: Category, kind: Kind) -> list[Subscription]:
    """The subscriptions of a kind that count just now, of all providers."""
    params = {"category": category.value, "kind": kind.value}
    return await reader.fetch_all(_SUBSCRIPTIONS, params, Subscription)


async def subscriptions_of(reader: Reader, provider_id: int) -> list[Subscription]:
    """All subscriptions of a provider."""
    return await reader.fetch_all(_OF_PROVIDER, {"provider_id": provider_id}, Subscription)


async def subscription(reader: Reader, provider_id: int, id_: int) -> Subscription | None:
    """A subscription of a provider."""
    params = {"id": id_, "provider_id": provider_id}
    return await reader.fetch_one(_GET_SUBSCRIPTION, params, Subscription)


async def delete_subscription(tx: Transaction, provider_id: int, id_: int) -> bool:
    """End a subscription, and forget what waits for it; False where there is none."""
    if await tx.execute(_DELETE_SUBSCRIPTION, {"id": id_, "provider_id": provider_id}) == 0:
        return False
    await tx.execute(_DELETE_WAITING_OF, {"id": id_})
    return True


async def forget_provider(tx: Transaction, provider_id: int) -> None:
    """Forget all that a provider asked for and that waits for it; what it has stays marked."""
    for found in await subscriptions_of(tx, provider_id):
        await delete_subscription(tx, provider_id, found.id)
    await tx.execute(
        "DELETE FROM fasp_backfills WHERE provider_id = :provider_id", {"provider_id": provider_id}
    )


# Backfills.


async def insert_backfill(tx: Transaction, new: Backfill) -> None:
    await tx.execute(_INSERT_BACKFILL, msgspec.to_builtins(msgspec.structs.asdict(new)))


async def backfill(reader: Reader, provider_id: int, id_: int) -> Backfill | None:
    """A backfill of a provider."""
    params = {"id": id_, "provider_id": provider_id}
    return await reader.fetch_one(_GET_BACKFILL, params, Backfill)


async def backfills(reader: Reader, provider_id: int) -> list[Backfill]:
    """All backfills of a provider."""
    return await reader.fetch_all(_BACKFILLS, {"provider_id": provider_id}, Backfill)


async def ready_backfill(reader: Reader, provider_id: int) -> Backfill | None:
    """The first backfill of a provider that is to go on."""
    return await reader.fetch_one(_READY_BACKFILL, {"provider_id": provider_id}, Backfill)


async def continue_backfill(tx: Transaction, provider_id: int, id_: int) -> bool:
    """Let a backfill go on; False where it is done, or goes on already."""
    params = {"id": id_, "provider_id": provider_id, "now": now_ms()}
    return await tx.execute(_CONTINUE, params) == 1


async def advance(tx: Transaction, id_: int, *, before: int, more: bool, sent: int) -> None:
    """Note how far a backfill has come."""
    state = "waiting" if more else "done"
    params = {"id": id_, "state": state, "before": before, "sent": sent, "now": now_ms()}
    await tx.execute(_ADVANCE, params)


# What waits.


async def put(tx: Transaction, to: Subscription, found: Sequence[Object], event: Event) -> None:
    """Let objects wait to be announced, in place of what waited of them."""
    row = {"provider_id": to.provider_id, "subscription_id": to.id, "event": event.value}
    row |= {"urgent": int(event is Event.DELETE), "now": now_ms()}
    for one in found:
        await tx.execute(_PUT, row | {"object_id": one.id, "uri": one.uri})


async def waiting(reader: Reader, provider_id: int, limit: int) -> list[Waiting]:
    """What is to be announced next: withdrawals first, then in the order it came."""
    params = {"provider_id": provider_id, "limit": limit}
    return await reader.fetch_all(_WAITING, params, Waiting)


async def due(reader: Reader, now: int) -> list[int]:
    """Providers for whom something waits, and who may be called by now (ms)."""
    return [row[0] for row in await reader.fetch_all(_DUE, {"now": now})]


async def count_waiting(reader: Reader, provider_id: int) -> int:
    """How many objects wait to be announced."""
    return int(await reader.fetch_value(_COUNT_WAITING, {"provider_id": provider_id}))


async def remove(tx: Transaction, sent: Sequence[Waiting]) -> None:
    """Forget what was announced, unless it has changed since it was read."""
    for revision in sorted({one.revision for one in sent}):
        ids = [one.id for one in sent if one.revision == revision]
        await tx.execute(_SENT, {"ids": ids, "revision": revision})


# What is shared.


async def shared_among(
    reader: Reader, provider_id: int, category: Category, ids: Sequence[int]
) -> set[int]:
    """Which of these a provider was told of."""
    params = {"provider_id": provider_id, "category": category.value, "ids": list(ids)}
    return {row[0] for row in await reader.fetch_all(_SHARED_AMONG, params)}


async def some_shared(
    reader: Reader, provider_id: int, category: Category, limit: int, after: int = 0
) -> list[int]:
    """The next that a provider was told of, above an id."""
    params: dict[str, object] = {"provider_id": provider_id, "category": category.value}
    rows = await reader.fetch_all(_SOME_SHARED, params | {"limit": limit, "after": after})
    return [row[0] for row in rows]


async def count_shared(reader: Database, provider_id: int) -> dict[Category, int]:
    """How much a provider was told of and may have still."""
    rows = await reader.fetch_all(_COUNT_SHARED, {"provider_id": provider_id}, slow=True)
    return {Category(row[0]): int(row[1]) for row in rows}


async def mark(tx: Transaction, provider_id: int, category: Category, ids: Sequence[int]) -> None:
    """Note that a provider is told of these."""
    params = {"provider_id": provider_id, "category": category.value, "ids": sorted(ids)}
    await tx.execute(_MARK, params | {"now": now_ms()})


async def unmark(tx: Transaction, provider_id: int, category: Category, ids: Sequence[int]) -> None:
    """Note that a provider is told that these are gone."""
    params = {"provider_id": provider_id, "category": category.value, "ids": sorted(ids)}
    await tx.execute(_UNMARK, params)


async def trended_since(
    reader: Reader, provider_id: int, ids: Sequence[int], since: int
) -> set[int]:
    """Which of these statuses a provider was told after a time (ms) that many talk about them."""
    params = {"provider_id": provider_id, "ids": list(ids), "since": since}
    return {row[0] for row in await reader.fetch_all(_TRENDED_SINCE, params)}


async def mark_trended(tx: Transaction, provider_id: int, ids: Sequence[int]) -> None:
    """Note that a provider is told that many talk about these."""
    await tx.execute(_TRENDED, {"provider_id": provider_id, "ids": sorted(ids), "now": now_ms()})


async def talked_about(reader: Database, since_id: int, least: Subscription) -> set[int]:
    """Statuses of whatever origin that were reblogged, favourited or answered often enough by
    rows that are newer than an id.
    """
    wanted = ((_REBLOGS, least.shares), (_FAVOURITES, least.likes), (_REPLIES, least.replies))
    found: set[int] = set()
    for sql, number in wanted:
        if number:
            rows = await reader.fetch_all(sql, {"since": since_id, "least": number}, slow=True)
            found |= {row[0] for row in rows}
    return found


# How much was shared.


async def count(
    tx: Transaction, provider_id: int, day: str, category: Category, event: str, number: int
) -> None:
    """Count addresses that were told; an empty `event` is a backfill."""
    params = {"provider_id": provider_id, "day": day, "category": category.value}
    await tx.execute(_COUNT, params | {"event": event, "count": number})


async def volumes(reader: Reader, provider_id: int, since: str) -> list[Volume]:
    """How many addresses were told by day, newest day first."""
    params = {"provider_id": provider_id, "since": since}
    return await reader.fetch_all(_VOLUMES, params, Volume)


async def clean(tx: Transaction, *, day: str, before: int) -> None:
    """Forget counts of days before `day`, and backfills that were done before a time (ms)."""
    await tx.execute(_OLD_VOLUMES, {"before": day})
    await tx.execute(_FINISHED, {"before": before})
