"""The keys of local accounts, and the account that signs for the network itself."""

import msgspec

from noi.db import locks
from noi.db.accounts import username_key
from noi.db.database import Reader, Transaction
from noi.models.accounts import AccountKind
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.models.ids import now_ms

_GET = """SELECT id, uri, key_id, public_key, private_key,
    ed25519_key_id, ed25519_public_key, ed25519_private_key
FROM accounts WHERE id = :id AND domain = ''"""
_SET = """UPDATE accounts SET key_id = :key_id, public_key = :public_key,
    private_key = :private_key, ed25519_key_id = :ed25519_key_id,
    ed25519_public_key = :ed25519_public_key, ed25519_private_key = :ed25519_private_key
WHERE id = :id AND domain = '' AND private_key = ''"""
_INSERT_INSTANCE_ACTOR = """INSERT INTO accounts (id, username, username_key, kind, uri, url,
    hide_collections, locked, created_at, updated_at)
VALUES (:id, :username, :key, :kind, :uri, :url, 1, 1, :now, :now)
ON CONFLICT (id) DO UPDATE SET username = excluded.username,
    username_key = excluded.username_key, uri = excluded.uri, url = excluded.url,
    key_id = '', public_key = '', private_key = '', ed25519_key_id = '', ed25519_public_key = '',
    ed25519_private_key = '', updated_at = excluded.updated_at, revision = accounts.revision + 1
WHERE accounts.uri <> excluded.uri"""


class LocalKeys(msgspec.Struct, array_like=True, frozen=True):
    """A local account's keys in PEM and their ids; empty until they are first needed."""

    account_id: int
    actor_uri: str
    key_id: str
    public_key: str
    private_key: str
    ed25519_key_id: str
    ed25519_public_key: str
    ed25519_private_key: str


async def get(reader: Reader, account_id: int) -> LocalKeys | None:
    """The keys of a local account, of a deleted one too; None for others."""
    return await reader.fetch_one(_GET, {"id": account_id}, LocalKeys)


async def insert(tx: Transaction, new: LocalKeys) -> None:
    """Keep new keys, unless the account has some already."""
    row = msgspec.structs.asdict(new)
    row["id"] = row.pop("account_id")
    del row["actor_uri"]
    await tx.execute(_SET, row)


async def put_instance_actor(tx: Transaction, username: str, uri: str) -> None:
    """Make sure of the network's own actor; under a new address it needs new keys."""
    row = {
        "id": INSTANCE_ACTOR_ID,
        "username": username,
        "key": username_key(username),
        "kind": AccountKind.HUB,
        "uri": uri,
        "url": uri,
        "now": now_ms(),
    }
    # Two at once would both find no id yet, and one of them then the other's name.
    await locks.owner(tx, INSTANCE_ACTOR_ID)
    await tx.execute(_INSERT_INSTANCE_ACTOR, row)
