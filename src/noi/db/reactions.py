"""Reactions to statuses: an emoji, or `shortcode@domain` of a custom one."""

from collections.abc import Sequence

from noi.db.accounts import account_columns
from noi.db.database import Reader, Transaction
from noi.db.visibility import NOT_WANTED, viewpoint
from noi.models.accounts import Account, AccountState
from noi.models.ids import now_ms
from noi.models.statuses import Reaction

_INSERT = """INSERT INTO reactions (id, account_id, status_id, name, uri, created_at)
VALUES (:id, :account_id, :status_id, :name, :uri, :now) ON CONFLICT DO NOTHING"""
_COUNT = """SELECT count(*) FROM (SELECT 1 FROM reactions
    WHERE account_id = :account_id AND status_id = :status_id LIMIT 50) AS few"""
_DELETE = """DELETE FROM reactions
WHERE account_id = :account_id AND status_id = :status_id AND name = :name RETURNING uri"""
_DELETE_BY_URI = """DELETE FROM reactions
WHERE uri = :uri AND uri <> '' AND account_id = :account_id RETURNING status_id"""
_COUNTS = """SELECT status_id, name, count(*) FROM reactions WHERE status_id @in(:ids)
GROUP BY status_id, name ORDER BY status_id, min(id)"""
_OWN = """SELECT status_id, name FROM reactions
WHERE account_id = :account_id AND status_id @in(:ids)"""
_BY = f"""SELECT {account_columns()} FROM reactions r JOIN accounts a ON a.id = r.account_id
WHERE r.status_id = :status_id AND r.name = :name AND a.state <= {AccountState.LIMITED:d}
    AND a.id NOT IN ({NOT_WANTED})
ORDER BY r.id DESC LIMIT CAST(:limit AS BIGINT)"""


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


async def delete(tx: Transaction, account_id: int, status_id: int, name: str) -> str | None:
    """Remove a reaction and answer its activity's id; None where there was none."""
    row = {"account_id": account_id, "status_id": status_id, "name": name}
    return await tx.fetch_value(_DELETE, row)


async def delete_by_uri(tx: Transaction, account_id: int, uri: str) -> int | None:
    """Remove the reaction that an activity made and answer its status; None where there is none."""
    return await tx.fetch_value(_DELETE_BY_URI, {"account_id": account_id, "uri": uri})


async def counts(reader: Reader, ids: Sequence[int]) -> list[Reaction]:
    """How many reacted to some statuses with what, in the order in which that began."""
    rows = await reader.fetch_all(_COUNTS, {"ids": list(ids)})
    return [Reaction(row[0], row[1], row[2]) for row in rows]


async def own(reader: Reader, account_id: int, ids: Sequence[int]) -> dict[int, set[str]]:
    """With what an account reacted to some statuses."""
    found: dict[int, set[str]] = {}
    for row in await reader.fetch_all(_OWN, {"account_id": account_id, "ids": list(ids)}):
        found.setdefault(row[0], set()).add(row[1])
    return found


async def reactors(
    reader: Reader, viewer_id: int, status_id: int, name: str, *, limit: int
) -> list[Account]:
    """Who reacted to a status with `name`, last first."""
    params = viewpoint(viewer_id, status_id=status_id, name=name, limit=limit)
    return await reader.fetch_all(_BY, params, Account)
