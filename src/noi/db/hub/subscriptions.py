"""What members were asked to announce: from now on (subscriptions), and from before (backfills)."""

from noi.db.database import Reader, Transaction
from noi.models.hub_records import HubBackfill, HubSubscription

_SUBSCRIPTION = ", ".join(HubSubscription.__struct_fields__)
_BACKFILL = ", ".join(HubBackfill.__struct_fields__)
_INSERT = """INSERT INTO hub_subscriptions (id, member_id, remote_id, category, kind, created_at)
VALUES (:id, :member_id, :remote_id, :category, :kind, :created_at)
ON CONFLICT (member_id, remote_id) DO UPDATE SET category = excluded.category,
    kind = excluded.kind"""
_OF_MEMBER = f"""SELECT {_SUBSCRIPTION} FROM hub_subscriptions
WHERE member_id = :member_id ORDER BY id"""
_NAMED = f"""SELECT {_SUBSCRIPTION} FROM hub_subscriptions
WHERE member_id = :member_id AND remote_id = :remote_id"""
_DELETE = "DELETE FROM hub_subscriptions WHERE member_id = :member_id"
_INSERT_BACKFILL = """INSERT INTO hub_backfills
    (id, member_id, remote_id, category, state, received, created_at, updated_at)
VALUES (:id, :member_id, :remote_id, :category, 'open', 0, :now, :now)
ON CONFLICT (member_id, remote_id) DO UPDATE SET category = excluded.category,
    state = 'open', updated_at = excluded.updated_at"""
_BACKFILLS = f"SELECT {_BACKFILL} FROM hub_backfills WHERE member_id = :member_id ORDER BY id"
_BACKFILL_NAMED = f"""SELECT {_BACKFILL} FROM hub_backfills
WHERE member_id = :member_id AND remote_id = :remote_id"""
_GET_BACKFILL = f"SELECT {_BACKFILL} FROM hub_backfills WHERE id = :id"
_RECEIVED = """UPDATE hub_backfills SET received = received + :amount, state = :state,
    updated_at = :now WHERE id = :id"""
_ASKED = "UPDATE hub_backfills SET updated_at = :now WHERE id = :id AND state = 'open'"
_STALLED = """SELECT b.id FROM hub_backfills b
JOIN hub_members m ON m.id = b.member_id AND m.state = 'admitted'
WHERE b.state = 'open' AND b.updated_at < :before
ORDER BY b.updated_at LIMIT CAST(:limit AS BIGINT)"""
_UNASKED = """SELECT m.id FROM hub_members m
JOIN hub_capabilities c ON c.member_id = m.id AND c.capability = :capability
WHERE m.state = 'admitted' AND (SELECT count(*) FROM hub_subscriptions s
    WHERE s.member_id = m.id) < :wanted
ORDER BY m.id LIMIT CAST(:limit AS BIGINT)"""
_DELETE_BACKFILLS = "DELETE FROM hub_backfills WHERE member_id = :member_id"


async def insert(tx: Transaction, subscription: HubSubscription) -> None:
    row = {name: getattr(subscription, name) for name in HubSubscription.__struct_fields__}
    await tx.execute(_INSERT, row)


async def of_member(reader: Reader, member_id: int) -> list[HubSubscription]:
    return await reader.fetch_all(_OF_MEMBER, {"member_id": member_id}, HubSubscription)


async def named(reader: Reader, member_id: int, remote_id: str) -> HubSubscription | None:
    """The subscription that a member calls so."""
    params = {"member_id": member_id, "remote_id": remote_id}
    return await reader.fetch_one(_NAMED, params, HubSubscription)


async def delete_all(tx: Transaction, member_id: int) -> None:
    """Forget all that a member was asked for."""
    await tx.execute(_DELETE, {"member_id": member_id})
    await tx.execute(_DELETE_BACKFILLS, {"member_id": member_id})


async def insert_backfill(
    tx: Transaction, new_id: int, member_id: int, remote_id: str, category: str, now: int
) -> None:
    row = {
        "id": new_id,
        "member_id": member_id,
        "remote_id": remote_id,
        "category": category,
        "now": now,
    }
    await tx.execute(_INSERT_BACKFILL, row)


async def backfills(reader: Reader, member_id: int) -> list[HubBackfill]:
    return await reader.fetch_all(_BACKFILLS, {"member_id": member_id}, HubBackfill)


async def backfill_named(reader: Reader, member_id: int, remote_id: str) -> HubBackfill | None:
    """The backfill that a member calls so."""
    params = {"member_id": member_id, "remote_id": remote_id}
    return await reader.fetch_one(_BACKFILL_NAMED, params, HubBackfill)


async def get_backfill(reader: Reader, id_: int) -> HubBackfill | None:
    return await reader.fetch_one(_GET_BACKFILL, {"id": id_}, HubBackfill)


async def received(tx: Transaction, id_: int, amount: int, *, more: bool, now: int) -> None:
    """Note what a backfill brought, and whether there is more to come."""
    state = "open" if more else "done"
    await tx.execute(_RECEIVED, {"id": id_, "amount": amount, "state": state, "now": now})


async def asked(tx: Transaction, id_: int, now: int) -> None:
    """Note that a member was asked, or could not be asked, to go on."""
    await tx.execute(_ASKED, {"id": id_, "now": now})


async def stalled(reader: Reader, before: int, limit: int) -> list[int]:
    """Backfills of members that have not gone on since a time (ms)."""
    rows = await reader.fetch_all(_STALLED, {"before": before, "limit": limit})
    return [row[0] for row in rows]


async def unasked(reader: Reader, capability: str, wanted: int, limit: int) -> list[int]:
    """Members that share, and were asked for less than is wanted."""
    params = {"capability": capability, "wanted": wanted, "limit": limit}
    return [row[0] for row in await reader.fetch_all(_UNASKED, params)]
