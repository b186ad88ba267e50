"""The networks of alliances, as their hubs list them."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.alliance import ProviderState


class AllianceNetwork(msgspec.Struct, array_like=True, frozen=True):
    """A row of `alliance_networks`; `subjects` and `languages` are JSON arrays."""

    provider_id: int
    place: int
    host: str
    name: str
    description: str
    url: str
    registrations: str
    subjects: str
    languages: str


_COLUMNS = ", ".join(AllianceNetwork.__struct_fields__)
_CLEAR = "DELETE FROM alliance_networks WHERE provider_id = :provider_id"
_INSERT = f"""INSERT INTO alliance_networks ({_COLUMNS})
VALUES ({", ".join(f":{name}" for name in AllianceNetwork.__struct_fields__)})"""
# Providers are few; CROSS keeps SQLite from reading all networks.
_FIRST = f"""SELECT {", ".join(f"n.{name}" for name in AllianceNetwork.__struct_fields__)}
FROM fasp_providers p CROSS JOIN alliance_networks n
WHERE n.provider_id = p.id AND p.state = '{ProviderState.CONFIRMED}' AND p.hub = 1
    AND (p.membership = '' OR p.membership = 'admitted') AND n.place < :limit
ORDER BY p.id, n.place"""


async def replace(tx: Transaction, provider_id: int, found: Sequence[AllianceNetwork]) -> None:
    """Keep what a hub lists now."""
    await clear(tx, provider_id)
    for one in found:
        await tx.execute(_INSERT, msgspec.structs.asdict(one))


async def clear(tx: Transaction, provider_id: int) -> None:
    """Forget what a hub listed."""
    await tx.execute(_CLEAR, {"provider_id": provider_id})


async def first(reader: Reader, limit: int) -> list[AllianceNetwork]:
    """The first so many networks of each hub that this network is a member of."""
    return await reader.fetch_all(_FIRST, {"limit": limit}, AllianceNetwork)
