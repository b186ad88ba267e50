"""What the hub's trends are counted from, and what came of counting."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.dialect import with_rows
from noi.db.hub.visible import standing

_DAY_MS = 86_400_000
_MOST_TOPICS = 300
_MOST_USES = 100_000
_MOST_POSTS = 500

_SHOWN = f"""a.discoverable = 1 AND a.indexable = 1 AND {standing("a")}"""
_FROM = """FROM hub_{table} t
JOIN hub_posts p ON p.id = t.post_id JOIN hub_accounts a ON a.id = p.account_id"""
# Anybody can have any number of hosts, but people decide who is a member: all others count as one.
_NETWORK = "coalesce(n.host, '')"
_OF_MEMBERS = f"{_FROM} LEFT JOIN hub_members n ON n.host = a.host AND n.state = 'admitted'"
_WIDESPREAD = f"""SELECT t.{{key}} {_OF_MEMBERS}
WHERE t.published_at > :since AND t.published_at <= :now AND {_SHOWN}
GROUP BY t.{{key}}
HAVING count(DISTINCT a.id) >= :people AND count(DISTINCT {_NETWORK}) >= :networks
ORDER BY count(DISTINCT a.id) DESC LIMIT {_MOST_TOPICS}"""
_USES = f"""SELECT t.{{key}}, t.{{name}}, p.id, a.id, {_NETWORK}, p.language, t.published_at
{_OF_MEMBERS}
WHERE t.{{key}} @in(:keys) AND t.published_at > :since AND t.published_at <= :now AND {_SHOWN}
ORDER BY t.published_at DESC LIMIT {_MOST_USES}"""
_EARLIER = f"""SELECT t.{{key}}, p.language, count(DISTINCT p.account_id) {_FROM}
WHERE t.{{key}} @in(:keys) AND t.published_at > :from_time AND t.published_at <= :since
GROUP BY t.{{key}}, p.language, t.published_at / {_DAY_MS}"""
_TABLES = {
    "hashtag": {"table": "post_tags", "key": "family", "name": "name"},
    "link": {"table": "post_links", "key": "url", "name": "url"},
}
_FIRST_POST = "SELECT published_at FROM hub_posts ORDER BY id LIMIT 1"

# All that was announced is of one week; CROSS keeps SQLite from reading it for each member.
_POSTS = f"""SELECT p.id, p.account_id, p.language, p.likes + p.shares, candidates.networks,
    candidates.announced_at
FROM (SELECT w.uri, count(*) AS networks, max(w.announced_at) AS announced_at
    FROM hub_post_trending w CROSS JOIN hub_members m
    WHERE m.id = w.member_id AND m.state = 'admitted' AND w.announced_at > :since
    GROUP BY w.uri HAVING count(*) >= :networks) AS candidates
JOIN hub_posts p ON p.uri = candidates.uri JOIN hub_accounts a ON a.id = p.account_id
WHERE p.likes + p.shares >= :people AND {_SHOWN}
ORDER BY p.likes + p.shares DESC LIMIT {_MOST_POSTS}"""
_ANNOUNCE = """INSERT INTO hub_post_trending (uri, member_id, announced_at)
VALUES @rows(:uri, :member_id, :now)
ON CONFLICT (uri, member_id) DO UPDATE SET announced_at = excluded.announced_at"""
_FORGET = """DELETE FROM hub_post_trending WHERE announced_at < :before
    OR announced_at < :unheld_before AND NOT EXISTS (
        SELECT 1 FROM hub_posts p WHERE p.uri = hub_post_trending.uri)"""
_EMPTY = "DELETE FROM hub_trends"
_PUT = """INSERT INTO hub_trends
    (kind, language, hours, place, name, rank, people, networks, hourly, examples)
VALUES @rows(:kind, :language, :hours, :place, :name, :rank, :people, :networks, :hourly,
    :examples)"""
_READ = """SELECT name, rank, people, networks, hourly, examples FROM hub_trends
WHERE kind = :kind AND language = :language AND hours = :hours
ORDER BY place LIMIT CAST(:limit AS BIGINT)"""
_LANGUAGES = "SELECT DISTINCT language FROM hub_trends WHERE language <> '' ORDER BY language"


class Use(msgspec.Struct, array_like=True, frozen=True):
    """A post that has a hashtag (by its family) or link; `host` is empty for those of no member."""

    key: str
    name: str
    post_id: int
    account_id: int
    host: str
    language: str
    at: int


class Earlier(msgspec.Struct, array_like=True, frozen=True):
    """How many people used a hashtag or link in a language on a day before."""

    key: str
    language: str
    people: int


class TalkedAbout(msgspec.Struct, array_like=True, frozen=True):
    """A post that several members say is talked about."""

    id: int
    account_id: int
    language: str
    people: int
    networks: int
    announced_at: int


class Row(msgspec.Struct, array_like=True, frozen=True):
    """A counted trend; `hourly` and `examples` are JSON."""

    name: str
    rank: int
    people: int
    networks: int
    hourly: str
    examples: str


class Placed(msgspec.Struct, frozen=True):
    """A row and where it stands."""

    kind: str
    language: str
    hours: int
    place: int
    row: Row


async def widespread(
    db: Database, kind: str, *, since: int, now: int, people: int, networks: int
) -> list[str]:
    """Keys of hashtags or links that so many people of so many networks used since a time."""
    params = {"since": since, "now": now, "people": people, "networks": networks}
    rows = await db.fetch_all(_WIDESPREAD.format(**_TABLES[kind]), params, slow=True)
    return [row[0] for row in rows]


async def uses(db: Database, kind: str, keys: Sequence[str], *, since: int, now: int) -> list[Use]:
    """Who used hashtags or links since a time, newest first."""
    params = {"keys": list(keys), "since": since, "now": now}
    return await db.fetch_all(_USES.format(**_TABLES[kind]), params, Use, slow=True)


async def earlier(
    db: Database, kind: str, keys: Sequence[str], *, from_time: int, since: int
) -> list[Earlier]:
    """How many used them on each day between two times."""
    params = {"keys": list(keys), "from_time": from_time, "since": since}
    return await db.fetch_all(_EARLIER.format(**_TABLES[kind]), params, Earlier, slow=True)


async def first_post_at(reader: Reader) -> int | None:
    """When the oldest post was published."""
    return await reader.fetch_value(_FIRST_POST)


async def posts(db: Database, *, since: int, people: int, networks: int) -> list[TalkedAbout]:
    """Posts that members of so many networks announced, with so many shares and likes in all."""
    params = {"since": since, "people": people, "networks": networks}
    return await db.fetch_all(_POSTS, params, TalkedAbout, slow=True)


async def announce(tx: Transaction, uris: Sequence[str], member_id: int, now: int) -> None:
    """Note that a member says that posts are talked about, whether they are held or not."""
    rows = [{"uri": uri, "member_id": member_id, "now": now} for uri in sorted(set(uris))]
    for sql, params in with_rows(_ANNOUNCE, rows):
        await tx.execute(sql, params)


async def forget(tx: Transaction, before: int, unheld_before: int) -> None:
    """Forget what was said before a time (ms), of posts that are not held before another."""
    await tx.execute(_FORGET, {"before": before, "unheld_before": unheld_before})


async def replace(tx: Transaction, found: Sequence[Placed]) -> None:
    """Put new trends in the place of all earlier ones."""
    await tx.execute(_EMPTY)
    rows = [
        {
            "kind": placed.kind,
            "language": placed.language,
            "hours": placed.hours,
            "place": placed.place,
            **msgspec.structs.asdict(placed.row),
        }
        for placed in found
    ]
    for sql, params in with_rows(_PUT, rows):
        await tx.execute(sql, params)


async def read(reader: Reader, kind: str, language: str, hours: int, limit: int) -> list[Row]:
    """Counted trends, the strongest first."""
    params = {"kind": kind, "language": language, "hours": hours, "limit": limit}
    return await reader.fetch_all(_READ, params, Row)


async def languages(reader: Reader) -> list[str]:
    """Languages in which something is talked about just now."""
    return [row[0] for row in await reader.fetch_all(_LANGUAGES)]
