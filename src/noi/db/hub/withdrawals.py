"""What was withdrawn of late, and who is never to be taken in: as hashes, not as addresses."""

import hashlib
from collections.abc import Iterable, Sequence

from noi.db.database import Reader, Transaction
from noi.db.dialect import with_rows

_PUT = """INSERT INTO hub_withdrawals (key, withdrawn_at) VALUES @rows(:key, :now)
ON CONFLICT (key) DO UPDATE SET withdrawn_at = excluded.withdrawn_at"""
_LATEST: dict[str, str] = {
    "sqlite": """SELECT lower(hex(key)), withdrawn_at FROM hub_withdrawals
WHERE key IN (SELECT unhex(value) FROM @each_text(:keys))""",
    "postgresql": """SELECT encode(key, 'hex'), withdrawn_at FROM hub_withdrawals
WHERE key = ANY(ARRAY(SELECT decode(value, 'hex') FROM @each_text(:keys) named))""",
}
_CLEAN = """DELETE FROM hub_withdrawals WHERE key IN (SELECT key FROM hub_withdrawals
WHERE withdrawn_at < :before LIMIT CAST(:limit AS BIGINT))"""
_REFUSE = """INSERT INTO hub_refusals (key, created_at) VALUES (:key, :now)
ON CONFLICT (key) DO NOTHING"""
_ALLOW = "DELETE FROM hub_refusals WHERE key = :key"
_REFUSED = "SELECT 1 FROM hub_refusals WHERE key = :key"


async def put(tx: Transaction, uris: Sequence[str], now: int) -> None:
    """Note that addresses were withdrawn: what was being read of them is not to be stored."""
    rows: list[dict[str, object]] = [{"key": _key(uri), "now": now} for uri in sorted(set(uris))]
    for sql, params in with_rows(_PUT, rows):
        await tx.execute(sql, params)


async def latest(tx: Transaction, uris: Iterable[str]) -> dict[str, int]:
    """When each of some addresses was withdrawn (ms), as far as it was of late."""
    by_key = {_key(uri).hex(): uri for uri in uris}
    rows = await tx.fetch_all(_LATEST[tx.dialect], {"keys": list(by_key)})
    return {by_key[key]: at for key, at in rows}


async def clean(tx: Transaction, before: int, limit: int) -> int:
    """Forget what was withdrawn before a time (ms); answers how much, `limit` at most."""
    return await tx.execute(_CLEAN, {"before": before, "limit": limit})


async def refuse(tx: Transaction, actor_uri: str, now: int) -> None:
    """Never take an account in again."""
    await tx.execute(_REFUSE, {"key": _key(actor_uri), "now": now})


async def allow(tx: Transaction, actor_uri: str) -> None:
    """Take an account in again, as its flags say."""
    await tx.execute(_ALLOW, {"key": _key(actor_uri)})


async def refused(reader: Reader, actor_uri: str) -> bool:
    """Whether an account asked never to be taken in."""
    return await reader.fetch_value(_REFUSED, {"key": _key(actor_uri)}) is not None


def _key(uri: str) -> bytes:
    return hashlib.sha256(uri.encode()).digest()
