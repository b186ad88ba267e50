"""Votes against statuses, which people of link aggregators cast."""

from noi.db.database import Transaction
from noi.models.ids import now_ms

_INSERT = """INSERT INTO dislikes (id, account_id, status_id, uri, created_at)
VALUES (:id, :account_id, :status_id, :uri, :now) ON CONFLICT DO NOTHING"""
_DELETE = "DELETE FROM dislikes WHERE account_id = :account_id AND status_id = :status_id"
_COUNT = """UPDATE statuses SET dislikes_count = CASE WHEN dislikes_count + :by < 0 THEN 0
    ELSE dislikes_count + :by END WHERE id = :id AND deleted_at IS NULL"""


async def insert(tx: Transaction, id_: int, account_id: int, status_id: int, uri: str) -> bool:
    """Insert and count a vote; False where there is one already."""
    row = {"id": id_, "account_id": account_id, "status_id": status_id, "uri": uri}
    if await tx.execute(_INSERT, {**row, "now": now_ms()}) == 0:
        return False
    await tx.execute(_COUNT, {"id": status_id, "by": 1})
    return True


async def delete(tx: Transaction, account_id: int, status_id: int) -> bool:
    """Take a vote back; False where there was none."""
    if not await tx.execute(_DELETE, {"account_id": account_id, "status_id": status_id}):
        return False
    await tx.execute(_COUNT, {"id": status_id, "by": -1})
    return True
