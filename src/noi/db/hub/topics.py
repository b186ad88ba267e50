"""Hashtags and links of the hub's posts and accounts."""

from collections.abc import Mapping, Sequence

import msgspec

from noi.db.database import Transaction
from noi.db.dialect import with_rows

_PUT_TAG = """INSERT INTO hub_post_tags (post_id, family, name, published_at)
VALUES (:post_id, :family, :name, :published_at)
ON CONFLICT (post_id, family) DO UPDATE SET name = excluded.name"""
_PUT_LINK = """INSERT INTO hub_post_links (post_id, url, published_at)
VALUES (:post_id, :url, :published_at)
ON CONFLICT (post_id, url) DO NOTHING"""
_PUT_ACCOUNT_TAGS = """INSERT INTO hub_account_tags (account_id, family, name)
VALUES @rows(:account_id, :family, :name)
ON CONFLICT (account_id, family) DO UPDATE SET name = excluded.name"""
_REMOVE_TAGS = "DELETE FROM hub_post_tags WHERE post_id = :id"
_REMOVE_LINKS = "DELETE FROM hub_post_links WHERE post_id = :id"
_REMOVE_ACCOUNT_TAGS = "DELETE FROM hub_account_tags WHERE account_id = :id"


class PostTopics(msgspec.Struct, frozen=True):
    """What a post is about: hashtags (their spelling by family) and links."""

    post_id: int
    published_at: int
    tags: Mapping[str, str]
    links: Sequence[str]


async def add_of_posts(tx: Transaction, several: Sequence[PostTopics]) -> None:
    """Write the hashtags and links of posts that have none yet."""
    tags = [
        {"post_id": of.post_id, "family": family, "name": name, "published_at": of.published_at}
        for of in several
        for family, name in of.tags.items()
    ]
    links = [
        {"post_id": of.post_id, "url": url, "published_at": of.published_at}
        for of in several
        for url in of.links
    ]
    await tx.execute_all(_PUT_TAG, tags)
    await tx.execute_all(_PUT_LINK, links)


async def remove_of_post(tx: Transaction, post_id: int) -> None:
    """Forget which hashtags and links a post had."""
    await tx.execute(_REMOVE_TAGS, {"id": post_id})
    await tx.execute(_REMOVE_LINKS, {"id": post_id})


async def put_of_account(tx: Transaction, account_id: int, tags: Mapping[str, str]) -> None:
    """Write the hashtags in someone's profile (spelling by family) in place of earlier ones."""
    await remove_of_account(tx, account_id)
    rows = [
        {"account_id": account_id, "family": family, "name": name} for family, name in tags.items()
    ]
    for statement, params in with_rows(_PUT_ACCOUNT_TAGS, rows):
        await tx.execute(statement, params)


async def remove_of_account(tx: Transaction, account_id: int) -> None:
    """Forget which hashtags stood in someone's profile."""
    await tx.execute(_REMOVE_ACCOUNT_TAGS, {"id": account_id})
