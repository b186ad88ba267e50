"""Accounts that go on under another address, and who follows them."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms

_SET = """UPDATE accounts SET moved_to_id = :target_id, moved_at = :now, revision = revision + 1
WHERE id = :id AND (moved_at IS NULL OR moved_at < :before)
    AND (moved_to_id IS NULL OR moved_to_id <> :target_id OR moved_at IS NULL)"""
_SET_ALIASES = """UPDATE accounts SET also_known_as = :uris, revision = revision + 1
WHERE id = :id AND domain = ''"""
_CLEAR = """UPDATE accounts SET moved_to_id = NULL, revision = revision + 1
WHERE id = :id AND moved_to_id IS NOT NULL"""
_MOVED_AT = "SELECT moved_at FROM accounts WHERE id = :id"
_LOCAL_FOLLOWERS = """SELECT f.account_id FROM follows f JOIN users u ON u.account_id = f.account_id
WHERE f.target_id = :id AND f.account_id > :after
ORDER BY f.account_id LIMIT CAST(:limit AS BIGINT)"""

_SHUNNING = """SELECT b.account_id FROM {table} b JOIN users u ON u.account_id = b.account_id
WHERE b.target_id = :id AND b.account_id > :after AND b.account_id <> :target_id
    AND NOT EXISTS (SELECT 1 FROM follows f
        WHERE f.account_id = b.account_id AND f.target_id = :target_id)
    AND NOT EXISTS (SELECT 1 FROM {table} o
        WHERE o.account_id = b.account_id AND o.target_id = :target_id)
ORDER BY b.account_id LIMIT CAST(:limit AS BIGINT)"""
_REMOTE_BLOCKERS = """SELECT b.account_id FROM blocks b JOIN accounts a ON a.id = b.account_id
WHERE b.target_id = :id AND a.domain <> '' LIMIT 1000"""


async def set_aliases(tx: Transaction, account_id: int, uris: Sequence[str]) -> None:
    """Note the other addresses that a local account says are its own."""
    row = {"id": account_id, "uris": msgspec.json.encode(uris).decode()}
    await tx.execute(_SET_ALIASES, row)


async def clear_moved(tx: Transaction, account_id: int) -> bool:
    """Forget where an account has gone, though not when; False where it is here."""
    return await tx.execute(_CLEAR, {"id": account_id}) == 1


async def moved_at(reader: Reader, account_id: int) -> int | None:
    """When an account last moved (ms), even where that was taken back."""
    return await reader.fetch_value(_MOVED_AT, {"id": account_id})


async def set_moved(tx: Transaction, account_id: int, target_id: int, *, before: int) -> bool:
    """Note where an account has gone; False where it moved after `before` (ms)."""
    row = {"id": account_id, "target_id": target_id, "before": before, "now": now_ms()}
    return await tx.execute(_SET, row) == 1


async def local_followers(reader: Reader, account_id: int, *, after: int, limit: int) -> list[int]:
    """Local accounts that follow an account, by id above `after`."""
    params = {"id": account_id, "after": after, "limit": limit}
    return [row[0] for row in await reader.fetch_all(_LOCAL_FOLLOWERS, params)]


async def shunning(
    reader: Reader,
    table: Literal["blocks", "mutes"],
    account_id: int,
    target_id: int,
    *,
    after: int,
    limit: int,
) -> list[int]:
    """Local accounts that block or mute one, and neither follow nor shun `target_id` yet."""
    params = {"id": account_id, "target_id": target_id, "after": after, "limit": limit}
    return [row[0] for row in await reader.fetch_all(_SHUNNING.format(table=table), params)]


async def remote_blockers(reader: Reader, account_id: int) -> list[int]:
    """Accounts elsewhere that block a local one, 1,000 at most."""
    return [row[0] for row in await reader.fetch_all(_REMOTE_BLOCKERS, {"id": account_id})]
