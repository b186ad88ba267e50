"""Erasing what came from a network, some rows at a time."""

from noi.db.database import Reader, Transaction

_ACCOUNTS = """SELECT id FROM hub_accounts WHERE host = :host
ORDER BY id LIMIT CAST(:limit AS BIGINT)"""
_OF_HOST = """SELECT uri FROM hub_queue WHERE host = :host
ORDER BY run_at LIMIT CAST(:limit AS BIGINT)"""
_OF_MEMBER = """SELECT uri FROM hub_queue WHERE member_id = :member_id
LIMIT CAST(:limit AS BIGINT)"""
_SENDERS = """DELETE FROM accounts WHERE id IN (SELECT id FROM accounts
    WHERE inbox_host = :host AND domain <> '' ORDER BY id LIMIT CAST(:limit AS BIGINT))"""
_TRENDING = """DELETE FROM hub_post_trending WHERE (uri, member_id) IN (
    SELECT uri, member_id FROM hub_post_trending WHERE member_id = :member_id
    LIMIT CAST(:limit AS BIGINT))"""
_RELAYED = "DELETE FROM hub_relay_subscriptions WHERE member_id = :member_id"


async def accounts(reader: Reader, host: str, limit: int) -> list[int]:
    """Ids of accounts that live at a host."""
    rows = await reader.fetch_all(_ACCOUNTS, {"host": host, "limit": limit})
    return [row[0] for row in rows]


async def waiting(reader: Reader, host: str, member_id: int, limit: int) -> list[str]:
    """Addresses in the queue that lie at a host, or that a member announced."""
    at_host = await reader.fetch_all(_OF_HOST, {"host": host, "limit": limit})
    announced = await reader.fetch_all(_OF_MEMBER, {"member_id": member_id, "limit": limit})
    return sorted({row[0] for row in (*at_host, *announced)})


async def forget_senders(tx: Transaction, host: str, limit: int) -> int:
    """Forget accounts whose keys are kept because they sent something here; how many it were."""
    return await tx.execute(_SENDERS, {"host": host, "limit": limit})


async def forget_trending(tx: Transaction, member_id: int, limit: int) -> int:
    """Forget what a member said to be talked about; how many posts it were."""
    return await tx.execute(_TRENDING, {"member_id": member_id, "limit": limit})


async def leave_relay(tx: Transaction, member_id: int) -> None:
    """Pass nothing on to a member any more."""
    await tx.execute(_RELAYED, {"member_id": member_id})
