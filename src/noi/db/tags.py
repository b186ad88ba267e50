"""Hashtags: identified by their exact key, grouped into families of spellings."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.db.dialect import with_rows
from noi.models.ids import now_ms
from noi.models.statuses import StatusTag, Tag

_COLUMNS = "id, key, family, name"
_UPSERT = """INSERT INTO tags (id, key, family, name, created_at)
VALUES (:id, :key, :family, :name, :now) ON CONFLICT (key) DO NOTHING"""
_USE = f"""INSERT INTO tags ({_COLUMNS}, statuses_count, last_status_at, created_at)
VALUES @rows(:id, :key, :family, :name, 1, :now, :now)
ON CONFLICT (key) DO UPDATE SET statuses_count = tags.statuses_count + 1,
    last_status_at = excluded.last_status_at
RETURNING {_COLUMNS}"""
_COUNT_USE = """UPDATE tags SET statuses_count = statuses_count + 1, last_status_at = :now
WHERE id = :id"""
_GET = f"SELECT {_COLUMNS} FROM tags WHERE key = :key"
_GET_BY_ID = f"SELECT {_COLUMNS} FROM tags WHERE id = :id"
_GET_MANY = f"SELECT {_COLUMNS} FROM tags WHERE id @in(:ids)"
_FAMILY = f"""SELECT {_COLUMNS}, statuses_count FROM tags WHERE family = :family
ORDER BY statuses_count DESC LIMIT 40"""
_ATTACH = """INSERT INTO status_tags (tag_id, status_id, family, name, position)
VALUES (:tag_id, :status_id, :family, :name, :position) ON CONFLICT DO NOTHING"""
_ATTACH_NEW = """INSERT INTO status_tags (tag_id, status_id, family, name, position)
VALUES @rows(:tag_id, :status_id, :family, :name, :position)"""
_OF_STATUS = """SELECT t.id, t.key FROM status_tags st JOIN tags t ON t.id = st.tag_id
WHERE st.status_id = :status_id"""
_COUNT_LESS = """UPDATE tags SET statuses_count = statuses_count - 1
WHERE id = :id AND statuses_count > 0"""
_LOCK = "UPDATE tags SET statuses_count = statuses_count WHERE key = :key"
_DETACH = "DELETE FROM status_tags WHERE status_id = :status_id"
_OF_STATUSES = """SELECT st.status_id, st.name, t.key
FROM status_tags st JOIN tags t ON t.id = st.tag_id
WHERE st.status_id @in(:ids) ORDER BY st.status_id, st.position"""


async def ensure(tx: Transaction, new_id: int, *, key: str, family: str, name: str) -> Tag:
    """The tag with that key, made with `new_id` where there is none."""
    row = {"id": new_id, "key": key, "family": family, "name": name, "now": now_ms()}
    await tx.execute(_UPSERT, row)
    tag = await tx.fetch_one(_GET, {"key": key}, Tag)
    assert tag is not None
    return tag


async def get(reader: Reader, key: str) -> Tag | None:
    """A tag by its exact key."""
    return await reader.fetch_one(_GET, {"key": key}, Tag)


async def get_by_id(reader: Reader, tag_id: int) -> Tag | None:
    """A tag by its id."""
    return await reader.fetch_one(_GET_BY_ID, {"id": tag_id}, Tag)


async def get_many(reader: Reader, ids: Sequence[int]) -> dict[int, Tag]:
    """Tags by id; missing ones are left out."""
    if not ids:
        return {}
    return {tag.id: tag for tag in await reader.fetch_all(_GET_MANY, {"ids": list(ids)}, Tag)}


async def family(reader: Reader, family_key: str) -> list[tuple[Tag, int]]:
    """The spellings of a family with how many statuses use each, most used first."""
    rows = await reader.fetch_all(_FAMILY, {"family": family_key})
    return [(Tag(*row[:4]), row[4]) for row in rows]


async def attach(
    tx: Transaction, status_id: int, tag: Tag, *, spelling: str, position: int
) -> None:
    """Put a tag on a status, as spelled there, and count the use."""
    row = {
        "tag_id": tag.id,
        "status_id": status_id,
        "family": tag.family,
        "name": spelling,
        "position": position,
    }
    if await tx.execute(_ATTACH, row):
        await tx.execute(_COUNT_USE, {"id": tag.id, "now": now_ms()})


async def attach_all(tx: Transaction, status_id: int, new: Sequence[Tag]) -> list[int]:
    """Put tags on a status that has none, in this order, and count the uses; answers their ids.

    Each `name` is as spelled there; an `id` is taken for a tag that is not there yet.
    """
    now = now_ms()
    # In the order of keys, so that two posts at once never wait for each other in a circle.
    rows = [
        {**msgspec.structs.asdict(tag), "now": now} for tag in sorted(new, key=lambda tag: tag.key)
    ]
    ids: dict[str, int] = {}
    for sql, params in with_rows(_USE, rows):
        for tag in await tx.fetch_all(sql, params, Tag):
            ids[tag.key] = tag.id
    attached = [
        {
            "tag_id": ids[tag.key],
            "status_id": status_id,
            "family": tag.family,
            "name": tag.name,
            "position": position,
        }
        for position, tag in enumerate(new)
    ]
    for sql, params in with_rows(_ATTACH_NEW, attached):
        await tx.later(sql, params)
    return list(ids.values())


async def keys_of(tx: Transaction, status_id: int) -> list[str]:
    """The exact keys of a status's tags."""
    return [row[1] for row in await tx.fetch_all(_OF_STATUS, {"status_id": status_id})]


async def lock(tx: Transaction, key: str) -> None:
    """Let nobody else count uses of a tag until this transaction ends."""
    await tx.execute(_LOCK, {"key": key})


async def detach_all(tx: Transaction, status_id: int) -> None:
    """Take every tag off a status, and count its uses no more."""
    found = await tx.fetch_all(_OF_STATUS, {"status_id": status_id})
    await tx.execute(_DETACH, {"status_id": status_id})
    for tag_id, _ in sorted(found, key=lambda row: row[1]):  # as uses are counted
        await tx.execute(_COUNT_LESS, {"id": tag_id})


async def of_statuses(reader: Reader, ids: Sequence[int]) -> list[StatusTag]:
    """The tags of several statuses, in order."""
    if not ids:
        return []
    return await reader.fetch_all(_OF_STATUSES, {"ids": list(ids)}, StatusTag)
