"""What its author deleted or undid before it came here, so that it never appears."""

import hashlib

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms

_INSERT = """INSERT INTO withdrawn_objects (key, withdrawn_at) VALUES (:key, :now)
ON CONFLICT (key) DO NOTHING"""
_TAKE = "DELETE FROM withdrawn_objects WHERE key = :key"
_HAS = "SELECT 1 FROM withdrawn_objects WHERE key = :key"


async def insert(tx: Transaction, actor_uri: str, object_uri: str) -> None:
    """Remember that an actor took back an object or activity of its own."""
    await tx.execute(_INSERT, {"key": key_of(actor_uri, object_uri), "now": now_ms()})


async def has(reader: Reader, actor_uri: str, object_uri: str) -> bool:
    """Whether an actor has taken this back already."""
    key = {"key": key_of(actor_uri, object_uri)}
    return await reader.fetch_value(_HAS, key) is not None


async def take(tx: Transaction, actor_uri: str, object_uri: str) -> bool:
    """Whether an actor has taken this back already; that is forgotten, for it may come anew."""
    return await tx.execute(_TAKE, {"key": key_of(actor_uri, object_uri)}) == 1


def key_of(actor_uri: str, object_uri: str) -> bytes:
    """By what it is remembered."""
    return hashlib.sha256(f"{actor_uri}\n{object_uri}".encode()).digest()
