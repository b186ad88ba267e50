"""Quotes: which status quotes which, and whether the quoted author has agreed."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.db.visibility import viewpoint, visible, wanted
from noi.models.ids import now_ms
from noi.models.interactions import Quote, QuotedStanding, QuoteView
from noi.models.paging import Page

_COLUMNS = ", ".join(Quote.__struct_fields__)
_QUALIFIED = ", ".join(f"q.{name}" for name in Quote.__struct_fields__)
_GET = f"SELECT {_COLUMNS} FROM quotes WHERE status_id = :id"
_BY_REQUEST = f"""SELECT {_QUALIFIED} FROM statuses s JOIN quotes q ON q.status_id = s.id
WHERE s.uri = :uri"""
_BY_AUTHORIZATION = f"""SELECT {_COLUMNS} FROM quotes
WHERE authorization_uri = :uri AND authorization_uri <> ''"""
_PUT = f"""INSERT INTO quotes ({_COLUMNS})
VALUES ({", ".join(f":{name}" for name in Quote.__struct_fields__)})
ON CONFLICT (status_id) DO UPDATE SET quoted_id = excluded.quoted_id,
    quoted_account_id = excluded.quoted_account_id, quoted_uri = excluded.quoted_uri,
    state = excluded.state, request_uri = excluded.request_uri,
    authorization_uri = excluded.authorization_uri, updated_at = excluded.updated_at"""
_INSERT = f"""INSERT INTO quotes ({_COLUMNS})
VALUES ({", ".join(f":{name}" for name in Quote.__struct_fields__)})"""
_DELETE = "DELETE FROM quotes WHERE status_id = :id"
_POINT = """UPDATE statuses SET quote_of_id = CAST(:quoted_id AS BIGINT), revision = revision + 1
WHERE id = :id AND deleted_at IS NULL"""
_SET_POLICY = """UPDATE statuses SET interaction_policy = :policy, revision = revision + 1
WHERE id = :id AND deleted_at IS NULL"""
_VIEWS = """SELECT q.status_id, q.quoted_id, s.uri, s.url, q.state
FROM quotes q JOIN statuses s ON s.id = q.quoted_id WHERE q.status_id @in(:ids)"""
_STANDINGS = f"""SELECT s.id,
    CASE WHEN s.deleted_at IS NULL AND a.state <= 2 THEN 0 ELSE 1 END,
    CASE WHEN EXISTS (SELECT 1 FROM blocks b
        WHERE b.account_id = :viewer AND b.target_id = s.account_id) THEN 1 ELSE 0 END,
    CASE WHEN {visible()} THEN 1 ELSE 0 END,
    CASE WHEN a.domain <> '' AND EXISTS (SELECT 1 FROM user_domain_blocks d
        WHERE d.account_id = :viewer AND d.domain = a.domain) THEN 1 ELSE 0 END,
    CASE WHEN EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = :viewer
        AND m.target_id = s.account_id
        AND (m.expires_at IS NULL OR m.expires_at > :now)) THEN 1 ELSE 0 END
FROM statuses s JOIN accounts a ON a.id = s.account_id WHERE s.id @in(:ids)"""
_PAGE = f"""SELECT s.id FROM quotes q CROSS JOIN statuses s
JOIN accounts a ON a.id = s.account_id
WHERE q.quoted_id = :quoted_id AND q.quoted_id IS NOT NULL AND q.status_id = s.id
    AND q.state = 'accepted' AND q.status_id > :after AND q.status_id < :before
    AND {visible()} AND {wanted()}
ORDER BY q.status_id @order LIMIT :limit"""
_LOCAL_QUOTERS = """SELECT q.status_id, q.account_id FROM quotes q
JOIN accounts a ON a.id = q.account_id
WHERE q.quoted_id = :quoted_id AND q.quoted_id IS NOT NULL AND q.state = 'accepted'
    AND q.status_id > :after AND a.domain = '' AND q.account_id <> q.quoted_account_id
ORDER BY q.status_id LIMIT CAST(:limit AS BIGINT)"""
_BETWEEN = """SELECT status_id, quoted_id FROM quotes
WHERE account_id = :quoting_id AND quoted_account_id = :account_id
    AND quoted_account_id IS NOT NULL AND state = 'accepted' AND status_id > :after
ORDER BY status_id LIMIT CAST(:limit AS BIGINT)"""
_WAITING = f"""SELECT {_COLUMNS} FROM quotes
WHERE quoted_uri = :uri AND quoted_id IS NULL AND quoted_uri <> '' LIMIT 100"""
_FOLLOWED = """SELECT target_id FROM follows
WHERE account_id = :viewer AND target_id @in(:ids)"""
# How many quotes lie above a status, each within the next.
_DEPTH = """WITH RECURSIVE up (id, depth) AS (
    SELECT CAST(:id AS BIGINT), 0
    UNION
    SELECT q.status_id, up.depth + 1 FROM up JOIN quotes q
        ON q.quoted_id = up.id AND q.quoted_id IS NOT NULL
    WHERE up.depth < 3
)
SELECT max(depth) FROM (SELECT depth FROM up LIMIT 200) AS counted"""


async def get(reader: Reader, status_id: int) -> Quote | None:
    """What a status quotes."""
    return await reader.fetch_one(_GET, {"id": status_id}, Quote)


async def by_status_uri(reader: Reader, uri: str) -> Quote | None:
    """What the status of this address quotes."""
    return await reader.fetch_one(_BY_REQUEST, {"uri": uri}, Quote)


async def by_authorization(reader: Reader, uri: str) -> Quote | None:
    """The quote that this stamp allows."""
    return await reader.fetch_one(_BY_AUTHORIZATION, {"uri": uri}, Quote)


async def waiting_for(reader: Reader, uri: str) -> list[Quote]:
    """Some quotes of a status that was not known here yet, by its address."""
    return await reader.fetch_all(_WAITING, {"uri": uri}, Quote)


async def insert(tx: Transaction, quote: Quote) -> None:
    """Insert the quote of a status that is being written."""
    await tx.execute(_INSERT, _row(quote))


async def put(tx: Transaction, quote: Quote) -> None:
    """Write a quote over the one that its status had, and let the status point to it."""
    await tx.execute(_PUT, _row(quote))
    await tx.execute(_POINT, {"id": quote.status_id, "quoted_id": quote.quoted_id})


async def delete(tx: Transaction, status_id: int) -> None:
    """Forget what a status quotes."""
    await tx.execute(_DELETE, {"id": status_id})
    await tx.execute(_POINT, {"id": status_id, "quoted_id": None})


async def forget(tx: Transaction, status_id: int) -> None:
    """Forget the quote of a status that is a tombstone."""
    await tx.execute(_DELETE, {"id": status_id})


async def set_policy(tx: Transaction, status_id: int, policy: str) -> None:
    """Write who may quote a local status."""
    await tx.execute(_SET_POLICY, {"id": status_id, "policy": policy})


async def views(reader: Reader, ids: Sequence[int]) -> dict[int, QuoteView]:
    """What pages show of the quotes of some statuses, by their ids; unknown quoted are left out."""
    if not ids:
        return {}
    rows = await reader.fetch_all(_VIEWS, {"ids": list(ids)}, QuoteView)
    return {row.status_id: row for row in rows}


async def standings(
    reader: Reader, viewer_id: int, ids: Sequence[int]
) -> dict[int, QuotedStanding]:
    """How quoted statuses stand to a viewer (0 for a stranger), by their ids."""
    if not ids:
        return {}
    params = viewpoint(viewer_id, ids=list(ids))
    rows = await reader.fetch_all(_STANDINGS, params, QuotedStanding)
    return {row.id: row for row in rows}


async def page(reader: Database, viewer_id: int, quoted_id: int, page: Page) -> list[int]:
    """Accepted quotes of a status that the viewer may see, newest first."""
    params = viewpoint(viewer_id, quoted_id=quoted_id)
    return [row[0] for row in await fetch_page(reader, _PAGE, params, page)]


async def local_quoters(
    reader: Reader, quoted_id: int, *, after: int, limit: int
) -> list[tuple[int, int]]:
    """Ids and authors of local statuses that quote one of somebody else, in order of ids."""
    row = {"quoted_id": quoted_id, "after": after, "limit": limit}
    return [(found[0], found[1]) for found in await reader.fetch_all(_LOCAL_QUOTERS, row)]


async def between(
    reader: Reader, account_id: int, quoting_id: int, *, after: int, limit: int
) -> list[tuple[int, int]]:
    """Accepted quotes of one account by another, as quoting and quoted status, in order of ids."""
    row = {"account_id": account_id, "quoting_id": quoting_id, "after": after, "limit": limit}
    return [(found[0], found[1]) for found in await reader.fetch_all(_BETWEEN, row)]


async def depth(reader: Reader, status_id: int) -> int:
    """How many quotes lie within each other above a status, counted up to three."""
    return await reader.fetch_value(_DEPTH, {"id": status_id})


async def followed(reader: Reader, viewer_id: int, ids: Sequence[int]) -> set[int]:
    """Which of some accounts the viewer follows."""
    rows = await reader.fetch_all(_FOLLOWED, {"viewer": viewer_id, "ids": list(ids)})
    return {row[0] for row in rows}


def _row(quote: Quote) -> dict[str, object]:
    return {**msgspec.structs.asdict(quote), "state": str(quote.state), "updated_at": now_ms()}
