"""Public posts that a hub may show."""

from collections.abc import Sequence

from noi.db.database import Reader, Transaction
from noi.models.hub_records import HubPost

_FIELDS = HubPost.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_VALUES = ", ".join(f":{name}" for name in _FIELDS)
_FIXED = ("id", "uri", "trending_at")
_CHANGES = ", ".join(f"{name} = :{name}" for name in _FIELDS if name not in _FIXED)
_GET = f"SELECT {_COLUMNS} FROM hub_posts WHERE id = :id"
_BY_URI = f"SELECT {_COLUMNS} FROM hub_posts WHERE uri = :uri"
_BY_URIS = f"SELECT {_COLUMNS} FROM hub_posts WHERE uri @in(:uris)"
_IDS = "SELECT id, uri FROM hub_posts WHERE uri @in(:uris)"
_CHECKED = "SELECT uri, id FROM hub_posts WHERE uri @in(:uris) AND checked_at >= :since"
_TAKEN = "SELECT id FROM hub_posts WHERE id @in(:ids)"
_INSERT = f"INSERT INTO hub_posts ({_COLUMNS}) VALUES ({_VALUES})"
_UPDATE = f"UPDATE hub_posts SET {_CHANGES} WHERE id = :id"
_DELETE = "DELETE FROM hub_posts WHERE id = :id AND account_id = :account_id"
_TRENDING = "UPDATE hub_posts SET trending_at = :now WHERE id = :id"
_OF_ACCOUNT = """SELECT id FROM hub_posts WHERE account_id = :account_id
ORDER BY id LIMIT CAST(:limit AS BIGINT)"""
_NEWEST = f"""SELECT {_COLUMNS} FROM hub_posts WHERE account_id = :account_id
ORDER BY id DESC LIMIT CAST(:limit AS BIGINT)"""
_COUNT = "SELECT count(*) FROM hub_posts WHERE account_id = :account_id"
_DUE = f"""SELECT {_COLUMNS} FROM hub_posts WHERE check_at <= :now
ORDER BY check_at LIMIT CAST(:limit AS BIGINT)"""
_PUT_OFF = "UPDATE hub_posts SET check_at = :check_at WHERE id @in(:ids)"
_ADOPT = """UPDATE hub_posts SET member_id = :member_id WHERE member_id IS NULL
AND account_id IN (SELECT id FROM hub_accounts WHERE host = :host)"""


async def get(reader: Reader, id_: int) -> HubPost | None:
    return await reader.fetch_one(_GET, {"id": id_}, HubPost)


async def by_uri(reader: Reader, uri: str) -> HubPost | None:
    return await reader.fetch_one(_BY_URI, {"uri": uri}, HubPost)


async def by_uris(reader: Reader, uris: Sequence[str]) -> list[HubPost]:
    return await reader.fetch_all(_BY_URIS, {"uris": list(uris)}, HubPost)


async def ids_of(reader: Reader, uris: Sequence[str]) -> dict[str, int]:
    """The ids of the posts that are held under some addresses."""
    return {uri: id_ for id_, uri in await reader.fetch_all(_IDS, {"uris": list(uris)})}


async def checked_since(reader: Reader, uris: Sequence[str], since: int) -> dict[str, int]:
    """The ids of those posts under some addresses that were read since a time (ms)."""
    return dict(await reader.fetch_all(_CHECKED, {"uris": list(uris), "since": since}))


async def taken(reader: Reader, ids: Sequence[int]) -> set[int]:
    """Which of some ids posts have already."""
    return {row[0] for row in await reader.fetch_all(_TAKEN, {"ids": list(ids)})}


async def insert_all(tx: Transaction, new: Sequence[HubPost]) -> None:
    await tx.execute_all(_INSERT, [_row(post) for post in new])


async def update(tx: Transaction, post: HubPost) -> None:
    """Write what was read anew; whether it was said to trend stays."""
    row = _row(post)
    await tx.execute(_UPDATE, {name: row[name] for name in row if name not in _FIXED[1:]})


async def delete(tx: Transaction, id_: int, account_id: int) -> bool:
    """Remove a post of an account; False where it is not there, or another's by now."""
    return await tx.execute(_DELETE, {"id": id_, "account_id": account_id}) == 1


async def trending(tx: Transaction, id_: int, now: int) -> None:
    """Note that a member says that a post is talked about (ms)."""
    await tx.execute(_TRENDING, {"id": id_, "now": now})


async def of_account(reader: Reader, account_id: int, limit: int) -> list[int]:
    """The ids of an account's oldest posts."""
    rows = await reader.fetch_all(_OF_ACCOUNT, {"account_id": account_id, "limit": limit})
    return [row[0] for row in rows]


async def newest(reader: Reader, account_id: int, limit: int) -> list[HubPost]:
    params = {"account_id": account_id, "limit": limit}
    return await reader.fetch_all(_NEWEST, params, HubPost)


async def count(reader: Reader, account_id: int) -> int:
    return await reader.fetch_value(_COUNT, {"account_id": account_id})


async def due(reader: Reader, now: int, limit: int) -> list[HubPost]:
    """Posts that are to be checked again, those first that wait longest."""
    return await reader.fetch_all(_DUE, {"now": now, "limit": limit}, HubPost)


async def put_off(tx: Transaction, ids: Sequence[int], check_at: int) -> None:
    """Check posts at a later time (ms)."""
    await tx.execute(_PUT_OFF, {"ids": sorted(ids), "check_at": check_at})


async def adopt(tx: Transaction, host: str, member_id: int) -> None:
    """Let posts that were held before belong to the member that their host has become."""
    await tx.execute(_ADOPT, {"host": host, "member_id": member_id})


def _row(post: HubPost) -> dict[str, object]:
    return {name: getattr(post, name) for name in _FIELDS}
