"""What a network keeps about itself: named values."""

from noi.db.database import Reader, Transaction

_GET = "SELECT value FROM settings WHERE name = :name"
_PUT = """INSERT INTO settings (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value"""
_LOCK = """INSERT INTO settings (name, value) VALUES (:name, '')
ON CONFLICT (name) DO UPDATE SET value = settings.value"""
_DELETE = "DELETE FROM settings WHERE name = :name"

_IS_LOCAL = """SELECT 1 FROM users JOIN accounts ON accounts.id = users.account_id
WHERE accounts.id = :id AND accounts.deleted_at IS NULL"""


async def get(reader: Reader, name: str) -> str:
    """A value, or an empty string where nothing is kept under that name."""
    value: str | None = await reader.fetch_value(_GET, {"name": name})
    return value or ""


async def get_locked(tx: Transaction, name: str) -> str:
    """The same, and nobody else reads it this way or changes it before this transaction ends."""
    await tx.execute(_LOCK, {"name": name})
    value: str = await tx.fetch_value(_GET, {"name": name})
    return value


async def put(tx: Transaction, name: str, value: str) -> None:
    await tx.execute(_PUT, {"name": name, "value": value})


async def delete(tx: Transaction, name: str) -> None:
    await tx.execute(_DELETE, {"name": name})


async def is_local_account(tx: Transaction, account_id: int) -> bool:
    """Whether someone here signs in as that account."""
    return await tx.fetch_value(_IS_LOCAL, {"id": account_id}) is not None
