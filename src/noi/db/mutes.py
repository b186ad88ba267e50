"""Who mutes whom, and until when."""

from noi.db.accounts import account_columns
from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.accounts import MutedAccount
from noi.models.ids import now_ms
from noi.models.paging import Page

_UPSERT = """INSERT INTO mutes (id, account_id, target_id, notifications, expires_at, created_at)
VALUES (:id, :account_id, :target_id, :notifications, :expires_at, :now)
ON CONFLICT (account_id, target_id) DO UPDATE SET
    notifications = excluded.notifications, expires_at = excluded.expires_at"""
_DELETE = "DELETE FROM mutes WHERE account_id = :account_id AND target_id = :target_id"
_EXPIRE = f"{_DELETE} AND expires_at <= :now"
_GET = """SELECT notifications, expires_at FROM mutes
WHERE account_id = :account_id AND target_id = :target_id
    AND (expires_at IS NULL OR expires_at > :now)"""
_PAGE = f"""SELECT {account_columns()}, m.id, m.expires_at
FROM mutes m JOIN accounts a ON a.id = m.target_id
WHERE m.account_id = :account_id AND m.id > :after AND m.id < :before AND a.deleted_at IS NULL
    AND (m.expires_at IS NULL OR m.expires_at > :now)
ORDER BY m.id @order LIMIT :limit"""


async def upsert(
    tx: Transaction,
    new_id: int,
    account_id: int,
    target_id: int,
    *,
    notifications: bool,
    expires_at: int | None,
) -> None:
    """Mute an account, or change how it is muted; `expires_at` in ms, None for no end."""
    row = {
        "id": new_id,
        "account_id": account_id,
        "target_id": target_id,
        "notifications": int(notifications),
        "expires_at": expires_at,
        "now": now_ms(),
    }
    await tx.execute(_UPSERT, row)


async def delete(tx: Transaction, account_id: int, target_id: int) -> bool:
    """End a mute; False when there was none."""
    return await tx.execute(_DELETE, {"account_id": account_id, "target_id": target_id}) == 1


async def get(reader: Reader, account_id: int, target_id: int) -> tuple[bool, int | None] | None:
    """Whether a mute covers notifications, and until when it holds (ms, None for no end)."""
    params = {"account_id": account_id, "target_id": target_id, "now": now_ms()}
    row = await reader.fetch_one(_GET, params)
    return None if row is None else (bool(row[0]), row[1])


async def expire(tx: Transaction, account_id: int, target_id: int) -> bool:
    """End a mute if its time is up; False when it goes on or there was none."""
    row = {"account_id": account_id, "target_id": target_id, "now": now_ms()}
    return await tx.execute(_EXPIRE, row) == 1


async def page(db: Database, account_id: int, page: Page) -> list[MutedAccount]:
    """Whom an account mutes, newest first."""
    params: dict[str, object] = {"account_id": account_id, "now": now_ms()}
    return await fetch_page(db, _PAGE, params, page, MutedAccount)
