"""Reactions to statuses: an emoji, or `shortcode@domain` of a custom one."""

from noi.db.database import Transaction
from noi.models.ids import now_ms

_INSERT = """INSERT INTO reactions (id, account_id, status_id, name, uri, created_at)
VALUES (:id, :account_id, :status_id, :name, :uri, :now) ON CONFLICT DO NOTHING"""
_COUNT = """SELECT count(*) FROM (SELECT 1 FROM reactions
    WHERE account_id = :account_id AND status_id = :status_id LIMIT 50) AS few"""
_DELETE = """DELETE FROM reactions
WHERE account_id = :account_id AND status_id = :status_id AND name = :name"""
_DELETE_BY_URI = "DELETE FROM reactions WHERE uri = :uri AND account_id = :account_id"


async def insert(
    tx: Transaction, id_: int, account_id: int, status_id: int, name: str, uri: str
) -> bool:
    """Insert a reaction, with its activity's id where one of the two is remote; False where it is
    there already.
    """
    row = {"id": id_, "account_id": account_id, "status_id": status_id, "name": name, "uri": uri}
    return await tx.execute(_INSERT, {**row, "now": now_ms()}) == 1


async def count(tx: Transaction, account_id: int, status_id: int) -> int:
    """With how many an account has reacted to a status, counted up to 50."""
    return await tx.fetch_value(_COUNT, {"account_id": account_id, "status_id": status_id})


async def delete(tx: Transaction, account_id: int, status_id: int, name: str) -> bool:
    """Remove a reaction; False where there was none."""
    row = {"account_id": account_id, "status_id": status_id, "name": name}
    return await tx.execute(_DELETE, row) == 1


async def delete_by_uri(tx: Transaction, account_id: int, uri: str) -> bool:
    """Remove the reaction that an activity made; False where there was none."""
    return await tx.execute(_DELETE_BY_URI, {"account_id": account_id, "uri": uri}) > 0
