"""Pinned statuses."""

from collections.abc import Sequence

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms

_INSERT = """INSERT INTO pins (account_id, status_id, created_at)
VALUES (:account_id, :status_id, :now) ON CONFLICT DO NOTHING"""
_DELETE = "DELETE FROM pins WHERE account_id = :account_id AND status_id = :status_id"
_CLEAR = "DELETE FROM pins WHERE account_id = :account_id"
_COUNT = "SELECT count(*) FROM pins WHERE account_id = :account_id"


async def insert(tx: Transaction, account_id: int, status_id: int) -> bool:
    """Pin a status; False where it was pinned before."""
    row = {"account_id": account_id, "status_id": status_id, "now": now_ms()}
    return await tx.execute(_INSERT, row) == 1


async def delete(tx: Transaction, account_id: int, status_id: int) -> bool:
    """Unpin a status; False where it was not pinned."""
    return await tx.execute(_DELETE, {"account_id": account_id, "status_id": status_id}) == 1


async def replace(tx: Transaction, account_id: int, status_ids: Sequence[int]) -> None:
    """Pin just these statuses, which are shown in this order."""
    now = now_ms()
    await tx.execute(_CLEAR, {"account_id": account_id})
    for position, status_id in enumerate(status_ids):
        row = {"account_id": account_id, "status_id": status_id, "now": now - position}
        await tx.execute(_INSERT, row)


async def count(reader: Reader, account_id: int) -> int:
    """How many statuses an account has pinned."""
    return await reader.fetch_value(_COUNT, {"account_id": account_id})
