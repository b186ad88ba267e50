"""Accounts of every origin. Deleted ones stay as tombstones, so that no handle is used twice."""

from collections.abc import Mapping, Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.accounts import Account, AccountKind, AccountState
from noi.models.ids import now_ms


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A local account to insert."""

    id: int
    username: str
    uri: str
    url: str
    sort_key: str = ""
    display_name: str = ""
    kind: AccountKind = AccountKind.PERSON
    discoverable: bool = False
    indexable: bool = False
    locked: bool = False


def account_columns(alias: str = "a") -> str:
    """The columns of models.accounts.Account, in its order, of the table named `alias`."""
    return ", ".join(f"{alias}.{name}" for name in Account.__struct_fields__)


def username_key(username: str) -> str:
    """What two usernames of one domain share when they are the same account."""
    return username.lower()


ACCOUNT_COLUMNS = account_columns()

_GET = f"SELECT {ACCOUNT_COLUMNS} FROM accounts a WHERE a.id = :id"
_GET_MANY = f"SELECT {ACCOUNT_COLUMNS} FROM accounts a WHERE a.id @in(:ids)"
_GET_HOLDER = f"""SELECT {ACCOUNT_COLUMNS} FROM accounts a
WHERE a.username_key = :key AND a.domain = :domain"""
_GET_BY_HANDLE = f"""{_GET_HOLDER} AND NOT EXISTS (SELECT 1 FROM users u
    WHERE u.account_id = a.id AND (u.confirmed_at IS NULL OR u.approved_at IS NULL))"""
_GET_BY_URI = f"SELECT {ACCOUNT_COLUMNS} FROM accounts a WHERE a.uri = :uri"
_GET_MANY_BY_URI = f"SELECT {ACCOUNT_COLUMNS} FROM accounts a WHERE a.uri @in(:uris)"
_ALSO_KNOWN_AS = "SELECT also_known_as FROM accounts WHERE id = :id"
_FOLLOW_REQUESTS = """SELECT count(*) FROM
    (SELECT 1 FROM follow_requests WHERE target_id = :id LIMIT 1000) AS waiting"""
_INSERT = """INSERT INTO accounts (id, username, username_key, kind, display_name, sort_key,
    discoverable, indexable, locked, uri, url, created_at, updated_at)
VALUES (:id, :username, :key, :kind, :display_name, :sort_key,
    :discoverable, :indexable, :locked, :uri, :url, :now, :now)"""
_ADD_COUNTS = """UPDATE accounts SET
    statuses_count = CASE WHEN statuses_count + :statuses < 0 THEN 0
        ELSE statuses_count + :statuses END,
    followers_count = CASE WHEN followers_count + :followers < 0 THEN 0
        ELSE followers_count + :followers END,
    following_count = CASE WHEN following_count + :following < 0 THEN 0
        ELSE following_count + :following END
WHERE id = :id"""
_SET_STATE = "UPDATE accounts SET state = :state, revision = revision + 1 WHERE id = :id"
_BURY = """UPDATE accounts SET state = :state, deleted_at = :now, updated_at = :now,
    display_name = '', note = '', note_html = '', fields = '[]', emojis = '[]',
    discoverable = 0, indexable = 0, hide_collections = 1, also_known_as = '[]', sort_key = '',
    revision = revision + 1
WHERE id = :id AND deleted_at IS NULL"""
_DELETE = "DELETE FROM accounts WHERE id = :id"

PROFILE_COLUMNS = frozenset(
    {
        "kind",
        "display_name",
        "sort_key",
        "note",
        "note_html",
        "fields",
        "emojis",
        "avatar",
        "avatar_static",
        "avatar_description",
        "header",
        "header_static",
        "header_description",
        "locked",
        "discoverable",
        "indexable",
        "hide_collections",
    }
)
"""What `update_profile` may change."""


async def get(reader: Reader, account_id: int) -> Account | None:
    """An account by id, in whatever state."""
    return await reader.fetch_one(_GET, {"id": account_id}, Account)


async def get_many(reader: Reader, ids: Sequence[int]) -> dict[int, Account]:
    """Accounts by id; missing ones are left out."""
    if not ids:
        return {}
    rows = await reader.fetch_all(_GET_MANY, {"ids": list(dict.fromkeys(ids))}, Account)
    return {account.id: account for account in rows}


async def get_by_handle(reader: Reader, username: str, domain: str = "") -> Account | None:
    """An account by handle, in upper or lower case; `domain` is empty for local ones.

    An account whose sign-up is not through is nobody yet, so that nothing reaches it.
    """
    params = {"key": username_key(username), "domain": domain.lower()}
    return await reader.fetch_one(_GET_BY_HANDLE, params, Account)


async def get_holder(reader: Reader, username: str) -> Account | None:
    """The local account that holds a username, also before its sign-up is through."""
    return await reader.fetch_one(
        _GET_HOLDER, {"key": username_key(username), "domain": ""}, Account
    )


async def get_by_uri(reader: Reader, uri: str) -> Account | None:
    """An account by its ActivityPub id."""
    return await reader.fetch_one(_GET_BY_URI, {"uri": uri}, Account)


async def get_many_by_uri(reader: Reader, uris: Sequence[str]) -> dict[str, Account]:
    """Accounts by their ActivityPub ids; unknown ones are left out."""
    if not uris:
        return {}
    rows = await reader.fetch_all(_GET_MANY_BY_URI, {"uris": list(dict.fromkeys(uris))}, Account)
    return {account.uri: account for account in rows}


async def also_known_as(reader: Reader, account_id: int) -> list[str]:
    """The other addresses that an account says are its own."""
    stored = await reader.fetch_value(_ALSO_KNOWN_AS, {"id": account_id})
    return msgspec.json.decode(stored or "[]", type=list[str])


async def follow_requests_count(reader: Reader, account_id: int) -> int:
    """How many wait to follow an account, counted up to 1,000."""
    return await reader.fetch_value(_FOLLOW_REQUESTS, {"id": account_id})


async def insert_local(tx: Transaction, new: NewAccount) -> None:
    """Insert a local account; its keys are made when federation first needs them.

    Raises Duplicate when the handle was ever taken.
    """
    row = {
        "id": new.id,
        "username": new.username,
        "key": username_key(new.username),
        "kind": new.kind,
        "display_name": new.display_name,
        "sort_key": new.sort_key,
        "discoverable": int(new.discoverable),
        "indexable": int(new.indexable),
        "locked": int(new.locked),
        "uri": new.uri,
        "url": new.url,
        "now": now_ms(),
    }
    await tx.execute(_INSERT, row)


async def update_profile(tx: Transaction, account_id: int, changes: Mapping[str, object]) -> None:
    """Set some of PROFILE_COLUMNS, and raise the revision that cached bytes are keyed by."""
    unknown = changes.keys() - PROFILE_COLUMNS
    if unknown:
        raise ValueError(f"not of a profile: {sorted(unknown)}")
    values = {
        name: int(value) if isinstance(value, bool) else value for name, value in changes.items()
    }
    assignments = "".join(f"{name} = :{name}, " for name in sorted(values))
    sql = f"""UPDATE accounts SET {assignments}updated_at = :now, revision = revision + 1
WHERE id = :id"""
    await tx.execute(sql, {**values, "now": now_ms(), "id": account_id})


async def add_counts(
    tx: Transaction, account_id: int, *, statuses: int = 0, followers: int = 0, following: int = 0
) -> None:
    """Raise or lower counters, never below zero; the revision stays, for counters may lag."""
    row = {
        "id": account_id,
        "statuses": statuses,
        "followers": followers,
        "following": following,
    }
    await tx.execute(_ADD_COUNTS, row)


async def set_state(tx: Transaction, account_id: int, state: AccountState) -> None:
    """Set what enforcement has decided; only services/enforcements calls this."""
    await tx.execute(_SET_STATE, {"id": account_id, "state": int(state)})


async def bury(tx: Transaction, account_id: int) -> bool:
    """Turn an account into its tombstone: id, handle and keys stay. False when it was one.

    The keys of its pictures stay until the files are removed.
    """
    row = {"id": account_id, "state": int(AccountState.DELETED), "now": now_ms()}
    return await tx.execute(_BURY, row) == 1


async def delete_unseen(tx: Transaction, account_id: int) -> None:
    """Remove the row of a sign-up that was turned down before anyone could see it."""
    await tx.execute(_DELETE, {"id": account_id})
