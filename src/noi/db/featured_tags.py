"""Hashtags that people feature on their profiles."""

import msgspec

from noi.db.database import Database, Transaction
from noi.models.ids import now_ms
from noi.models.statuses import Status, Visibility


class FeaturedTag(msgspec.Struct, array_like=True):
    """A featured tag in its owner's spelling, with the owner's public statuses that have it.

    `last_status_id` stays when that status goes, until none is left.
    """

    id: int
    account_id: int
    tag_id: int
    name: str
    statuses_count: int
    last_status_id: int | None


_INSERT = """INSERT INTO featured_tags (id, account_id, tag_id, name, created_at)
VALUES (:id, :account_id, :tag_id, :name, :now) ON CONFLICT (account_id, tag_id) DO NOTHING"""
_DELETE = "DELETE FROM featured_tags WHERE account_id = :account_id AND id = :id"
_DELETE_TAG = "DELETE FROM featured_tags WHERE account_id = :account_id AND tag_id = :tag_id"
_COUNT = "SELECT count(*) FROM featured_tags WHERE account_id = :account_id"
_ALL = """SELECT id, account_id, tag_id, name, statuses_count, last_status_id
FROM featured_tags WHERE account_id = :account_id ORDER BY id"""
# `CROSS JOIN` keeps SQLite with the author's own statuses, however many others have the tag.
_COUNT_EARLIER = """UPDATE featured_tags SET (statuses_count, last_status_id) = (
    SELECT count(*), max(s.id) FROM statuses s CROSS JOIN status_tags st
    WHERE s.account_id = :account_id AND s.deleted_at IS NULL AND s.hidden_at IS NULL
        AND s.visibility <= 1 AND st.status_id = s.id AND st.tag_id = :tag_id)
WHERE account_id = :account_id AND tag_id = :tag_id"""
_COUNT_STATUS = """UPDATE featured_tags SET
    statuses_count = CASE WHEN statuses_count + :by < 0 THEN 0 ELSE statuses_count + :by END,
    last_status_id = CASE WHEN :by > 0 AND coalesce(last_status_id, 0) < :status_id
            THEN :status_id
        WHEN statuses_count + :by <= 0 THEN NULL ELSE last_status_id END
WHERE account_id = :account_id
    AND tag_id IN (SELECT st.tag_id FROM status_tags st WHERE st.status_id = :status_id)"""
_COUNT_NEW = """UPDATE featured_tags SET statuses_count = statuses_count + 1,
    last_status_id = CASE WHEN coalesce(last_status_id, 0) < :status_id
        THEN :status_id ELSE last_status_id END
WHERE account_id = :account_id AND tag_id @in(:tag_ids)"""
_MOST_USED = """SELECT st.tag_id, count(*) AS uses FROM (
    SELECT id FROM statuses WHERE account_id = :account_id AND deleted_at IS NULL
    ORDER BY id DESC LIMIT 1000) recent
JOIN status_tags st ON st.status_id = recent.id
WHERE NOT EXISTS (SELECT 1 FROM featured_tags f
    WHERE f.account_id = :account_id AND f.tag_id = st.tag_id)
GROUP BY st.tag_id ORDER BY uses DESC, st.tag_id LIMIT :limit"""


async def insert(tx: Transaction, new_id: int, account_id: int, tag_id: int, name: str) -> bool:
    """Feature a tag; False when it was featured."""
    row = {"id": new_id, "account_id": account_id, "tag_id": tag_id, "name": name, "now": now_ms()}
    if not await tx.execute(_INSERT, row):
        return False
    await tx.execute(_COUNT_EARLIER, {"account_id": account_id, "tag_id": tag_id})
    return True


async def count_status(tx: Transaction, status: Status, by: int) -> None:
    """Count a status that has come (1) or goes (-1), while its tags are attached to it."""
    if _counts(status):
        row = {"account_id": status.account_id, "status_id": status.id, "by": by}
        await tx.execute(_COUNT_STATUS, row)


async def count_new(tx: Transaction, status: Status, tag_ids: list[int]) -> None:
    """Count a status that has come with these tags."""
    if _counts(status):
        row = {"account_id": status.account_id, "status_id": status.id, "tag_ids": tag_ids}
        await tx.later(_COUNT_NEW, row)


async def delete(tx: Transaction, account_id: int, featured_id: int) -> bool:
    """Feature a tag no more, by the row's id; False when there is no such row."""
    return await tx.execute(_DELETE, {"account_id": account_id, "id": featured_id}) == 1


async def delete_tag(tx: Transaction, account_id: int, tag_id: int) -> bool:
    """Feature a tag no more; False when it was not featured."""
    return await tx.execute(_DELETE_TAG, {"account_id": account_id, "tag_id": tag_id}) == 1


async def count(tx: Transaction, account_id: int) -> int:
    """How many tags an account features."""
    return await tx.fetch_value(_COUNT, {"account_id": account_id})


async def all_of(db: Database, account_id: int) -> list[FeaturedTag]:
    """The tags that an account features, oldest first."""
    return await db.fetch_all(_ALL, {"account_id": account_id}, FeaturedTag)


async def most_used(db: Database, account_id: int, limit: int) -> list[int]:
    """Tags not yet featured that an account's last thousand statuses use most."""
    params = {"account_id": account_id, "limit": limit}
    return [row[0] for row in await db.fetch_all(_MOST_USED, params, slow=True)]


def _counts(status: Status) -> bool:
    return status.has_tags and status.visibility <= Visibility.UNLISTED and status.hidden_at is None
