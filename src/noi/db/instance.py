"""Figures about the whole network, for its public description."""

import msgspec

from noi.db.database import Database, Reader
from noi.db.finding import SHOWN, UNWANTED
from noi.db.visibility import viewpoint
from noi.models.ids import first_id_at

WEEK_MS = 7 * 86_400_000

_USAGE = """SELECT count(*),
    CAST(coalesce(sum(a.statuses_count), 0) AS BIGINT),
    CAST(coalesce(sum(CASE WHEN u.last_active_at > :month THEN 1 ELSE 0 END), 0) AS BIGINT),
    CAST(coalesce(sum(CASE WHEN u.last_active_at > :half_year THEN 1 ELSE 0 END), 0) AS BIGINT)
FROM users u JOIN accounts a ON a.id = u.account_id
WHERE u.approved_at IS NOT NULL AND u.confirmed_at IS NOT NULL AND a.deleted_at IS NULL"""
_STATUSES_BY_WEEK = """SELECT (s.id - :first) / :week_ids AS week, count(*) FROM statuses s
WHERE s.id >= :first AND s.visibility = 0 AND s.deleted_at IS NULL AND s.reblog_of_id IS NULL
    AND s.local = 1
GROUP BY 1"""
_JOINED_BY_WEEK = """SELECT (u.created_at - :since) / :week_ms AS week, count(*) FROM users u
WHERE u.created_at >= :since GROUP BY 1"""
_DIRECTORY = f"""SELECT a.id FROM accounts a
WHERE {SHOWN} AND NOT ({UNWANTED}) AND (:local = 0 OR a.domain = '')
ORDER BY a.last_status_at DESC NULLS LAST, a.id LIMIT :limit OFFSET :offset"""
_DIRECTORY_NEW = _DIRECTORY.replace("a.last_status_at DESC NULLS LAST, a.id", "a.id DESC")


class Usage(msgspec.Struct, array_like=True, frozen=True):
    """How many people have an account, what they have written, and how many came lately."""

    users: int
    statuses: int
    active_month: int
    active_half_year: int


async def usage(reader: Reader, now: int) -> Usage:
    """The figures at a moment in ms."""
    day = 86_400_000
    params = {"month": now - 30 * day, "half_year": now - 180 * day}
    found = await reader.fetch_one(_USAGE, params, Usage)
    return found or Usage(0, 0, 0, 0)


async def statuses_by_week(db: Database, since: int) -> dict[int, int]:
    """Public local statuses by the number of weeks after `since` (ms)."""
    params = {"first": first_id_at(since), "week_ids": first_id_at(WEEK_MS)}
    return {row[0]: row[1] for row in await db.fetch_all(_STATUSES_BY_WEEK, params, slow=True)}


async def joined_by_week(db: Database, since: int) -> dict[int, int]:
    """Sign-ups by the number of weeks after `since` (ms)."""
    params = {"since": since, "week_ms": WEEK_MS}
    return {row[0]: row[1] for row in await db.fetch_all(_JOINED_BY_WEEK, params, slow=True)}


async def directory(
    reader: Reader, *, newest: bool, local: bool, limit: int, offset: int, viewer_id: int = 0
) -> list[int]:
    """Accounts that want to be found, last active or newest first, but for those whom the viewer
    does not want to meet (0 for a stranger).
    """
    sql = _DIRECTORY_NEW if newest else _DIRECTORY
    params = viewpoint(viewer_id, local=int(local), limit=limit, offset=offset)
    return [row[0] for row in await reader.fetch_all(sql, params)]
