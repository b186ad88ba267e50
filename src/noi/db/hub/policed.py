"""The hosts that a hub holds people of, for decisions about them."""

from collections.abc import Sequence

from noi.db.database import Database, Reader

_HOSTS = """WITH RECURSIVE held (host) AS (
    SELECT min(host) FROM hub_accounts
    UNION ALL SELECT (SELECT min(a.host) FROM hub_accounts a WHERE a.host > held.host)
    FROM held WHERE held.host IS NOT NULL)
SELECT host FROM held WHERE host IS NOT NULL"""
_URIS = """SELECT uri FROM hub_accounts WHERE host = :host
ORDER BY id LIMIT CAST(:limit AS BIGINT)"""

_HELD = "SELECT count(*) FROM hub_accounts WHERE host @in(:hosts)"
_WRITTEN = """SELECT count(*) FROM hub_accounts a JOIN hub_posts p ON p.account_id = a.id
WHERE a.host @in(:hosts)"""


async def hosts(reader: Reader) -> list[str]:
    """All hosts that somebody who is held lives at."""
    return [row[0] for row in await reader.fetch_all(_HOSTS)]


async def uris(reader: Reader, host: str, limit: int) -> list[str]:
    """The addresses of some people at a host."""
    rows = await reader.fetch_all(_URIS, {"host": host, "limit": limit})
    return [row[0] for row in rows]


async def held(db: Database, hosts: Sequence[str]) -> tuple[int, int]:
    """How many people at some hosts are held, and how many of their posts."""
    params = {"hosts": list(hosts)}
    people: int = (await db.fetch_all(_HELD, params, slow=True))[0][0]
    posts: int = (await db.fetch_all(_WRITTEN, params, slow=True))[0][0]
    return people, posts
