"""Deleting what has expired, in batches, so that nobody waits long for the writer."""

from noi.db.database import Reader, Transaction
from noi.db.timelines import HOME_LENGTH

_EXPIRED = {
    "sessions": """DELETE FROM sessions WHERE id_hash IN (
        SELECT id_hash FROM sessions WHERE expires_at < :before LIMIT :limit)""",
    "one_time_codes": """DELETE FROM one_time_codes WHERE code_hash IN (
        SELECT code_hash FROM one_time_codes WHERE expires_at < :before LIMIT :limit)""",
    "authorization_codes": """DELETE FROM authorization_codes WHERE code_hash IN (
        SELECT code_hash FROM authorization_codes WHERE expires_at < :before LIMIT :limit)""",
    "fasp_replays": """DELETE FROM fasp_replays WHERE key IN (
        SELECT key FROM fasp_replays WHERE expires_at < :before LIMIT :limit)""",
    "idempotency_keys": """DELETE FROM idempotency_keys WHERE (account_id, key_hash) IN (
        SELECT account_id, key_hash FROM idempotency_keys
        WHERE created_at < :before LIMIT :limit)""",
    "handled_activities": """DELETE FROM handled_activities WHERE key IN (
        SELECT key FROM handled_activities WHERE handled_at < :before LIMIT :limit)""",
    "withdrawn_objects": """DELETE FROM withdrawn_objects WHERE key IN (
        SELECT key FROM withdrawn_objects WHERE withdrawn_at < :before LIMIT :limit)""",
    "inbox_journal": """DELETE FROM inbox_journal WHERE id IN (
        SELECT id FROM inbox_journal WHERE state = 'failed' AND received_at < :before
        ORDER BY id LIMIT :limit)""",
    "live_events": """DELETE FROM live_events WHERE id IN (
        SELECT id FROM live_events WHERE created_at < :before ORDER BY id LIMIT :limit)""",
}
_LONG = """SELECT o.id, EXISTS (SELECT 1 FROM timeline_entries t WHERE t.owner_id = o.id
    ORDER BY t.status_id DESC LIMIT 1 OFFSET :length)
FROM (SELECT {0} AS id FROM {1} WHERE {0} > :after ORDER BY {0} LIMIT :limit) AS o ORDER BY o.id"""
_LONG_HOMES = _LONG.format("account_id", "users")
_LONG_LISTS = _LONG.format("id", "lists")


async def delete_expired(tx: Transaction, table: str, before: int, limit: int) -> int:
    """Delete some rows of a table in EXPIRING that ended before a time in ms; how many it were."""
    return await tx.execute(_EXPIRED[table], {"before": before, "limit": limit})


EXPIRING = tuple(_EXPIRED)


async def long_timelines(
    reader: Reader, *, lists: bool, after: int, limit: int
) -> tuple[list[int], int | None]:
    """Of the next `limit` homes (or lists): those to trim, and the last one seen.

    The second value is None at the end.
    """
    params = {"after": after, "limit": limit, "length": HOME_LENGTH}
    rows = await reader.fetch_all(_LONG_LISTS if lists else _LONG_HOMES, params)
    return [row[0] for row in rows if row[1]], rows[-1][0] if rows else None
