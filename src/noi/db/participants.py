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

_REMOTE = """SELECT id FROM (
    SELECT a.id FROM statuses r JOIN accounts a ON a.id = r.account_id
    WHERE r.reblog_of_id = :status_id AND r.reblog_of_id IS NOT NULL AND a.inbox_host <> ''
    UNION
    SELECT a.id FROM favourites f JOIN accounts a ON a.id = f.account_id
    WHERE f.status_id = :status_id AND a.inbox_host <> ''
    UNION
    SELECT a.id FROM statuses s JOIN accounts a ON a.id = s.account_id
    WHERE s.in_reply_to_id = :status_id AND s.in_reply_to_id IS NOT NULL AND a.inbox_host <> ''
    UNION
    SELECT a.id FROM statuses s JOIN poll_votes v ON v.poll_id = s.poll_id
    JOIN accounts a ON a.id = v.account_id
    WHERE s.id = :status_id AND a.inbox_host <> ''
) took_part LIMIT 1000"""


async def rebloggers(
    reader: Reader, viewer_id: int, status_id: int, page: Page
) -> list[PagedAccount]:
    """Accounts that reblogged a status for others to see, the last one first."""
    params: dict[str, object] = {"viewer": viewer_id, "status_id": status_id, "now": now_ms()}
    return await fetch_page(reader, _REBLOGGERS, params, page, PagedAccount)


async def remote(reader: Reader, status_id: int) -> list[int]:
    """Up to 1,000 accounts of other servers that reblogged, favourited, answered or voted."""
    return [row[0] for row in await reader.fetch_all(_REMOTE, {"status_id": status_id})]


async def favouriters(
    reader: Reader, viewer_id: int, status_id: int, page: Page
) -> list[PagedAccount]:
    """Accounts that favourited a status, the last one first."""
    params: dict[str, object] = {"viewer": viewer_id, "status_id": status_id, "now": now_ms()}
    return await fetch_page(reader, _FAVOURITERS, params, page, PagedAccount)
