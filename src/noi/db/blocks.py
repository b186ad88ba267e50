"""Who blocks whom."""

from noi.db.accounts import account_columns
from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.accounts import PagedAccount
from noi.models.ids import now_ms
from noi.models.paging import Page

_INSERT = """INSERT INTO blocks (id, account_id, target_id, uri, created_at)
VALUES (:id, :account_id, :target_id, :uri, :now) ON CONFLICT (account_id, target_id) DO NOTHING"""
_DELETE = """DELETE FROM blocks WHERE account_id = :account_id AND target_id = :target_id
RETURNING uri"""
_EITHER_WAY = """SELECT 1 FROM blocks WHERE account_id = :a AND target_id = :b
UNION ALL SELECT 1 FROM blocks WHERE account_id = :b AND target_id = :a LIMIT 1"""
_HAS = "SELECT 1 FROM blocks WHERE account_id = :account_id AND target_id = :target_id"
_SHUTS_OUT = """SELECT 1 FROM blocks WHERE account_id = :account_id AND target_id = :target_id
UNION ALL SELECT 1 FROM user_domain_blocks b JOIN accounts a ON a.domain = b.domain
WHERE b.account_id = :account_id AND a.id = :target_id AND a.domain <> '' LIMIT 1"""
_PAGE = f"""SELECT {account_columns()}, b.id FROM blocks b JOIN accounts a ON a.id = b.target_id
WHERE b.account_id = :account_id AND b.id > :after AND b.id < :before AND a.deleted_at IS NULL
ORDER BY b.id @order LIMIT :limit"""


async def insert(
    tx: Transaction, new_id: int, account_id: int, target_id: int, uri: str = ""
) -> bool:
    """Add a block, with its Block's id where one of the two is remote; False when it was there."""
    row = {"id": new_id, "account_id": account_id, "target_id": target_id, "uri": uri}
    return await tx.execute(_INSERT, {**row, "now": now_ms()}) == 1


async def delete(tx: Transaction, account_id: int, target_id: int) -> str | None:
    """Remove a block and answer its Block's id; None when there was none."""
    return await tx.fetch_value(_DELETE, {"account_id": account_id, "target_id": target_id})


async def either_way(tx: Transaction, a: int, b: int) -> bool:
    """Whether one of two accounts blocks the other."""
    return await tx.fetch_value(_EITHER_WAY, {"a": a, "b": b}) is not None


async def has(reader: Reader, account_id: int, target_id: int) -> bool:
    """Whether an account blocks another."""
    params = {"account_id": account_id, "target_id": target_id}
    return await reader.fetch_value(_HAS, params) is not None


async def shuts_out(reader: Reader, account_id: int, target_id: int) -> bool:
    """Whether an account blocks another, or the domain of that one."""
    params = {"account_id": account_id, "target_id": target_id}
    return await reader.fetch_value(_SHUTS_OUT, params) is not None


async def page(db: Database, account_id: int, page: Page) -> list[PagedAccount]:
    """Whom an account blocks, newest first."""
    return await fetch_page(db, _PAGE, {"account_id": account_id}, page, PagedAccount)
