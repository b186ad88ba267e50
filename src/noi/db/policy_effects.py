"""What domain policies change: the accounts of servers, whom they follow and who follows them."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.follows import Table
from noi.models.accounts import AccountState
from noi.models.moderation import EnforcementAction

# One step into the index for each name, however many accounts have it.
_KNOWN = """WITH RECURSIVE known (name) AS (
    SELECT min({column}) FROM accounts WHERE {column} <> ''
    UNION ALL SELECT (SELECT min(a.{column}) FROM accounts a
        WHERE a.{column} > known.name AND a.{column} <> '') FROM known
    WHERE known.name IS NOT NULL)
SELECT name FROM known WHERE name IS NOT NULL"""
_KNOWN_DOMAINS = _KNOWN.format(column="domain")
_KNOWN_INBOX_HOSTS = _KNOWN.format(column="inbox_host")
_KNOWN_HOSTS = "SELECT host FROM hosts"

_ACCOUNTS = f"""SELECT id, domain, uri, suspended FROM accounts
WHERE {{column}} = :name AND {{column}} <> ''
    AND domain <> '' AND id > :after AND state < {AccountState.DELETED:d}
ORDER BY id LIMIT CAST(:limit AS BIGINT)"""
_OF_DOMAIN = _ACCOUNTS.format(column="domain")
_OF_INBOX_HOST = _ACCOUNTS.format(column="inbox_host")

_LOCK = "SELECT id FROM accounts WHERE id @in(:ids) ORDER BY id FOR UPDATE"
_ENFORCED = """SELECT account_id, action FROM enforcements
WHERE account_id @in(:ids) AND status_id IS NULL AND reversed_at IS NULL"""
_SET_STATE = f"""UPDATE accounts SET state = :state, revision = revision + 1
WHERE id @in(:ids) AND state <> :state AND state < {AccountState.DELETED:d}"""

_RAISE_REVISIONS = """UPDATE statuses SET revision = revision + 1 WHERE id IN (
    SELECT m.status_id FROM media_attachments m
    WHERE m.account_id @in(:ids) AND m.remote_url <> '' AND m.kind <> 'unknown')"""
_BARE_ATTACHMENTS = """UPDATE media_attachments SET kind = 'unknown', file = '', preview = ''
WHERE account_id @in(:ids) AND remote_url <> '' AND kind <> 'unknown'"""

_PAIRS = """SELECT account_id, target_id FROM {table} WHERE account_id @in(:ids)
UNION SELECT account_id, target_id FROM {table} WHERE target_id @in(:ids)
LIMIT CAST(:limit AS BIGINT)"""
_LOCAL = "SELECT id FROM accounts WHERE id @in(:ids) AND domain = ''"

_UNDER = f"""SELECT id FROM accounts WHERE domain @in(:names) AND domain <> ''
    AND state < {AccountState.DELETED:d}
UNION SELECT id FROM accounts WHERE inbox_host @in(:names) AND inbox_host <> '' AND domain <> ''
    AND state < {AccountState.DELETED:d}"""
# CROSS JOIN keeps SQLite from reading all follows.
_EFFECT = f"""WITH under AS MATERIALIZED ({_UNDER})
SELECT (SELECT count(*) FROM under),
    (SELECT count(*) FROM under CROSS JOIN follows f WHERE f.account_id = under.id),
    (SELECT count(*) FROM under CROSS JOIN follows f WHERE f.target_id = under.id),
    (SELECT count(DISTINCT people.id) FROM (
        SELECT f.target_id AS id FROM under CROSS JOIN follows f WHERE f.account_id = under.id
        UNION ALL SELECT f.account_id FROM under CROSS JOIN follows f WHERE f.target_id = under.id)
        people)"""


class Concerned(msgspec.Struct, array_like=True, frozen=True):
    """An account of another server, which may have suspended it."""

    id: int
    domain: str
    uri: str
    suspended: bool


async def known_hosts(db: Database) -> set[str]:
    """All domains of handles, hosts of inboxes, and hosts spoken with that are known."""
    found: set[str] = set()
    for sql in (_KNOWN_DOMAINS, _KNOWN_INBOX_HOSTS, _KNOWN_HOSTS):
        found.update(row[0] for row in await db.fetch_all(sql, {}, slow=True))
    return found


async def known_domains(db: Database) -> list[str]:
    """The domains of all handles on other servers."""
    return [row[0] for row in await db.fetch_all(_KNOWN_DOMAINS, {}, slow=True)]


async def accounts_of(
    reader: Reader, name: str, *, by_inbox: bool, after: int, limit: int
) -> list[Concerned]:
    """Accounts of a domain, or with inboxes at a host, by id, after one."""
    params = {"name": name, "after": after, "limit": limit}
    sql = _OF_INBOX_HOST if by_inbox else _OF_DOMAIN
    return await reader.fetch_all(sql, params, Concerned)


async def lock(tx: Transaction, ids: Sequence[int]) -> None:
    """Let nobody else decide about these accounts until the transaction ends."""
    if tx.dialect == "postgresql":
        await tx.fetch_all(_LOCK, {"ids": list(ids)})


async def enforced(reader: Reader, ids: Sequence[int]) -> dict[int, set[EnforcementAction]]:
    """What moderators decided about each of these accounts that still holds."""
    found: dict[int, set[EnforcementAction]] = {}
    for account_id, action in await reader.fetch_all(_ENFORCED, {"ids": list(ids)}):
        found.setdefault(account_id, set()).add(EnforcementAction(action))
    return found


async def set_states(tx: Transaction, ids: Sequence[int], state: AccountState) -> None:
    """Give accounts a state, tombstones aside."""
    await tx.execute(_SET_STATE, {"ids": list(ids), "state": int(state)})


async def bare_attachments(tx: Transaction, ids: Sequence[int]) -> None:
    """Leave of the attachments of these accounts' statuses only where they are to be had."""
    await tx.execute(_RAISE_REVISIONS, {"ids": list(ids)})
    await tx.execute(_BARE_ATTACHMENTS, {"ids": list(ids)})


async def pairs(
    reader: Reader, table: Table, ids: Sequence[int], limit: int
) -> list[tuple[int, int]]:
    """Follows or requests (follower, followed) by or of these accounts."""
    rows = await reader.fetch_all(_PAIRS.format(table=table), {"ids": list(ids), "limit": limit})
    return [(row[0], row[1]) for row in rows]


async def local_ones(reader: Reader, ids: Sequence[int]) -> set[int]:
    """Which of these accounts are people of this network."""
    return {row[0] for row in await reader.fetch_all(_LOCAL, {"ids": list(ids)})}


async def effect(db: Database, names: Sequence[str]) -> tuple[int, int, int, int]:
    """Accounts of these hosts, their follows, follows of them, and people here in those."""
    ((accounts, followers, following, people),) = await db.fetch_all(
        _EFFECT, {"names": list(names)}, slow=True
    )
    return accounts, followers, following, people
