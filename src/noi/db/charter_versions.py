"""The versions of the charters of hubs, as the hubs signed them."""

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms


class CharterVersion(msgspec.Struct, array_like=True, frozen=True):
    """A row of `fasp_charters`; `document` is JSON as it came, whose signature was right."""

    provider_id: int
    version: int
    document: str
    fetched_at: int


_COLUMNS = ", ".join(CharterVersion.__struct_fields__)
_PUT = f"""INSERT INTO fasp_charters ({_COLUMNS})
VALUES (:provider_id, :version, :document, :now) ON CONFLICT (provider_id, version) DO NOTHING"""
_GET = f"""SELECT {_COLUMNS} FROM fasp_charters
WHERE provider_id = :provider_id AND version = :version"""
_NEWEST = f"""SELECT {_COLUMNS} FROM fasp_charters WHERE provider_id = :provider_id
ORDER BY version DESC LIMIT 1"""
_DELETE = "DELETE FROM fasp_charters WHERE provider_id = :provider_id"


async def put(tx: Transaction, provider_id: int, version: int, document: str) -> bool:
    """Keep a version; False where it is kept already."""
    row = {"provider_id": provider_id, "version": version, "document": document, "now": now_ms()}
    return await tx.execute(_PUT, row) == 1


async def get(reader: Reader, provider_id: int, version: int) -> CharterVersion | None:
    """One version."""
    row = {"provider_id": provider_id, "version": version}
    return await reader.fetch_one(_GET, row, CharterVersion)


async def newest(reader: Reader, provider_id: int) -> CharterVersion | None:
    """The last version that is known."""
    return await reader.fetch_one(_NEWEST, {"provider_id": provider_id}, CharterVersion)


async def delete_of_provider(tx: Transaction, provider_id: int) -> None:
    """Forget the charter of a hub."""
    await tx.execute(_DELETE, {"provider_id": provider_id})
