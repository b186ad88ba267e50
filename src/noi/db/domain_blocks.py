"""Domains that a person does not want to see or be followed from."""

from noi.db.database import Database, Row, Transaction
from noi.db.paging import fetch_page
from noi.models.ids import now_ms
from noi.models.paging import Page

_INSERT = """INSERT INTO user_domain_blocks (id, account_id, domain, created_at)
VALUES (:id, :account_id, :domain, :now) ON CONFLICT (account_id, domain) DO NOTHING"""
_DELETE = "DELETE FROM user_domain_blocks WHERE account_id = :account_id AND domain = :domain"
_PAGE = """SELECT id, domain FROM user_domain_blocks
WHERE account_id = :account_id AND id > :after AND id < :before
ORDER BY id @order LIMIT :limit"""
_BLOCKED = """SELECT 1 FROM user_domain_blocks
WHERE account_id = :account_id AND domain = :domain"""
_FOLLOWED = """SELECT f.target_id FROM follows f JOIN accounts a ON a.id = f.target_id
WHERE f.account_id = :account_id AND a.domain = :domain"""
_FOLLOWERS = """SELECT f.account_id FROM follows f JOIN accounts a ON a.id = f.account_id
WHERE f.target_id = :account_id AND a.domain = :domain"""
_REQUESTS = """SELECT r.account_id FROM follow_requests r JOIN accounts a ON a.id = r.account_id
WHERE r.target_id = :account_id AND a.domain = :domain
UNION SELECT r.target_id FROM follow_requests r JOIN accounts a ON a.id = r.target_id
WHERE r.account_id = :account_id AND a.domain = :domain"""
_DROP_NOTIFICATIONS = """DELETE FROM notifications WHERE account_id = :account_id
AND EXISTS (SELECT 1 FROM accounts a
    WHERE a.id = notifications.from_account_id AND a.domain = :domain)"""
_DROP_ENTRIES = """DELETE FROM timeline_entries WHERE owner_id = :account_id AND status_id IN (
    SELECT t.status_id FROM timeline_entries t JOIN statuses s ON s.id = t.status_id
    JOIN accounts a ON a.id = s.account_id
    LEFT JOIN accounts ra ON ra.id = s.reblog_of_account_id
    WHERE t.owner_id = :account_id AND (a.domain = :domain OR ra.domain = :domain))"""
_COUNT = """SELECT
    (SELECT count(*) FROM follows f JOIN accounts a ON a.id = f.target_id
        WHERE f.account_id = :account_id AND a.domain = :domain),
    (SELECT count(*) FROM follows f JOIN accounts a ON a.id = f.account_id
        WHERE f.target_id = :account_id AND a.domain = :domain)"""


async def insert(tx: Transaction, new_id: int, account_id: int, domain: str) -> bool:
    """Block a domain; False when it was blocked already."""
    row = {"id": new_id, "account_id": account_id, "domain": domain, "now": now_ms()}
    return await tx.execute(_INSERT, row) == 1


async def delete(tx: Transaction, account_id: int, domain: str) -> bool:
    """Unblock a domain; False when it was not blocked."""
    return await tx.execute(_DELETE, {"account_id": account_id, "domain": domain}) == 1


async def blocked(tx: Transaction, account_id: int, domain: str) -> bool:
    """Whether an account blocks a domain."""
    params = {"account_id": account_id, "domain": domain}
    return await tx.fetch_value(_BLOCKED, params) is not None


async def page(db: Database, account_id: int, page: Page) -> list[Row]:
    """Blocked domains as (row id, domain), newest first."""
    return await fetch_page(db, _PAGE, {"account_id": account_id}, page)


async def related(
    tx: Transaction, account_id: int, domain: str
) -> tuple[list[int], list[int], list[int]]:
    """Accounts of a domain that an account follows, that follow it, and with open requests."""
    params = {"account_id": account_id, "domain": domain}
    followed, followers, requests = [
        [row[0] for row in await tx.fetch_all(sql, params)]
        for sql in (_FOLLOWED, _FOLLOWERS, _REQUESTS)
    ]
    return followed, followers, requests


async def count_related(db: Database, account_id: int, domain: str) -> tuple[int, int]:
    """How many accounts of a domain an account follows, and how many follow it."""
    row = await db.fetch_one(_COUNT, {"account_id": account_id, "domain": domain})
    assert row is not None
    return row[0], row[1]


async def drop_traces(tx: Transaction, account_id: int, domain: str) -> None:
    """Remove notifications and home entries that came from a domain."""
    for sql in (_DROP_NOTIFICATIONS, _DROP_ENTRIES):
        await tx.execute(sql, {"account_id": account_id, "domain": domain})
