"""Accounts of other servers as they are written from their actors."""

from collections.abc import Sequence

import msgspec

from noi.db.accounts import ACCOUNT_COLUMNS, username_key
from noi.db.database import Reader, Transaction
from noi.models.accounts import Account, AccountKind, AccountState
from noi.models.ids import now_ms
from noi.models.moderation import EnforcementAction


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that an actor decides."""

    domain: str
    username: str
    username_key: str
    kind: AccountKind
    display_name: str
    sort_key: str
    note_html: str
    fields: str
    emojis: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    locked: bool
    discoverable: bool
    indexable: bool
    memorial: bool
    url: str
    inbox_uri: str
    shared_inbox_uri: str
    inbox_host: str
    outbox_uri: str
    followers_uri: str
    following_uri: str
    featured_uri: str
    featured_tags_uri: str
    moderators_uri: str
    key_id: str
    public_key: str
    ed25519_key_id: str
    ed25519_public_key: str
    also_known_as: str
    moved_to_id: int | None
    suspended: bool


_PROFILE = Profile.__struct_fields__
_VALUES = ", ".join(f":{name}" for name in _PROFILE)
_SET = ", ".join(f"{name} = :{name}" for name in _PROFILE)
_KNOWN = "SELECT id, username, domain, state, indexable FROM accounts WHERE uri = :uri"
_INSERT = f"""INSERT INTO accounts (id, uri, state, created_at, updated_at, fetched_at,
    {", ".join(_PROFILE)})
VALUES (:id, :uri, :state, :created_at, :now, :now, {_VALUES})
ON CONFLICT DO NOTHING"""
_UPDATE = f"""UPDATE accounts SET {_SET}, updated_at = :now, fetched_at = :now,
    revision = revision + 1 WHERE id = :id AND deleted_at IS NULL"""
_HOLDER = """SELECT id FROM accounts
WHERE username_key = :username_key AND domain = :domain AND uri <> :uri"""
# The row stays with its address; a handle has no space, so nobody is ever called this.
_GIVE_UP_HANDLE = "UPDATE accounts SET username_key = username_key || ' ' || id WHERE id = :id"
_ENFORCED = """SELECT 1 FROM enforcements e WHERE e.account_id = accounts.id
    AND e.status_id IS NULL AND e.reversed_at IS NULL AND e.action = '{action}'"""
_STATE = f"""CASE WHEN CAST(:state AS BIGINT) = {AccountState.DISABLED:d}
        OR EXISTS ({_ENFORCED.format(action=EnforcementAction.DISABLE)})
    THEN {AccountState.DISABLED:d}
    WHEN CAST(:state AS BIGINT) = {AccountState.LIMITED:d}
        OR EXISTS ({_ENFORCED.format(action=EnforcementAction.LIMIT)})
    THEN {AccountState.LIMITED:d} ELSE {AccountState.ACTIVE:d} END"""
_SET_ORIGIN_STATE = f"""UPDATE accounts SET state = {_STATE}, revision = revision + 1
WHERE id = :id AND state <= {AccountState.DISABLED:d} AND state <> {_STATE}"""
_REVIVE = f"""UPDATE accounts SET deleted_at = NULL, state = {AccountState.ACTIVE:d},
    revision = revision + 1
WHERE id = :id AND domain <> '' AND deleted_at < :before"""
_SUSPENDED = "SELECT 1 FROM accounts WHERE id = :id AND suspended = 1"
_FETCHED_AT = "SELECT fetched_at FROM accounts WHERE id = :id"
_FETCHED = "UPDATE accounts SET fetched_at = :now WHERE id = :id"
_BY_URIS = f"SELECT {ACCOUNT_COLUMNS} FROM accounts a WHERE a.uri @in(:uris)"
_BY_URL = f"""SELECT {ACCOUNT_COLUMNS} FROM accounts a
WHERE a.url = :url AND a.domain <> '' LIMIT 1"""
_COLLECTIONS = """SELECT followers_uri, following_uri, outbox_uri, featured_uri FROM accounts
WHERE id = :id"""
_SET_TOTALS = """UPDATE accounts SET
    followers_count = coalesce(CAST(:followers AS BIGINT), followers_count),
    following_count = coalesce(CAST(:following AS BIGINT), following_count),
    statuses_count = coalesce(CAST(:statuses AS BIGINT), statuses_count),
    completed_at = :now, revision = revision + 1 WHERE id = :id"""
_COMPLETED = "SELECT 1 FROM accounts WHERE id = :id AND completed_at > :since"
_COMPLETE_MS = 24 * 3_600_000
_HAS_FOLLOWERS = "SELECT 1 FROM follows WHERE target_id = :id LIMIT 1"
_FOLLOWED_OF = """SELECT value FROM @each(:ids) asked
WHERE EXISTS (SELECT 1 FROM follows WHERE target_id = asked.value)"""
_FOLLOWERS_URI = "SELECT followers_uri FROM accounts WHERE id = :id"


class Known(msgspec.Struct, array_like=True, frozen=True):
    """What an update of an account goes by."""

    id: int
    username: str
    domain: str
    state: AccountState
    indexable: bool


class Collections(msgspec.Struct, array_like=True, frozen=True):
    """The addresses of an account's collections, empty where it has none."""

    followers: str
    following: str
    outbox: str
    featured: str


async def known(reader: Reader, uri: str) -> Known | None:
    """What is known of an account by its ActivityPub id."""
    return await reader.fetch_one(_KNOWN, {"uri": uri}, Known)


async def insert(
    tx: Transaction,
    new_id: int,
    uri: str,
    profile: Profile,
    *,
    state: AccountState,
    created_at: int,
) -> bool:
    """Insert an account; False where its address or handle is taken, perhaps just now."""
    row = {"id": new_id, "uri": uri, "state": int(state), "created_at": created_at}
    return await tx.execute(_INSERT, {**_row(profile), **row}) == 1


async def update(tx: Transaction, account_id: int, profile: Profile) -> bool:
    """Write a changed profile over one that is not deleted."""
    return await tx.execute(_UPDATE, {**_row(profile), "id": account_id}) == 1


async def revive(tx: Transaction, account_id: int, *, before: int) -> None:
    """Make a tombstone from before a time (ms) an account again, whose server says it is back."""
    await tx.execute(_REVIVE, {"id": account_id, "before": before})


async def other_holder(reader: Reader, username: str, domain: str, uri: str) -> int | None:
    """The account with that handle that is not the actor `uri`."""
    params = {"username_key": username_key(username), "domain": domain, "uri": uri}
    return await reader.fetch_value(_HOLDER, params)


async def give_up_handle(tx: Transaction, account_id: int) -> None:
    """Free the handle of an account that its own server gave to another actor."""
    await tx.execute(_GIVE_UP_HANDLE, {"id": account_id})


async def set_origin_state(tx: Transaction, account_id: int, state: AccountState) -> None:
    """Follow what the account's own server or a domain policy says of it, or, where that is
    stricter, what this network's moderators have decided."""
    await tx.execute(_SET_ORIGIN_STATE, {"id": account_id, "state": int(state)})


async def is_suspended(reader: Reader, account_id: int) -> bool:
    """Whether the account's own server has suspended it."""
    return await reader.fetch_value(_SUSPENDED, {"id": account_id}) is not None


async def fetched_at(reader: Reader, account_id: int) -> int | None:
    """When an account was last fetched (ms)."""
    return await reader.fetch_value(_FETCHED_AT, {"id": account_id})


async def mark_fetched(tx: Transaction, account_id: int) -> None:
    """Let a while pass before an account is fetched again."""
    await tx.execute(_FETCHED, {"id": account_id, "now": now_ms()})


async def by_uris(reader: Reader, uris: Sequence[str]) -> dict[str, Account]:
    """Accounts by their ActivityPub ids, local ones too; missing ones are left out."""
    if not uris:
        return {}
    rows = await reader.fetch_all(_BY_URIS, {"uris": list(uris)}, Account)
    return {account.uri: account for account in rows}


async def by_url(reader: Reader, url: str) -> Account | None:
    """A remote account by the address of its profile page."""
    return await reader.fetch_one(_BY_URL, {"url": url}, Account)


async def collections(reader: Reader, account_id: int) -> Collections | None:
    """Where an account's collections are."""
    return await reader.fetch_one(_COLLECTIONS, {"id": account_id}, Collections)


async def completed(reader: Reader, account_id: int) -> bool:
    """Whether what is not in its actor was fetched within a day."""
    params = {"id": account_id, "since": now_ms() - _COMPLETE_MS}
    return await reader.fetch_value(_COMPLETED, params) is not None


async def set_totals(
    tx: Transaction,
    account_id: int,
    *,
    followers: int | None,
    following: int | None,
    statuses: int | None,
) -> None:
    """Write what an account's own server counts; None where it does not say."""
    row = {
        "id": account_id,
        "now": now_ms(),
        "followers": followers,
        "following": following,
        "statuses": statuses,
    }
    await tx.execute(_SET_TOTALS, row)


async def has_followers(reader: Reader, account_id: int) -> bool:
    """Whether somebody here follows an account."""
    return await reader.fetch_value(_HAS_FOLLOWERS, {"id": account_id}) is not None


async def followed_of(reader: Reader, account_ids: Sequence[int]) -> set[int]:
    """Which of some accounts somebody here follows."""
    rows = await reader.fetch_all(_FOLLOWED_OF, {"ids": list(account_ids)})
    return {row[0] for row in rows}


async def followers_uri(reader: Reader, account_id: int) -> str:
    """The address of an account's followers, by which it addresses them."""
    return await reader.fetch_value(_FOLLOWERS_URI, {"id": account_id}) or ""


def _row(profile: Profile) -> dict[str, object]:
    values = msgspec.structs.asdict(profile).items()
    row = {name: int(value) if isinstance(value, bool) else value for name, value in values}
    return {**row, "now": now_ms()}
