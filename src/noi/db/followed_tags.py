"""Hashtags that people follow, and how much each was used of late."""

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.ids import now_ms
from noi.models.paging import Page
from noi.models.statuses import Tag


class FollowedTag(Tag, array_like=True):
    """A line of the page of followed tags; `page_id` is what the page goes by."""

    page_id: int


class TagMarks(msgspec.Struct, array_like=True, frozen=True):
    """Whether the viewer follows a tag, and features it."""

    tag_id: int
    following: bool
    featuring: bool


class TagUse(msgspec.Struct, array_like=True, frozen=True):
    """How often a tag was used publicly on a day (days since 1970, UTC), and by how many."""

    tag_id: int
    day: int
    uses: int
    accounts: int


_INSERT = """INSERT INTO followed_tags (id, account_id, tag_id, created_at)
VALUES (:id, :account_id, :tag_id, :now) ON CONFLICT (account_id, tag_id) DO NOTHING"""
_DELETE = "DELETE FROM followed_tags WHERE account_id = :account_id AND tag_id = :tag_id"
_COUNT = "SELECT count(*) FROM followed_tags WHERE account_id = :account_id"
_PAGE = """SELECT t.id, t.key, t.family, t.name, f.id
FROM followed_tags f JOIN tags t ON t.id = f.tag_id
WHERE f.account_id = :account_id AND f.id > :after AND f.id < :before
ORDER BY f.id @order LIMIT :limit"""
_MARKS = """SELECT wanted.value,
    EXISTS (SELECT 1 FROM followed_tags f
        WHERE f.account_id = :account_id AND f.tag_id = wanted.value),
    EXISTS (SELECT 1 FROM featured_tags f
        WHERE f.account_id = :account_id AND f.tag_id = wanted.value)
FROM @each(:ids) wanted"""
# Ids begin with the time, so the days of a tag are one range of its index.
_USES = """SELECT st.tag_id, (st.status_id >> 16) / 86400000, count(*),
    count(DISTINCT s.account_id)
FROM status_tags st JOIN statuses s ON s.id = st.status_id
WHERE st.tag_id @in(:ids) AND st.status_id >= :since
    AND s.visibility = 0 AND s.deleted_at IS NULL AND s.hidden_at IS NULL
GROUP BY 1, 2"""


async def insert(tx: Transaction, new_id: int, account_id: int, tag_id: int) -> bool:
    """Follow a tag; False when it was followed."""
    row = {"id": new_id, "account_id": account_id, "tag_id": tag_id, "now": now_ms()}
    return await tx.execute(_INSERT, row) == 1


async def delete(tx: Transaction, account_id: int, tag_id: int) -> bool:
    """Follow a tag no more; False when it was not followed."""
    return await tx.execute(_DELETE, {"account_id": account_id, "tag_id": tag_id}) == 1


async def count(tx: Transaction, account_id: int) -> int:
    """How many tags an account follows."""
    return await tx.fetch_value(_COUNT, {"account_id": account_id})


async def page(db: Database, account_id: int, page: Page) -> list[FollowedTag]:
    """Which tags an account follows, last first."""
    return await fetch_page(db, _PAGE, {"account_id": account_id}, page, FollowedTag)


async def marks(reader: Reader, account_id: int, tag_ids: list[int]) -> dict[int, TagMarks]:
    """How a viewer stands to some tags, by tag id."""
    params = {"account_id": account_id, "ids": tag_ids}
    return {row.tag_id: row for row in await reader.fetch_all(_MARKS, params, TagMarks)}


async def uses(db: Database, tag_ids: list[int], since_id: int) -> list[TagUse]:
    """The public uses of some tags by day, from statuses not older than `since_id`."""
    return await db.fetch_all(_USES, {"ids": tag_ids, "since": since_id}, TagUse, slow=True)
