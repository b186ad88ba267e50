"""Reports of accounts and statuses to this network's moderators."""

from collections.abc import Sequence

from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.ids import now_ms
from noi.models.moderation import Report
from noi.models.paging import Page

_COLUMNS = ", ".join(Report.__struct_fields__)
_INSERT = """INSERT INTO reports (id, account_id, target_id, status_ids, rule_ids, category,
    comment, forward, created_at)
VALUES (:id, :account_id, :target_id, :status_ids, :rule_ids, :category,
    :comment, :forward, :created_at)"""
_GET = f"SELECT {_COLUMNS} FROM reports WHERE id = :id"
_PAGE = f"""SELECT {_COLUMNS} FROM reports
WHERE id > :after AND id < :before ORDER BY id @order LIMIT :limit"""
_PAGE_OPEN = f"""SELECT {_COLUMNS} FROM reports
WHERE resolved_at IS NULL AND id > :after AND id < :before ORDER BY id @order LIMIT :limit"""
_COUNT_OPEN = "SELECT count(*) FROM reports WHERE resolved_at IS NULL"
_RESOLVE = """UPDATE reports SET resolved_at = :now, resolved_by_id = :by, resolution = :resolution
WHERE id = :id AND resolved_at IS NULL"""
_REOPEN = """UPDATE reports SET resolved_at = NULL, resolved_by_id = NULL, resolution = ''
WHERE id = :id"""
_STATUSES_OF = """SELECT id FROM statuses
WHERE account_id = :account_id AND deleted_at IS NULL AND id @in(:ids) ORDER BY id"""


async def insert(tx: Transaction, new: Report) -> None:
    row = {
        "id": new.id,
        "account_id": new.account_id,
        "target_id": new.target_id,
        "status_ids": new.status_ids,
        "rule_ids": new.rule_ids,
        "category": new.category.value,
        "comment": new.comment,
        "forward": int(new.forward),
        "created_at": new.created_at,
    }
    await tx.execute(_INSERT, row)


async def get(reader: Reader, report_id: int) -> Report | None:
    return await reader.fetch_one(_GET, {"id": report_id}, Report)


async def page(db: Database, page: Page, *, only_open: bool) -> list[Report]:
    """Reports, newest first."""
    return await fetch_page(db, _PAGE_OPEN if only_open else _PAGE, {}, page, Report)


async def count_open(reader: Reader) -> int:
    return await reader.fetch_value(_COUNT_OPEN)


async def resolve(tx: Transaction, report_id: int, by: int | None, resolution: str) -> bool:
    """Close a report; False when it was closed."""
    row = {"id": report_id, "by": by, "resolution": resolution, "now": now_ms()}
    return await tx.execute(_RESOLVE, row) == 1


async def reopen(tx: Transaction, report_id: int) -> None:
    await tx.execute(_REOPEN, {"id": report_id})


async def statuses_of(reader: Reader, account_id: int, ids: Sequence[int]) -> list[int]:
    """Which of `ids` are statuses of that account."""
    if not ids:
        return []
    params = {"account_id": account_id, "ids": list(ids)}
    return [row[0] for row in await reader.fetch_all(_STATUSES_OF, params)]
