"""Who and what of the hub may be shown just now: every reading for others goes through here.

People show while they consent themselves and while their network, if it is or was a member, is in
good standing; posts while their author does.
"""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader
from noi.models.hub_records import HubAccount, HubPost

_BAD = "('refused', 'suspended', 'leaving', 'left')"


def standing(account: str) -> str:
    """The condition that an account's network does not keep it from being shown."""
    return f"""NOT EXISTS (SELECT 1 FROM hub_members m
    WHERE m.host = {account}.host AND m.state IN {_BAD})
AND NOT EXISTS (SELECT 1 FROM hub_members m
    WHERE m.id = {account}.member_id AND m.state IN {_BAD})"""


_ACCOUNT = ", ".join(f"a.{name}" for name in HubAccount.__struct_fields__)
_POST = ", ".join(f"p.{name}" for name in HubPost.__struct_fields__)
_AUTHORS = "FROM hub_posts p JOIN hub_accounts a ON a.id = p.account_id"
_ACCOUNTS = f"""SELECT {_ACCOUNT} FROM hub_accounts a
WHERE a.id @in(:ids) AND a.discoverable = 1 AND {standing("a")}"""
_ACTIVE = f"""SELECT a.id, coalesce(a.last_post_at, 0) FROM hub_accounts a
WHERE a.id @in(:ids) AND a.discoverable = 1 AND {standing("a")}"""
_WRITTEN = f"""SELECT p.id, p.account_id {_AUTHORS}
WHERE p.id @in(:ids) AND a.indexable = 1 AND {standing("a")}"""
_POSTS = f"""SELECT {_POST} {_AUTHORS}
WHERE p.id @in(:ids) AND a.indexable = 1 AND {standing("a")}"""
_EXAMPLES = f"{_POSTS} AND a.discoverable = 1"
_BY_HANDLE = """SELECT id FROM hub_accounts
WHERE username @in(:names) AND (domain = :domain OR :domain = '') ORDER BY id LIMIT 20"""
_AUTHORS_OF = f"SELECT {_ACCOUNT} FROM hub_accounts a WHERE a.id @in(:ids)"


class Written(msgspec.Struct, array_like=True, frozen=True):
    """A post that may be shown, and its author."""

    id: int
    account_id: int


async def accounts(reader: Reader, ids: Sequence[int]) -> dict[int, HubAccount]:
    """Those of some accounts that may be found."""
    rows = await reader.fetch_all(_ACCOUNTS, {"ids": list(ids)}, HubAccount)
    return {row.id: row for row in rows}


async def active(reader: Reader, ids: Sequence[int]) -> dict[int, int]:
    """Those of some accounts that may be found, with when they last wrote (ms, 0 for never)."""
    return {row[0]: row[1] for row in await reader.fetch_all(_ACTIVE, {"ids": list(ids)})}


async def written(reader: Reader, ids: Sequence[int]) -> dict[int, int]:
    """The authors of those of some posts that may be found."""
    rows = await reader.fetch_all(_WRITTEN, {"ids": list(ids)}, Written)
    return {row.id: row.account_id for row in rows}


async def posts(reader: Reader, ids: Sequence[int]) -> dict[int, HubPost]:
    """Those of some posts that may be found."""
    rows = await reader.fetch_all(_POSTS, {"ids": list(ids)}, HubPost)
    return {row.id: row for row in rows}


async def examples(reader: Reader, ids: Sequence[int]) -> dict[int, HubPost]:
    """Those of some posts that may be shown to who did not look for them."""
    rows = await reader.fetch_all(_EXAMPLES, {"ids": list(ids)}, HubPost)
    return {row.id: row for row in rows}


async def authors(reader: Reader, ids: Sequence[int]) -> dict[int, HubAccount]:
    """The authors of posts that were found to be visible."""
    rows = await reader.fetch_all(_AUTHORS_OF, {"ids": list(ids)}, HubAccount)
    return {row.id: row for row in rows}


async def by_handle(reader: Reader, username: str, domain: str) -> list[int]:
    """Accounts with just this name, on a domain if one is given."""
    params = {"names": sorted({username, username.lower()}), "domain": domain}
    return [row[0] for row in await reader.fetch_all(_BY_HANDLE, params)]
