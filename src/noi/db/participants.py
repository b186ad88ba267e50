"""Who reblogged or favourited a status."""

from noi.db.accounts import account_columns
from noi.db.database import Reader
from noi.db.paging import fetch_page
from noi.db.visibility import NOT_WANTED
from noi.models.accounts import AccountState, PagedAccount
from noi.models.ids import now_ms
from noi.models.paging import Page

_SHOWN = f"""a.state <= {AccountState.LIMITED:d} AND a.id NOT IN ({NOT_WANTED})"""
_REBLOGGERS = f"""SELECT {account_columns()}, r.id FROM statuses r
JOIN accounts a ON a.id = r.account_id
WHERE r.reblog_of_id = :status_id AND r.deleted_at IS NULL AND r.visibility <= 1
    AND r.id > :after AND r.id < :before AND {_SHOWN}
ORDER BY r.id @order LIMIT :limit"""
_FAVOURITERS = f"""SELECT {account_columns()}, f.id FROM favourites f
JOIN accounts a ON a.id = f.account_id
WHERE f.status_id = :status_id AND f.id > :after AND f.id < :before AND {_SHOWN}
ORDER BY f.id @order LIMIT :limit"""


async def rebloggers(
    reader: Reader, viewer_id: int, status_id: int, page: Page
) -> list[PagedAccount]:
    """Accounts that reblogged a status for others to see, the last one first."""
    params: dict[str, object] = {"viewer": viewer_id, "status_id": status_id, "now": now_ms()}
    return await fetch_page(reader, _REBLOGGERS, params, page, PagedAccount)


async def favouriters(
    reader: Reader, viewer_id: int, status_id: int, page: Page
) -> list[PagedAccount]:
    """Accounts that favourited a status, the last one first."""
    params: dict[str, object] = {"viewer": viewer_id, "status_id": status_id, "now": now_ms()}
    return await fetch_page(reader, _FAVOURITERS, params, page, PagedAccount)
