"""Relays that this network has subscribed to."""

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.federation import Relay
from noi.models.ids import now_ms

_COLUMNS = ", ".join(Relay.__struct_fields__)
_ALL = f"SELECT {_COLUMNS} FROM relays ORDER BY id LIMIT 200"
_ACCEPTED = f"SELECT {_COLUMNS} FROM relays WHERE state = 'accepted' ORDER BY id"
_GET = f"SELECT {_COLUMNS} FROM relays WHERE id = :id"
_INSERT = f"""INSERT INTO relays ({_COLUMNS}) VALUES (:id, :inbox_uri, :actor_uri, :kind, :state,
    :follow_uri, :error, :created_at, :answered_at) ON CONFLICT (inbox_uri) DO NOTHING"""
_ASK = """UPDATE relays SET state = 'pending', follow_uri = :follow_uri, error = '',
    answered_at = NULL WHERE id = :id"""
_ANSWER = """UPDATE relays SET state = :state, actor_uri = :actor_uri, error = :error,
    answered_at = :now WHERE id = :id"""
_DELETE = "DELETE FROM relays WHERE id = :id"


async def fetch_all(reader: Reader) -> list[Relay]:
    """All relays, oldest first."""
    return await reader.fetch_all(_ALL, {}, Relay)


async def accepted(reader: Reader) -> list[Relay]:
    """The relays that have accepted this network's subscription."""
    return await reader.fetch_all(_ACCEPTED, {}, Relay)


async def get(reader: Reader, relay_id: int) -> Relay | None:
    """A relay by id."""
    return await reader.fetch_one(_GET, {"id": relay_id}, Relay)


async def insert(tx: Transaction, new: Relay) -> bool:
    """Add a relay; False where its inbox is there already."""
    return await tx.execute(_INSERT, msgspec.structs.asdict(new)) == 1


async def ask(tx: Transaction, relay_id: int, follow_uri: str) -> None:
    """Note that a relay has been asked once more."""
    await tx.execute(_ASK, {"id": relay_id, "follow_uri": follow_uri})


async def answer(
    tx: Transaction, relay_id: int, state: str, *, actor_uri: str, error: str = ""
) -> None:
    """Note what a relay's actor has answered: `accepted` or `rejected`."""
    row = {"id": relay_id, "state": state, "actor_uri": actor_uri, "error": error}
    await tx.execute(_ANSWER, row | {"now": now_ms()})


async def delete(tx: Transaction, relay_id: int) -> bool:
    """Forget a relay; False where there is none."""
    return await tx.execute(_DELETE, {"id": relay_id}) == 1
