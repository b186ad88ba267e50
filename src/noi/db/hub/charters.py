"""The versions of an alliance's charter; none is ever changed."""

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.hub import Charter

_SELECT = "SELECT version, texts, signature, steward_id, created_at FROM hub_charters"
_CURRENT = f"{_SELECT} ORDER BY version DESC LIMIT 1"
_GET = f"{_SELECT} WHERE version = :version"
_ALL = f"{_SELECT} ORDER BY version DESC LIMIT 1000"
_INSERT = """INSERT INTO hub_charters (version, texts, signature, steward_id, created_at)
VALUES (:version, :texts_json, :signature, :steward_id, :created_at)
ON CONFLICT (version) DO NOTHING"""


async def current(reader: Reader) -> Charter | None:
    """The version that holds, if there is one."""
    return await reader.fetch_one(_CURRENT, {}, Charter)


async def get(reader: Reader, version: int) -> Charter | None:
    return await reader.fetch_one(_GET, {"version": version}, Charter)


async def fetch_all(reader: Reader) -> list[Charter]:
    """All versions, newest first."""
    return await reader.fetch_all(_ALL, {}, Charter)


async def insert(tx: Transaction, charter: Charter) -> bool:
    """Add a version; False where there is one of that number."""
    return await tx.execute(_INSERT, msgspec.structs.asdict(charter)) == 1
