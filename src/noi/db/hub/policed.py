"""The hosts that a hub holds people of, for decisions about them."""

from noi.db.database import Reader

_HOSTS = """WITH RECURSIVE held (host) AS (
    SELECT min(host) FROM hub_accounts
    UNION ALL SELECT (SELECT min(a.host) FROM hub_accounts a WHERE a.host > held.host)
    FROM held WHERE held.host IS NOT NULL)
SELECT host FROM held WHERE host IS NOT NULL"""
_URIS = """SELECT uri FROM hub_accounts WHERE host = :host
ORDER BY id LIMIT CAST(:limit AS BIGINT)"""


async def hosts(reader: Reader) -> list[str]:
    """All hosts that somebody who is held lives at."""
    return [row[0] for row in await reader.fetch_all(_HOSTS)]


async def uris(reader: Reader, host: str, limit: int) -> list[str]:
    """The addresses of some people at a host."""
    rows = await reader.fetch_all(_URIS, {"host": host, "limit": limit})
    return [row[0] for row in rows]
