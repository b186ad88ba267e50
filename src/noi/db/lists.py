"""Lists and who is on them."""

from noi.db.accounts import account_columns
from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.accounts import AccountState, PagedAccount
from noi.models.ids import now_ms
from noi.models.lists import AccountList, RepliesPolicy
from noi.models.paging import Page

_COLUMNS = "l.id, l.account_id, l.title, l.replies_policy, l.exclusive"
_ALL = f"SELECT {_COLUMNS} FROM lists l WHERE l.account_id = :account_id ORDER BY l.id LIMIT 100"
_GET = f"SELECT {_COLUMNS} FROM lists l WHERE l.id = :id AND l.account_id = :account_id"
_COUNT = "SELECT count(*) FROM lists WHERE account_id = :account_id"
_INSERT = """INSERT INTO lists (id, account_id, title, replies_policy, exclusive, created_at)
VALUES (:id, :account_id, :title, :replies_policy, :exclusive, :now)"""
_UPDATE = """UPDATE lists SET title = :title, replies_policy = :replies_policy,
    exclusive = :exclusive WHERE id = :id AND account_id = :account_id"""
_DELETE = "DELETE FROM lists WHERE id = :id"
_DELETE_MEMBERS = "DELETE FROM list_accounts WHERE list_id = :id"
_DELETE_ENTRIES = "DELETE FROM timeline_entries WHERE owner_id = :id"

_ADD = """INSERT INTO list_accounts (id, list_id, account_id)
VALUES (:id, :list_id, :account_id) ON CONFLICT (list_id, account_id) DO NOTHING"""
_REMOVE = "DELETE FROM list_accounts WHERE list_id = :list_id AND account_id = :account_id"
_MEMBERS = f"""SELECT {account_columns()}, m.id FROM list_accounts m
JOIN accounts a ON a.id = m.account_id
WHERE m.list_id = :list_id AND m.id > :after AND m.id < :before
    AND a.state <= {AccountState.LIMITED:d}
ORDER BY m.id @order LIMIT :limit"""
_WITH_MEMBER = f"""SELECT {_COLUMNS} FROM list_accounts m JOIN lists l ON l.id = m.list_id
WHERE m.account_id = :member_id AND l.account_id = :account_id ORDER BY l.id"""
_FOLLOWED = """SELECT f.target_id FROM follows f
WHERE f.account_id = :account_id AND f.target_id @in(:ids)"""


async def all_of(reader: Reader, account_id: int) -> list[AccountList]:
    """The lists of an account, oldest first."""
    return await reader.fetch_all(_ALL, {"account_id": account_id}, AccountList)


async def get(reader: Reader, account_id: int, list_id: int) -> AccountList | None:
    """A list of its owner, None for anyone else's."""
    return await reader.fetch_one(_GET, {"id": list_id, "account_id": account_id}, AccountList)


async def count(tx: Transaction, account_id: int) -> int:
    """How many lists an account has."""
    return await tx.fetch_value(_COUNT, {"account_id": account_id})


async def insert(tx: Transaction, new: AccountList) -> None:
    """Add a list."""
    await tx.execute(_INSERT, _columns(new) | {"now": now_ms()})


async def update(tx: Transaction, changed: AccountList) -> None:
    """Write a list's title, policy and exclusiveness."""
    await tx.execute(_UPDATE, _columns(changed))


async def delete(tx: Transaction, list_id: int) -> None:
    """Remove a list with its members and its timeline."""
    for sql in (_DELETE, _DELETE_MEMBERS, _DELETE_ENTRIES):
        await tx.execute(sql, {"id": list_id})


async def add(tx: Transaction, new_id: int, list_id: int, account_id: int) -> bool:
    """Put an account on a list; False when it was there."""
    return await tx.execute(_ADD, {"id": new_id, "list_id": list_id, "account_id": account_id}) == 1


async def remove(tx: Transaction, list_id: int, account_id: int) -> bool:
    """Take an account off a list; False when it was not there."""
    return await tx.execute(_REMOVE, {"list_id": list_id, "account_id": account_id}) == 1


async def members(db: Database, list_id: int, page: Page) -> list[PagedAccount]:
    """Who is on a list, newest first."""
    return await fetch_page(db, _MEMBERS, {"list_id": list_id}, page, PagedAccount)


async def with_member(reader: Reader, account_id: int, member_id: int) -> list[AccountList]:
    """Which of an account's lists another account is on."""
    params = {"account_id": account_id, "member_id": member_id}
    return await reader.fetch_all(_WITH_MEMBER, params, AccountList)


async def followed(tx: Transaction, account_id: int, ids: list[int]) -> set[int]:
    """Which of some accounts an account follows."""
    rows = await tx.fetch_all(_FOLLOWED, {"account_id": account_id, "ids": ids})
    return {row[0] for row in rows}


def _columns(item: AccountList) -> dict[str, object]:
    return {
        "id": item.id,
        "account_id": item.account_id,
        "title": item.title,
        "replies_policy": str(RepliesPolicy(item.replies_policy)),
        "exclusive": int(item.exclusive),
    }
