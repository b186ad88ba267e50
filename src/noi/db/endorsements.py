"""Whom an account features on its profile."""

from noi.db.accounts import account_columns
from noi.db.database import Database, Transaction
from noi.db.paging import fetch_page
from noi.db.visibility import NOT_WANTED
from noi.models.accounts import AccountState, PagedAccount
from noi.models.ids import now_ms
from noi.models.paging import Page

_INSERT = """INSERT INTO endorsements (id, account_id, target_id, created_at)
VALUES (:id, :account_id, :target_id, :now) ON CONFLICT (account_id, target_id) DO NOTHING"""
_DELETE = "DELETE FROM endorsements WHERE account_id = :account_id AND target_id = :target_id"
_PAGE = f"""SELECT {account_columns()}, e.id FROM endorsements e
JOIN accounts a ON a.id = e.target_id
WHERE e.account_id = :account_id AND e.id > :after AND e.id < :before
    AND a.state <= {AccountState.LIMITED:d} AND e.target_id NOT IN ({NOT_WANTED})
ORDER BY e.id @order LIMIT :limit"""


async def insert(tx: Transaction, new_id: int, account_id: int, target_id: int) -> bool:
    """Feature an account; False when it was featured already."""
    row = {"id": new_id, "account_id": account_id, "target_id": target_id, "now": now_ms()}
    return await tx.execute(_INSERT, row) == 1


async def delete(tx: Transaction, account_id: int, target_id: int) -> bool:
    """Feature an account no more; False when it was not featured."""
    return await tx.execute(_DELETE, {"account_id": account_id, "target_id": target_id}) == 1


async def page(db: Database, account_id: int, viewer_id: int, page: Page) -> list[PagedAccount]:
    """Whom an account features, newest first, without those the viewer blocked or muted."""
    params: dict[str, object] = {"account_id": account_id, "viewer": viewer_id, "now": now_ms()}
    return await fetch_page(db, _PAGE, params, page, PagedAccount)
