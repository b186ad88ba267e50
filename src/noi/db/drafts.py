"""Drafts: what people have begun to write."""

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms
from noi.models.scheduled import Draft

_COLUMNS = ", ".join(Draft.__struct_fields__)
_LIST = f"""SELECT {_COLUMNS} FROM drafts
WHERE account_id = :account_id ORDER BY updated_at DESC, id DESC"""
_GET = f"SELECT {_COLUMNS} FROM drafts WHERE id = :id AND account_id = :account_id"
_PUT = """INSERT INTO drafts (id, account_id, params, updated_at)
VALUES (:id, :account_id, :params, :now)
ON CONFLICT (id) DO UPDATE SET params = excluded.params, updated_at = excluded.updated_at"""
_COUNT = "SELECT count(*) FROM drafts WHERE account_id = :account_id"
_DELETE = "DELETE FROM drafts WHERE id = :id AND account_id = :account_id"


async def of_account(reader: Reader, account_id: int) -> list[Draft]:
    """An account's drafts, last changed first."""
    return await reader.fetch_all(_LIST, {"account_id": account_id}, Draft)


async def get(reader: Reader, account_id: int, draft_id: int) -> Draft | None:
    return await reader.fetch_one(_GET, {"id": draft_id, "account_id": account_id}, Draft)


async def put(tx: Transaction, draft_id: int, account_id: int, params: str) -> None:
    """Write a draft, new or over the one of that id."""
    row = {"id": draft_id, "account_id": account_id, "params": params, "now": now_ms()}
    await tx.execute(_PUT, row)


async def count(reader: Reader, account_id: int) -> int:
    return await reader.fetch_value(_COUNT, {"account_id": account_id})


async def delete(tx: Transaction, account_id: int, draft_id: int) -> bool:
    return await tx.execute(_DELETE, {"id": draft_id, "account_id": account_id}) == 1
