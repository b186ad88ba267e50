"""Signed calls of the alliance's interface, remembered while their signatures are good."""

from noi.db.database import Database

_INSERT = """INSERT INTO fasp_replays (key, expires_at) VALUES (:key, :expires_at)
ON CONFLICT (key) DO NOTHING"""


async def insert(db: Database, key: bytes, expires_at: int) -> bool:
    """Remember a call until `expires_at` (ms); False where it is remembered already."""
    return await db.execute(_INSERT, {"key": key, "expires_at": expires_at}) > 0
