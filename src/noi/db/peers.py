"""Accounts as delivering to them and verifying their signatures needs them."""

from collections.abc import Sequence

from noi.db.database import Reader
from noi.models.federation import Peer

_COLUMNS = ", ".join(f"a.{name}" for name in Peer.__struct_fields__)
# Nothing keeps another account from claiming a key's id; the first here to do so comes first.
_BY_KEY_ID = f"""SELECT * FROM (SELECT {_COLUMNS} FROM accounts a
    WHERE a.key_id = :key_id AND a.key_id <> ''
UNION SELECT {_COLUMNS} FROM accounts a
    WHERE a.ed25519_key_id = :key_id AND a.ed25519_key_id <> '') found
ORDER BY id LIMIT 4"""
_BY_URI = f"SELECT {_COLUMNS} FROM accounts a WHERE a.uri = :uri"
_BY_IDS = f"SELECT {_COLUMNS} FROM accounts a WHERE a.id @in(:ids)"


async def by_key_id(reader: Reader, key_id: str) -> list[Peer]:
    """The accounts that say a key is theirs, oldest first; commonly one, at most four."""
    return await reader.fetch_all(_BY_KEY_ID, {"key_id": key_id}, Peer)


async def by_uri(reader: Reader, uri: str) -> Peer | None:
    """An account by its ActivityPub id."""
    return await reader.fetch_one(_BY_URI, {"uri": uri}, Peer)


async def by_ids(reader: Reader, ids: Sequence[int]) -> dict[int, Peer]:
    """Accounts by id; missing ones are left out."""
    if not ids:
        return {}
    rows = await reader.fetch_all(_BY_IDS, {"ids": list(dict.fromkeys(ids))}, Peer)
    return {peer.id: peer for peer in rows}
