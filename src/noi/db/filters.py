"""Filters with their keywords and statuses."""

from noi.db.database import Reader, Transaction
from noi.models.filters import Filter, FilterKeyword, FilterStatus, FilterView
from noi.models.ids import now_ms

_FILTER = "f.id, f.account_id, f.title, f.contexts, f.action, f.expires_at"
_KEYWORD = "k.id, k.filter_id, k.keyword, k.whole_word"
_STATUS = "s.id, s.filter_id, s.status_id"

_ALL = f"SELECT {_FILTER} FROM filters f WHERE f.account_id = :account_id ORDER BY f.id"
_ALL_KEYWORDS = f"""SELECT {_KEYWORD} FROM filters f JOIN filter_keywords k ON k.filter_id = f.id
WHERE f.account_id = :account_id ORDER BY k.id"""
_ALL_STATUSES = f"""SELECT {_STATUS} FROM filters f JOIN filter_statuses s ON s.filter_id = f.id
WHERE f.account_id = :account_id ORDER BY s.id"""
_GET = f"SELECT {_FILTER} FROM filters f WHERE f.id = :id AND f.account_id = :account_id"
_KEYWORDS_OF = f"SELECT {_KEYWORD} FROM filter_keywords k WHERE k.filter_id = :id ORDER BY k.id"
_STATUSES_OF = f"SELECT {_STATUS} FROM filter_statuses s WHERE s.filter_id = :id ORDER BY s.id"
_GET_KEYWORD = f"""SELECT {_KEYWORD} FROM filter_keywords k JOIN filters f ON f.id = k.filter_id
WHERE k.id = :id AND f.account_id = :account_id"""
_GET_STATUS = f"""SELECT {_STATUS} FROM filter_statuses s JOIN filters f ON f.id = s.filter_id
WHERE s.id = :id AND f.account_id = :account_id"""

_COUNT = "SELECT count(*) FROM filters WHERE account_id = :account_id"
_PUT = """INSERT INTO filters (id, account_id, title, contexts, action, expires_at, created_at)
VALUES (:id, :account_id, :title, :contexts, :action, :expires_at, :now)
ON CONFLICT (id) DO UPDATE SET title = excluded.title, contexts = excluded.contexts,
    action = excluded.action, expires_at = excluded.expires_at"""
_DELETE = (
    "DELETE FROM filters WHERE id = :id",
    "DELETE FROM filter_keywords WHERE filter_id = :id",
    "DELETE FROM filter_statuses WHERE filter_id = :id",
)
_PUT_KEYWORD = """INSERT INTO filter_keywords (id, filter_id, keyword, whole_word)
VALUES (:id, :filter_id, :keyword, :whole_word)
ON CONFLICT (id) DO UPDATE SET keyword = excluded.keyword, whole_word = excluded.whole_word"""
_DELETE_KEYWORD = "DELETE FROM filter_keywords WHERE id = :id"
_ADD_STATUS = """INSERT INTO filter_statuses (id, filter_id, status_id)
VALUES (:id, :filter_id, :status_id) ON CONFLICT (filter_id, status_id) DO NOTHING"""
_DELETE_STATUS = "DELETE FROM filter_statuses WHERE id = :id"
_FORGET_STATUS = "DELETE FROM filter_statuses WHERE status_id = :status_id"
_RAISE_REVISION = """UPDATE users SET filters_revision = filters_revision + 1
WHERE account_id = :account_id"""


async def load(reader: Reader, account_id: int) -> list[FilterView]:
    """All filters of an account, oldest first."""
    params = {"account_id": account_id}
    views = {
        row.id: FilterView(row, [], []) for row in await reader.fetch_all(_ALL, params, Filter)
    }
    for keyword in await reader.fetch_all(_ALL_KEYWORDS, params, FilterKeyword):
        if view := views.get(keyword.filter_id):
            view.keywords.append(keyword)
    for status in await reader.fetch_all(_ALL_STATUSES, params, FilterStatus):
        if view := views.get(status.filter_id):
            view.statuses.append(status)
    return list(views.values())


async def get(reader: Reader, account_id: int, filter_id: int) -> FilterView | None:
    """A filter of its owner, None for anyone else's."""
    params = {"id": filter_id, "account_id": account_id}
    row = await reader.fetch_one(_GET, params, Filter)
    if row is None:
        return None
    keywords = await reader.fetch_all(_KEYWORDS_OF, params, FilterKeyword)
    return FilterView(row, keywords, await reader.fetch_all(_STATUSES_OF, params, FilterStatus))


async def get_keyword(reader: Reader, account_id: int, keyword_id: int) -> FilterKeyword | None:
    """A keyword of its owner, None for anyone else's."""
    params = {"id": keyword_id, "account_id": account_id}
    return await reader.fetch_one(_GET_KEYWORD, params, FilterKeyword)


async def get_status(reader: Reader, account_id: int, row_id: int) -> FilterStatus | None:
    """A filtered status of its owner, None for anyone else's."""
    params = {"id": row_id, "account_id": account_id}
    return await reader.fetch_one(_GET_STATUS, params, FilterStatus)


async def count(tx: Transaction, account_id: int) -> int:
    """How many filters an account has."""
    return await tx.fetch_value(_COUNT, {"account_id": account_id})


async def put(tx: Transaction, row: Filter) -> None:
    """Add or change a filter."""
    values = {
        "id": row.id,
        "account_id": row.account_id,
        "title": row.title,
        "contexts": row.contexts,
        "action": str(row.action),
        "expires_at": row.expires_at,
        "now": now_ms(),
    }
    await tx.execute(_PUT, values)


async def delete(tx: Transaction, filter_id: int) -> None:
    """Remove a filter with all it holds."""
    for sql in _DELETE:
        await tx.execute(sql, {"id": filter_id})


async def put_keyword(tx: Transaction, row: FilterKeyword) -> None:
    """Add or change a keyword."""
    values = {
        "id": row.id,
        "filter_id": row.filter_id,
        "keyword": row.keyword,
        "whole_word": int(row.whole_word),
    }
    await tx.execute(_PUT_KEYWORD, values)


async def delete_keyword(tx: Transaction, keyword_id: int) -> None:
    """Remove a keyword."""
    await tx.execute(_DELETE_KEYWORD, {"id": keyword_id})


async def add_status(tx: Transaction, row: FilterStatus) -> bool:
    """Put a status on a filter; False when it was there."""
    values = {"id": row.id, "filter_id": row.filter_id, "status_id": row.status_id}
    return await tx.execute(_ADD_STATUS, values) == 1


async def delete_status(tx: Transaction, row_id: int) -> None:
    """Take a status off its filter."""
    await tx.execute(_DELETE_STATUS, {"id": row_id})


async def forget_status(tx: Transaction, status_id: int) -> None:
    """Take a status that is deleted off everyone's filters."""
    await tx.execute(_FORGET_STATUS, {"status_id": status_id})


async def raise_revision(tx: Transaction, account_id: int) -> None:
    """Make every process forget what it has compiled of an account's filters."""
    await tx.execute(_RAISE_REVISION, {"account_id": account_id})
