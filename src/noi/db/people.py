"""The people of this network as its operator sees them at the command line."""

import msgspec

from noi.db.accounts import username_key
from noi.db.database import Reader
from noi.models.accounts import AccountState, Role


class Person(msgspec.Struct, array_like=True, frozen=True):
    """A local account that someone signs in to; times in ms."""

    id: int
    username: str
    email: str
    role: Role
    state: AccountState
    confirmed_at: int | None
    approved_at: int | None
    created_at: int
    last_active_at: int | None
    statuses_count: int


_PEOPLE = """SELECT a.id, a.username, u.email, u.role, a.state, u.confirmed_at, u.approved_at,
    a.created_at, u.last_active_at, a.statuses_count
FROM users u JOIN accounts a ON a.id = u.account_id"""
_PAGE = f"""{_PEOPLE} WHERE u.account_id > :after ORDER BY u.account_id
LIMIT CAST(:limit AS BIGINT)"""
_GET = f"{_PEOPLE} WHERE a.username_key = :username_key AND a.domain = ''"


async def fetch_page(reader: Reader, *, after: int = 0, limit: int = 500) -> list[Person]:
    """People in the order in which they joined, after an id."""
    return await reader.fetch_all(_PAGE, {"after": after, "limit": limit}, Person)


async def get(reader: Reader, username: str) -> Person | None:
    """Someone by username, with or without an @ before it."""
    key = username_key(username.removeprefix("@"))
    return await reader.fetch_one(_GET, {"username_key": key}, Person)
