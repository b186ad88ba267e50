"""Relays that this network has subscribed to."""

from noi.db.database import Reader
from noi.models.federation import Relay

_COLUMNS = ", ".join(Relay.__struct_fields__)
_ACCEPTED = f"SELECT {_COLUMNS} FROM relays WHERE state = 'accepted' ORDER BY id"


async def accepted(reader: Reader) -> list[Relay]:
    """The relays that have accepted this network's subscription."""
    return await reader.fetch_all(_ACCEPTED, {}, Relay)
