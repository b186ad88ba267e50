"""Locks that end with their transaction. SQLite needs none: it has one writer at a time."""

import hashlib
from collections.abc import Collection

from noi.db.database import Transaction

_LOCK = "SELECT pg_advisory_xact_lock(CAST(:key AS BIGINT))"
_LOCK_ALL = """SELECT count(pg_advisory_xact_lock(key)) FILTER (WHERE NOT shared)
    + count(pg_advisory_xact_lock_shared(key)) FILTER (WHERE shared)
FROM unnest(CAST(:keys AS BIGINT[]), CAST(:shared AS BOOLEAN[])) AS named (key, shared)"""


async def owner(tx: Transaction, account_id: int) -> None:
    """Let nobody else count, or rewrite, what belongs to an account until this transaction ends.

    To be taken before the first read that a decision rests on.
    """
    await _lock(tx, account_id)


async def pair(tx: Transaction, a: int, b: int) -> None:
    """Let no other transaction change relations between two accounts until this one ends."""
    # One key for both orders, so that two transactions about one pair never lock each other out.
    await _lock(tx, a ^ b)


async def names(
    tx: Transaction, named: Collection[str], *, shared: Collection[str] = frozenset()
) -> None:
    """The same for things that have an address and perhaps no row yet.

    Who shares a lock waits only for those who do not.
    """
    if tx.dialect == "postgresql":
        # In one order for everybody, so that no two transactions wait for each other.
        ordered = sorted({*named, *shared})
        alone = frozenset(named)
        keys = [_key(name) for name in ordered]
        params = {"keys": keys, "shared": [name not in alone for name in ordered]}
        await tx.fetch_value(_LOCK_ALL, params)


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


async def _lock(tx: Transaction, key: int) -> None:
    if tx.dialect == "postgresql":
        await tx.fetch_value(_LOCK, {"key": key})
