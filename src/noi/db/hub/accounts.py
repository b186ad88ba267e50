"""People that a hub may show, and whom of each other they follow."""

from collections.abc import Iterable, Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.hub_records import HubAccount

_FIELDS = HubAccount.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_VALUES = ", ".join(f":{name}" for name in _FIELDS)
_FIXED = ("id", "uri", "created_at", "last_post_at", "following_read_at")
_CHANGES = ", ".join(f"{name} = :{name}" for name in _FIELDS if name not in _FIXED)
_GET = f"SELECT {_COLUMNS} FROM hub_accounts WHERE id = :id"
_BY_URI = f"SELECT {_COLUMNS} FROM hub_accounts WHERE uri = :uri"
_BY_URIS = f"SELECT {_COLUMNS} FROM hub_accounts WHERE uri @in(:uris)"
_CHECKED = "SELECT uri FROM hub_accounts WHERE uri @in(:uris) AND checked_at >= :since"
_INSERT = f"INSERT INTO hub_accounts ({_COLUMNS}) VALUES ({_VALUES})"
_UPDATE = f"UPDATE hub_accounts SET {_CHANGES} WHERE id = :id"
_DELETE = "DELETE FROM hub_accounts WHERE id = :id"
_HIDE_POSTS = "UPDATE hub_accounts SET indexable = 0 WHERE id = :id"
_POSTED = """UPDATE hub_accounts SET last_post_at = :at,
    language = CASE WHEN language = '' THEN :language ELSE language END
WHERE id = :id AND (last_post_at IS NULL OR last_post_at < :at)"""
_DUE = f"""SELECT {_COLUMNS} FROM hub_accounts WHERE check_at <= :now
ORDER BY check_at LIMIT CAST(:limit AS BIGINT)"""
_PUT_OFF = "UPDATE hub_accounts SET check_at = :check_at WHERE id @in(:ids)"
_ADOPT = """UPDATE hub_accounts SET member_id = :member_id
WHERE host = :host AND member_id IS NULL"""
_FOLLOWING_READ = "UPDATE hub_accounts SET following_read_at = :now WHERE id = :id"

_UNFOLLOW = """DELETE FROM hub_follows WHERE account_id = :id
AND target_id NOT IN (SELECT id FROM hub_accounts WHERE uri @in(:uris))"""
_FOLLOW = """INSERT INTO hub_follows (account_id, target_id)
SELECT CAST(:id AS BIGINT), id FROM hub_accounts WHERE uri @in(:uris) AND id <> :id ORDER BY id
ON CONFLICT (account_id, target_id) DO NOTHING"""
_FORGET_FOLLOWS = "DELETE FROM hub_follows WHERE account_id = :id"
_FORGET_FOLLOWERS = "DELETE FROM hub_follows WHERE target_id = :id"
_COUNT_FOLLOWS = """SELECT (SELECT count(*) FROM hub_follows WHERE account_id = :id),
    (SELECT count(*) FROM hub_follows WHERE target_id = :id)"""
_TAGS = "SELECT name FROM hub_account_tags WHERE account_id = :id ORDER BY family"


async def get(reader: Reader, id_: int) -> HubAccount | None:
    return await reader.fetch_one(_GET, {"id": id_}, HubAccount)


async def by_uri(reader: Reader, uri: str) -> HubAccount | None:
    return await reader.fetch_one(_BY_URI, {"uri": uri}, HubAccount)


async def by_uris(reader: Reader, uris: Sequence[str]) -> list[HubAccount]:
    return await reader.fetch_all(_BY_URIS, {"uris": list(uris)}, HubAccount)


async def checked_since(reader: Reader, uris: Sequence[str], since: int) -> set[str]:
    """Which of some addresses are those of accounts that were read since a time (ms)."""
    rows = await reader.fetch_all(_CHECKED, {"uris": list(uris), "since": since})
    return {row[0] for row in rows}


async def insert(tx: Transaction, account: HubAccount) -> None:
    await tx.execute(_INSERT, _row(account))


async def update(tx: Transaction, account: HubAccount) -> None:
    """Write what was read anew; when it came, last posted and was asked for follows stays."""
    row = _row(account)
    await tx.execute(_UPDATE, {name: row[name] for name in row if name not in _FIXED[1:]})


async def delete(tx: Transaction, id_: int) -> None:
    """Remove an account and its follows; its posts are removed apart."""
    await tx.execute(_DELETE, {"id": id_})
    await tx.execute(_FORGET_FOLLOWS, {"id": id_})
    await tx.execute(_FORGET_FOLLOWERS, {"id": id_})


async def hide_posts(tx: Transaction, id_: int) -> None:
    """Show no post of an account any more, at once."""
    await tx.execute(_HIDE_POSTS, {"id": id_})


class Wrote(msgspec.Struct, frozen=True):
    """When an account wrote something (ms), and in which language."""

    id: int
    at: int
    language: str


async def posted(tx: Transaction, wrote: Iterable[Wrote]) -> None:
    """Note when accounts wrote something, and in which language, where none is known."""
    rows = [msgspec.structs.asdict(one) for one in sorted(wrote, key=lambda one: one.id)]
    await tx.execute_all(_POSTED, rows)


async def due(reader: Reader, now: int, limit: int) -> list[HubAccount]:
    """Accounts whose consent is to be checked again, those first that wait longest."""
    return await reader.fetch_all(_DUE, {"now": now, "limit": limit}, HubAccount)


async def put_off(tx: Transaction, ids: Sequence[int], check_at: int) -> None:
    """Check accounts at a later time (ms)."""
    await tx.execute(_PUT_OFF, {"ids": sorted(ids), "check_at": check_at})


async def adopt(tx: Transaction, host: str, member_id: int) -> None:
    """Let accounts that were held before belong to the member that their host has become."""
    await tx.execute(_ADOPT, {"host": host, "member_id": member_id})


async def following_read(tx: Transaction, id_: int, uris: Sequence[str], now: int) -> None:
    """Write whom an account follows, as far as they are held."""
    named = list(uris)
    await tx.execute(_UNFOLLOW, {"id": id_, "uris": named})
    await tx.execute(_FOLLOW, {"id": id_, "uris": named})
    await tx.execute(_FOLLOWING_READ, {"id": id_, "now": now})


async def count_follows(reader: Reader, id_: int) -> tuple[int, int]:
    """How many held accounts one follows, and how many follow it."""
    found = await reader.fetch_one(_COUNT_FOLLOWS, {"id": id_})
    return (found[0], found[1]) if found else (0, 0)


async def tags(reader: Reader, id_: int) -> list[str]:
    """The hashtags in an account's profile."""
    return [row[0] for row in await reader.fetch_all(_TAGS, {"id": id_})]


def _row(account: HubAccount) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(account, name) for name in _FIELDS}
    return {**row, "discoverable": int(account.discoverable), "indexable": int(account.indexable)}
