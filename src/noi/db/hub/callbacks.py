"""Calls by which members try the connection: the newest of each."""

from noi.db.database import Reader, Transaction
from noi.models.hub import Callback

_INSERT = """INSERT INTO hub_callbacks (id, member_id, address, body, created_at)
VALUES (:id, :member_id, :address, :body, :created_at)"""
_TRIM = """DELETE FROM hub_callbacks WHERE member_id = :member_id AND id NOT IN (
    SELECT id FROM hub_callbacks WHERE member_id = :member_id
    ORDER BY id DESC LIMIT CAST(:keep AS BIGINT))"""
_OF_MEMBER = """SELECT id, address, body, created_at FROM hub_callbacks
WHERE member_id = :member_id ORDER BY id DESC LIMIT 100"""


async def insert(tx: Transaction, member_id: int, callback: Callback, keep: int) -> None:
    """Add one, and forget all but the newest."""
    row = {
        "id": callback.id,
        "member_id": member_id,
        "address": callback.address,
        "body": callback.body,
        "created_at": callback.created_at,
    }
    await tx.execute(_INSERT, row)
    await trim(tx, member_id, keep)


async def trim(tx: Transaction, member_id: int, keep: int) -> None:
    """Forget all but the newest."""
    await tx.execute(_TRIM, {"member_id": member_id, "keep": keep})


async def of_member(reader: Reader, member_id: int) -> list[Callback]:
    """The newest first."""
    return await reader.fetch_all(_OF_MEMBER, {"member_id": member_id}, Callback)
