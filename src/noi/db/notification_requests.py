"""Notifications that a policy has put aside, by the account they came from."""

from noi.db.database import Database, Transaction
from noi.db.paging import fetch_page
from noi.models.accounts import AccountState
from noi.models.notifications import NotificationRequest
from noi.models.paging import Page

_COLUMNS = "n.from_account_id, max(n.id), min(n.id), count(*), max(n.status_id)"
_WAITING = f"""FROM notifications n JOIN accounts a ON a.id = n.from_account_id
WHERE n.account_id = :account_id AND n.filtered = 1 AND a.state <= {AccountState.LIMITED:d}"""
_PAGE = f"""SELECT {_COLUMNS} {_WAITING}
GROUP BY n.from_account_id HAVING max(n.id) > :after AND max(n.id) < :before
ORDER BY max(n.id) @order LIMIT :limit"""
_GET = f"""SELECT {_COLUMNS} {_WAITING} AND n.from_account_id = :from_account_id
GROUP BY n.from_account_id"""
_COUNT = f"SELECT count(DISTINCT n.from_account_id), count(*) {_WAITING}"
_PERMIT = """INSERT INTO notification_permissions (account_id, from_account_id)
VALUES (:account_id, :from_account_id) ON CONFLICT DO NOTHING"""
_MERGE = """UPDATE notifications SET filtered = 0
WHERE account_id = :account_id AND from_account_id = :from_account_id AND filtered = 1"""
_DROP = """DELETE FROM notifications
WHERE account_id = :account_id AND from_account_id = :from_account_id AND filtered = 1"""


async def page(db: Database, account_id: int, page: Page) -> list[NotificationRequest]:
    """From whom something was put aside, the latest first; paged by `newest_id`."""
    params: dict[str, object] = {"account_id": account_id}
    return await fetch_page(db, _PAGE, params, page, NotificationRequest)


async def get(db: Database, account_id: int, from_account_id: int) -> NotificationRequest | None:
    """What was put aside from one account."""
    params = {"account_id": account_id, "from_account_id": from_account_id}
    return await db.fetch_one(_GET, params, NotificationRequest)


async def count(db: Database, account_id: int) -> tuple[int, int]:
    """How many requests there are, and how many notifications in them."""
    row = await db.fetch_one(_COUNT, {"account_id": account_id})
    assert row is not None
    return row[0], row[1]


async def accept(tx: Transaction, account_id: int, from_account_id: int) -> None:
    """Show what was put aside from an account, and whatever comes from it later."""
    params = {"account_id": account_id, "from_account_id": from_account_id}
    await tx.execute(_PERMIT, params)
    await tx.execute(_MERGE, params)


async def dismiss(tx: Transaction, account_id: int, from_account_id: int) -> None:
    """Remove what was put aside from an account."""
    await tx.execute(_DROP, {"account_id": account_id, "from_account_id": from_account_id})
