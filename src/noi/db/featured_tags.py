"""Hashtags that people feature on their profiles."""

import msgspec

from noi.db.database import Database, Transaction
from noi.models.ids import now_ms


class FeaturedTag(msgspec.Struct, array_like=True):
    """A featured tag in its owner's spelling, with the owner's public statuses that have it."""

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
_ALL = """SELECT f.id, f.account_id, f.tag_id, f.name,
    coalesce(used.uses, 0), used.last_id
FROM featured_tags f LEFT JOIN (
    SELECT st.tag_id, count(*) AS uses, max(st.status_id) AS last_id
    FROM featured_tags own JOIN status_tags st ON st.tag_id = own.tag_id
    JOIN statuses s ON s.id = st.status_id
    WHERE own.account_id = :account_id AND s.account_id = :account_id
        AND s.visibility <= 1 AND s.deleted_at IS NULL AND s.hidden_at IS NULL
    GROUP BY st.tag_id) used ON used.tag_id = f.tag_id
WHERE f.account_id = :account_id ORDER BY f.id"""
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
    return await tx.execute(_INSERT, row) == 1


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
    return await db.fetch_all(_ALL, {"account_id": account_id}, FeaturedTag, slow=True)


async def most_used(db: Database, account_id: int, limit: int) -> list[int]:
    """Tags not yet featured that an account's last thousand statuses use most."""
    params = {"account_id": account_id, "limit": limit}
    return [row[0] for row in await db.fetch_all(_MOST_USED, params, slow=True)]
