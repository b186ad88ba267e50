"""What is counted each day for the hub's public statistics."""

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.dialect import with_rows
from noi.db.hub.visible import standing

_ACCOUNTS = f"""SELECT count(*), count(DISTINCT a.host) FROM hub_accounts a
WHERE (a.discoverable = 1 OR a.indexable = 1) AND {standing("a")}"""
_POSTS = f"""SELECT p.language, count(*), count(DISTINCT p.account_id), count(DISTINCT p.host)
FROM hub_posts p JOIN hub_accounts a ON a.id = p.account_id
WHERE p.id >= :first AND p.id < :end AND a.indexable = 1 AND {standing("a")}
GROUP BY p.language"""
_AUTHORS = f"""SELECT count(*), count(DISTINCT p.account_id), count(DISTINCT p.host)
FROM hub_posts p JOIN hub_accounts a ON a.id = p.account_id
WHERE p.id >= :first AND p.id < :end AND a.indexable = 1 AND {standing("a")}"""
_MEMBERS = """SELECT count(*), sum(CASE WHEN failing_since IS NULL THEN 0 ELSE 1 END)
FROM hub_members WHERE state = 'admitted'"""
_WAITING = "SELECT count(*) FROM hub_queue WHERE run_at <= CAST(:now AS BIGINT)"
_PUT = """INSERT INTO hub_statistics (day, name, value) VALUES @rows(:day, :name, :value)
ON CONFLICT (day, name) DO UPDATE SET value = excluded.value"""
_READ = """SELECT day, name, value FROM hub_statistics
WHERE day > :after ORDER BY day, name"""


class Figure(msgspec.Struct, array_like=True, frozen=True):
    """A figure of a day (`2026-11-22`, UTC)."""

    day: str
    name: str
    value: int


class Written(msgspec.Struct, array_like=True, frozen=True):
    """Posts of a day in a language, of how many people on how many networks."""

    language: str
    posts: int
    people: int
    networks: int


async def accounts(db: Database) -> tuple[int, int]:
    """How many accounts consent, on how many networks."""
    row = (await db.fetch_all(_ACCOUNTS, {}, slow=True))[0]
    return row[0], row[1]


async def posts(db: Database, first_id: int, end_id: int) -> Written:
    """What was written between two ids."""
    params = {"first": first_id, "end": end_id}
    row = (await db.fetch_all(_AUTHORS, params, slow=True))[0]
    return Written("", *row)


async def posts_by_language(db: Database, first_id: int, end_id: int) -> list[Written]:
    """The same in each language."""
    params = {"first": first_id, "end": end_id}
    return await db.fetch_all(_POSTS, params, Written, slow=True)


async def members(reader: Reader) -> tuple[int, int]:
    """How many members there are, and how many of them cannot be reached."""
    row = await reader.fetch_one(_MEMBERS)
    return (row[0], row[1] or 0) if row else (0, 0)


async def waiting(db: Database, now: int) -> int:
    """How many addresses are due to be read."""
    return (await db.fetch_all(_WAITING, {"now": now}, slow=True))[0][0]


async def put(tx: Transaction, figures: list[Figure]) -> None:
    """Write figures in place of earlier ones."""
    rows = [msgspec.structs.asdict(figure) for figure in figures]
    for sql, params in with_rows(_PUT, rows):
        await tx.execute(sql, params)


async def read(reader: Reader, after: str) -> list[Figure]:
    """All figures of the days after one."""
    return await reader.fetch_all(_READ, {"after": after}, Figure)
