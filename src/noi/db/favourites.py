"""Favourites."""

from noi.db.database import Transaction
from noi.models.ids import now_ms

_INSERT = """INSERT INTO favourites (id, account_id, status_id, created_at)
VALUES (:id, :account_id, :status_id, :now) ON CONFLICT DO NOTHING"""
_DELETE = "DELETE FROM favourites WHERE account_id = :account_id AND status_id = :status_id"


async def insert(tx: Transaction, id_: int, account_id: int, status_id: int) -> bool:
    """Insert a favourite; False where there is one already."""
    row = {"id": id_, "account_id": account_id, "status_id": status_id, "now": now_ms()}
    return await tx.execute(_INSERT, row) == 1


async def delete(tx: Transaction, account_id: int, status_id: int) -> bool:
    """Remove a favourite; False where there was none."""
    return await tx.execute(_DELETE, {"account_id": account_id, "status_id": status_id}) == 1
