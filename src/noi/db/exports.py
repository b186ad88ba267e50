"""Archives of one's own data, and the reads that fill them."""

import msgspec

from noi.db.database import Reader, Row, Transaction


class Export(msgspec.Struct, array_like=True):
    """A row of `exports`; `state` is pending, ready or failed."""

    id: int
    account_id: int
    state: str
    file: str
    file_size: int
    error: str
    created_at: int
    expires_at: int


_COLUMNS = ", ".join(Export.__struct_fields__)
_GET = f"SELECT {_COLUMNS} FROM exports WHERE id = :id"
_BY_ACCOUNT = f"""SELECT {_COLUMNS} FROM exports
WHERE account_id = :account_id AND expires_at > :now ORDER BY id DESC LIMIT 20"""
_EXPIRED = f"SELECT {_COLUMNS} FROM exports WHERE expires_at <= :now LIMIT 100"
_INSERT = f"""INSERT INTO exports ({_COLUMNS})
VALUES (:id, :account_id, :state, :file, :file_size, :error, :created_at, :expires_at)"""
_FINISH = """UPDATE exports SET state = :state, file = :file, file_size = :file_size,
    error = :error, expires_at = :expires_at WHERE id = :id"""
_DELETE = "DELETE FROM exports WHERE id = :id"

_HANDLE = """CASE WHEN a.domain = '' THEN a.username || '@' || CAST(:host AS TEXT)
    ELSE a.username || '@' || a.domain END"""
_STATUSES = """SELECT id FROM statuses
WHERE account_id = :account_id AND deleted_at IS NULL AND id > :after ORDER BY id LIMIT :limit"""
_FOLLOWING = f"""SELECT f.id, {_HANDLE}, f.show_reblogs, f.notify, f.languages
FROM follows f JOIN accounts a ON a.id = f.target_id
WHERE f.account_id = :account_id AND f.id > :after ORDER BY f.id LIMIT :limit"""
_FOLLOWERS = f"""SELECT f.id, {_HANDLE} FROM follows f JOIN accounts a ON a.id = f.account_id
WHERE f.target_id = :account_id AND f.id > :after ORDER BY f.id LIMIT :limit"""
_LISTS = f"""SELECT m.id, l.title, {_HANDLE} FROM lists l
JOIN list_accounts m ON m.list_id = l.id JOIN accounts a ON a.id = m.account_id
WHERE l.account_id = :account_id AND m.id > :after ORDER BY m.id LIMIT :limit"""
_BLOCKS = f"""SELECT b.id, {_HANDLE} FROM blocks b JOIN accounts a ON a.id = b.target_id
WHERE b.account_id = :account_id AND b.id > :after ORDER BY b.id LIMIT :limit"""
_MUTES = f"""SELECT m.id, {_HANDLE}, m.notifications FROM mutes m
JOIN accounts a ON a.id = m.target_id
WHERE m.account_id = :account_id AND m.id > :after ORDER BY m.id LIMIT :limit"""
_DOMAINS = """SELECT id, domain FROM user_domain_blocks
WHERE account_id = :account_id AND id > :after ORDER BY id LIMIT :limit"""
_BOOKMARKS = """SELECT b.id, s.uri FROM bookmarks b JOIN statuses s ON s.id = b.status_id
WHERE b.account_id = :account_id AND s.deleted_at IS NULL AND b.id > :after
ORDER BY b.id LIMIT :limit"""

TABLES = {
    "following": _FOLLOWING,
    "followers": _FOLLOWERS,
    "lists": _LISTS,
    "blocks": _BLOCKS,
    "mutes": _MUTES,
    "domains": _DOMAINS,
    "bookmarks": _BOOKMARKS,
}
"""Reads by name; the first column of each is what its pages go by."""


async def get(reader: Reader, export_id: int) -> Export | None:
    """An archive by id."""
    return await reader.fetch_one(_GET, {"id": export_id}, Export)


async def by_account(reader: Reader, account_id: int, now: int) -> list[Export]:
    """Someone's archives that have not expired, newest first."""
    return await reader.fetch_all(_BY_ACCOUNT, {"account_id": account_id, "now": now}, Export)


async def expired(reader: Reader, now: int) -> list[Export]:
    """Some archives whose time is over."""
    return await reader.fetch_all(_EXPIRED, {"now": now}, Export)


async def insert(tx: Transaction, export: Export) -> None:
    """Store a new archive's row."""
    await tx.execute(_INSERT, msgspec.structs.asdict(export))


async def finish(tx: Transaction, export: Export) -> bool:
    """Store how making an archive ended; False where it is not wanted any more."""
    return await tx.execute(_FINISH, msgspec.structs.asdict(export)) == 1


async def delete(tx: Transaction, export_id: int) -> None:
    """Forget an archive."""
    await tx.execute(_DELETE, {"id": export_id})


async def status_ids(reader: Reader, account_id: int, after: int, limit: int) -> list[int]:
    """The next of someone's statuses, oldest first."""
    row = {"account_id": account_id, "after": after, "limit": limit}
    return [found[0] for found in await reader.fetch_all(_STATUSES, row)]


async def lines(
    reader: Reader, table: str, account_id: int, host: str, after: int, limit: int
) -> list[Row]:
    """The next lines of one of TABLES; local handles get `host`."""
    row = {"account_id": account_id, "host": host, "after": after, "limit": limit}
    return await reader.fetch_all(TABLES[table], row)
