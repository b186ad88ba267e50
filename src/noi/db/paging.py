"""Cursor paging over an index."""

from functools import lru_cache
from typing import TypeVar, overload

from noi.db.database import Database, Row, Transaction
from noi.models.paging import MAX_ID, Page

T = TypeVar("T")


@overload
async def fetch_page(
    db: Database | Transaction, sql: str, params: dict[str, object], page: Page
) -> list[Row]: ...
@overload
async def fetch_page(
    db: Database | Transaction, sql: str, params: dict[str, object], page: Page, into: type[T]
) -> list[T]: ...
async def fetch_page(
    db: Database | Transaction,
    sql: str,
    params: dict[str, object],
    page: Page,
    into: type[T] | None = None,
) -> list[Row] | list[T]:
    """Fetch one page, newest first.

    `sql` compares its cursor column with `:after` and `:before`, ends with
    `ORDER BY column @order LIMIT :limit`, and may use any of `params`.
    """
    upwards = page.min_id is not None
    lower = page.min_id if page.min_id is not None else page.since_id
    bounds: dict[str, object] = {
        **params,
        "after": -1 if lower is None else lower,
        "before": MAX_ID if page.max_id is None else page.max_id,
        "limit": page.limit,
    }
    text = _ordered(sql, upwards)
    if into is None:
        rows = await db.fetch_all(text, bounds)
        return rows[::-1] if upwards else rows
    structs = await db.fetch_all(text, bounds, into)
    return structs[::-1] if upwards else structs


@lru_cache(maxsize=512)
def _ordered(sql: str, upwards: bool) -> str:
    return sql.replace("@order", "ASC" if upwards else "DESC")
