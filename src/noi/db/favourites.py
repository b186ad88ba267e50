"""Favourites."""

from noi.db.database import Transaction
from noi.models.ids import now_ms

_INSERT = """INSERT INTO favourites (id, account_id, status_id, uri, created_at)
VALUES (:id, :account_id, :status_id, :uri, :now) ON CONFLICT DO NOTHING"""
_DELETE = """DELETE FROM favourites WHERE account_id = :account_id AND status_id = :status_id
RETURNING uri"""


async def insert(tx: Transaction, id_: int, account_id: int, status_id: int, uri: str = "") -> bool:
    """Insert a favourite, with its Like's id where one of the two is remote; False where there is
    one already.
    """
    row = {"id": id_, "account_id": account_id, "status_id": status_id, "uri": uri}
    return await tx.execute(_INSERT, {**row, "now": now_ms()}) == 1


async def delete(tx: Transaction, account_id: int, status_id: int) -> str | None:
    """Remove a favourite and answer its Like's id; None where there was none."""
    return await tx.fetch_value(_DELETE, {"account_id": account_id, "status_id": status_id})
