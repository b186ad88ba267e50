"""Follows, and requests to follow: two tables with the same columns."""

from typing import Literal

import msgspec

from noi.db.accounts import account_columns
from noi.db.database import Database, Transaction
from noi.db.paging import fetch_page
from noi.db.visibility import NOT_WANTED
from noi.models.accounts import Account, AccountState, PagedAccount
from noi.models.ids import now_ms
from noi.models.paging import Page


class FollowTerms(msgspec.Struct, array_like=True, frozen=True):
    """What a follower wants to see; `languages` is a JSON array, None for all languages.

    `uri` is the Follow's id where one of the two is on another server.
    """

    show_reblogs: bool = True
    notify: bool = False
    languages: str | None = None
    uri: str = ""


Table = Literal["follows", "follow_requests"]
Direction = Literal["followers", "following"]

_INSERT = """INSERT INTO {table}
    (id, account_id, target_id, show_reblogs, notify, languages, uri, created_at)
VALUES (:id, :account_id, :target_id, :show_reblogs, :notify, :languages, :uri, :now)
ON CONFLICT (account_id, target_id) DO NOTHING"""
_GET = """SELECT show_reblogs, notify, languages, uri FROM {table}
WHERE account_id = :account_id AND target_id = :target_id"""
_SET = """UPDATE {table} SET show_reblogs = :show_reblogs, notify = :notify,
    languages = :languages, uri = :uri
WHERE account_id = :account_id AND target_id = :target_id"""
_DELETE = "DELETE FROM {table} WHERE account_id = :account_id AND target_id = :target_id"

_FOLLOWERS = f"""SELECT {account_columns()}, f.id FROM follows f
JOIN accounts a ON a.id = f.account_id
WHERE f.target_id = :account_id AND f.id > :after AND f.id < :before
    AND a.state <= {AccountState.LIMITED:d} AND f.account_id NOT IN ({NOT_WANTED})
ORDER BY f.id @order LIMIT :limit"""
_FOLLOWING = f"""SELECT {account_columns()}, f.id FROM follows f
JOIN accounts a ON a.id = f.target_id
WHERE f.account_id = :account_id AND f.id > :after AND f.id < :before
    AND a.state <= {AccountState.LIMITED:d} AND f.target_id NOT IN ({NOT_WANTED})
ORDER BY f.id @order LIMIT :limit"""
_REQUESTS = f"""SELECT {account_columns()}, r.id FROM follow_requests r
JOIN accounts a ON a.id = r.account_id
WHERE r.target_id = :account_id AND r.id > :after AND r.id < :before
    AND a.state <= {AccountState.LIMITED:d}
ORDER BY r.id @order LIMIT :limit"""
_COUNT_REQUESTS = f"""SELECT count(*) FROM (SELECT 1 FROM follow_requests r
    JOIN accounts a ON a.id = r.account_id
    WHERE r.target_id = :account_id AND a.state <= {AccountState.LIMITED:d} LIMIT 100) waiting"""
_WAITING = f"""SELECT r.id, r.account_id FROM follow_requests r
JOIN accounts a ON a.id = r.account_id
WHERE r.target_id = :account_id AND r.id > :after AND a.state = {AccountState.ACTIVE:d}
ORDER BY r.id LIMIT :limit"""

_FAMILIAR = f"""SELECT wanted.value, {account_columns()}
FROM @each(:ids) wanted
JOIN follows theirs ON theirs.target_id = wanted.value
JOIN follows mine ON mine.account_id = :viewer AND mine.target_id = theirs.account_id
JOIN accounts a ON a.id = theirs.account_id
JOIN accounts shown ON shown.id = wanted.value
WHERE shown.hide_collections = 0 AND a.hide_collections = 0
    AND a.state <= {AccountState.LIMITED:d}
ORDER BY theirs.id DESC LIMIT 400"""


async def get(tx: Transaction, table: Table, account_id: int, target_id: int) -> FollowTerms | None:
    """The terms of a follow or request, None where there is none."""
    pair = {"account_id": account_id, "target_id": target_id}
    return await tx.fetch_one(_GET.format(table=table), pair, FollowTerms)


async def insert(
    tx: Transaction, table: Table, new_id: int, account_id: int, target_id: int, terms: FollowTerms
) -> bool:
    """Add a follow or request; False when it was there already."""
    row = {"id": new_id, "account_id": account_id, "target_id": target_id, "now": now_ms()}
    return await tx.execute(_INSERT.format(table=table), row | _columns(terms)) == 1


async def set_terms(
    tx: Transaction, table: Table, account_id: int, target_id: int, terms: FollowTerms
) -> None:
    """Change what a follower wants to see."""
    row = {"account_id": account_id, "target_id": target_id}
    await tx.execute(_SET.format(table=table), row | _columns(terms))


async def delete(tx: Transaction, table: Table, account_id: int, target_id: int) -> bool:
    """Remove a follow or request; False when there was none."""
    pair = {"account_id": account_id, "target_id": target_id}
    return await tx.execute(_DELETE.format(table=table), pair) == 1


async def page(
    db: Database, direction: Direction, account_id: int, viewer_id: int, page: Page
) -> list[PagedAccount]:
    """Who follows an account, or whom it follows, without those the viewer blocked or muted.

    With viewer 0 nobody is left out but hidden accounts.
    """
    params: dict[str, object] = {"account_id": account_id, "viewer": viewer_id, "now": now_ms()}
    sql = _FOLLOWERS if direction == "followers" else _FOLLOWING
    return await fetch_page(db, sql, params, page, PagedAccount)


async def requests(db: Database, account_id: int, page: Page) -> list[PagedAccount]:
    """Who waits for an account's consent, newest first."""
    return await fetch_page(db, _REQUESTS, {"account_id": account_id}, page, PagedAccount)


async def count_requests(db: Database, account_id: int) -> int:
    """How many wait for consent, at most 100."""
    return await db.fetch_value(_COUNT_REQUESTS, {"account_id": account_id})


async def waiting(
    db: Database, account_id: int, *, after: int, limit: int
) -> list[tuple[int, int]]:
    """Ids and senders of requests above `after`, oldest first, without limited accounts'."""
    params = {"account_id": account_id, "after": after, "limit": limit}
    return [(row[0], row[1]) for row in await db.fetch_all(_WAITING, params)]


async def familiar(db: Database, viewer_id: int, ids: list[int]) -> list[tuple[int, Account]]:
    """Pairs of an account in `ids` and a follower of it whom the viewer follows."""
    rows = await db.fetch_all(_FAMILIAR, {"viewer": viewer_id, "ids": ids}, slow=True)
    return [(row[0], msgspec.convert(row[1:], Account, strict=False)) for row in rows]


def _columns(terms: FollowTerms) -> dict[str, object]:
    return {
        "show_reblogs": int(terms.show_reblogs),
        "notify": int(terms.notify),
        "languages": terms.languages,
        "uri": terms.uri,
    }
