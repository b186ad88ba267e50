"""Whom somebody might follow: what the hub knows of follows, hashtags and languages."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader
from noi.db.hub.visible import standing

POPULAR = 100
"""From so many followers on nobody is told apart from those who have more."""
_MOST_FOLLOWS = 2000
_MOST_PATHS = 20_000
_MOST_FOUND = 300

_FOLLOWED = f"SELECT target_id FROM hub_follows WHERE account_id = :id LIMIT {_MOST_FOLLOWS}"
_FRIENDS = f"""SELECT target_id, count(*), min(account_id) FROM (
    SELECT n.target_id, n.account_id FROM hub_follows n
    WHERE n.account_id @in(:followed) LIMIT {_MOST_PATHS}) AS candidates
GROUP BY target_id ORDER BY count(*) DESC, target_id DESC LIMIT {_MOST_FOUND}"""
_FOLLOWERS = f"""SELECT c.value, (SELECT count(*) FROM
    (SELECT 1 FROM hub_follows f WHERE f.target_id = c.value LIMIT {POPULAR}) AS few)
FROM @each(:ids) AS c"""
_TAGS_WRITTEN = """SELECT t.family, min(t.name), count(*) FROM hub_post_tags t
WHERE t.post_id IN (SELECT id FROM hub_posts WHERE account_id = :id ORDER BY id DESC LIMIT 50)
GROUP BY t.family ORDER BY count(*) DESC, t.family LIMIT 8"""
_TAGS_TOLD = """SELECT family, name FROM hub_account_tags
WHERE account_id = :id ORDER BY family LIMIT 8"""
_TELLING = """SELECT account_id FROM hub_account_tags
WHERE family = :family ORDER BY account_id DESC LIMIT 60"""
_WRITING = """SELECT DISTINCT p.account_id FROM
    (SELECT post_id FROM hub_post_tags WHERE family = :family
        ORDER BY published_at DESC LIMIT 60) AS few
JOIN hub_posts p ON p.id = few.post_id"""
_ACTIVE = f"""SELECT a.id FROM hub_accounts a
WHERE a.language = :language AND a.discoverable = 1 AND a.last_post_at > :since
    AND {standing("a")}
ORDER BY a.last_post_at DESC LIMIT 300"""
_NEW = f"""SELECT a.id FROM hub_accounts a
WHERE a.language = :language AND a.discoverable = 1 AND a.id > :first AND {standing("a")}
ORDER BY a.id DESC LIMIT 100"""
_GROUPS = f"""SELECT a.id FROM hub_accounts a
WHERE a.language = :language AND a.kind = 'group' AND a.discoverable = 1 AND {standing("a")}
ORDER BY a.id DESC LIMIT 100"""


class Friend(msgspec.Struct, array_like=True, frozen=True):
    """Somebody whom `paths` of one's own follow; `through` is one of these."""

    id: int
    paths: int
    through: int


class Topic(msgspec.Struct, frozen=True):
    """A hashtag: the key of its family, and a spelling."""

    family: str
    name: str


async def followed(reader: Reader, account_id: int) -> list[int]:
    """Whom an account follows, as far as they are held."""
    return [row[0] for row in await reader.fetch_all(_FOLLOWED, {"id": account_id})]


async def friends(reader: Reader, followed_ids: Sequence[int]) -> list[Friend]:
    """Whom these follow, most of them first."""
    return await reader.fetch_all(_FRIENDS, {"followed": list(followed_ids)}, Friend)


async def followers(reader: Reader, ids: Sequence[int]) -> dict[int, int]:
    """How many follow each of these, POPULAR at most."""
    rows = await reader.fetch_all(_FOLLOWERS, {"ids": list(ids)})
    return {row[0]: row[1] for row in rows}


async def topics(reader: Reader, account_id: int) -> list[Topic]:
    """Hashtags of somebody's latest posts, then those of their profile."""
    params = {"id": account_id}
    rows = [*await reader.fetch_all(_TAGS_WRITTEN, params)]
    rows += await reader.fetch_all(_TAGS_TOLD, params)
    names = {row[0]: row[1] for row in reversed(rows)}
    return [Topic(family, names[family]) for family in dict.fromkeys(row[0] for row in rows)]


async def with_topic(reader: Reader, family: str) -> list[int]:
    """Some who name a hashtag in their profile, or wrote with it of late."""
    params = {"family": family}
    telling = await reader.fetch_all(_TELLING, params)
    return list({row[0] for row in [*telling, *await reader.fetch_all(_WRITING, params)]})


async def active(reader: Reader, language: str, since: int) -> list[int]:
    """Some who wrote in a language since a time, the latest first."""
    params = {"language": language, "since": since}
    return [row[0] for row in await reader.fetch_all(_ACTIVE, params)]


async def new(reader: Reader, language: str, first_id: int) -> list[int]:
    """Some of a language who came to the hub last."""
    params = {"language": language, "first": first_id}
    return [row[0] for row in await reader.fetch_all(_NEW, params)]


async def groups(reader: Reader, language: str) -> list[int]:
    """Some groups of a language, or of none that is known, which came to the hub last."""
    return [row[0] for row in await reader.fetch_all(_GROUPS, {"language": language})]
