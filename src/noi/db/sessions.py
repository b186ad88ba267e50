"""Browser sessions, found by the hash of what the cookie holds."""

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.accounts import AccountState, Role
from noi.models.ids import now_ms


class Session(msgspec.Struct, array_like=True):
    """A row of `sessions`."""

    id_hash: bytes
    account_id: int
    user_agent: str
    created_at: int
    last_used_at: int
    expires_at: int


class SignedIn(msgspec.Struct, array_like=True):
    """A session with what a door must know of its person."""

    account_id: int
    role: Role
    locale: str
    filters_revision: int
    state: AccountState
    last_used_at: int


_COLUMNS = ", ".join(Session.__struct_fields__)
_SIGNED_IN = """SELECT s.account_id, u.role, u.locale, u.filters_revision, a.state, s.last_used_at
FROM sessions s
JOIN users u ON u.account_id = s.account_id
JOIN accounts a ON a.id = s.account_id
WHERE s.id_hash = :id_hash AND s.expires_at > :now"""
_BY_ACCOUNT = f"""SELECT {_COLUMNS} FROM sessions
WHERE account_id = :account_id AND expires_at > :now ORDER BY last_used_at DESC"""
_INSERT = f"""INSERT INTO sessions ({_COLUMNS})
VALUES (:id_hash, :account_id, :user_agent, :created_at, :last_used_at, :expires_at)"""
_TOUCH = """UPDATE sessions SET last_used_at = :now, expires_at = :expires_at
WHERE id_hash = :id_hash AND last_used_at < :before"""
_DELETE = "DELETE FROM sessions WHERE id_hash = :id_hash AND account_id = :account_id"
_DELETE_ALL = """DELETE FROM sessions
WHERE account_id = :account_id AND id_hash <> :except_hash"""


async def signed_in(reader: Reader, id_hash: bytes) -> SignedIn | None:
    """Whose session this is, unless it has expired."""
    return await reader.fetch_one(_SIGNED_IN, {"id_hash": id_hash, "now": now_ms()}, SignedIn)


async def by_account(reader: Reader, account_id: int) -> list[Session]:
    """Someone's sessions, last used first."""
    return await reader.fetch_all(_BY_ACCOUNT, {"account_id": account_id, "now": now_ms()}, Session)


async def insert(tx: Transaction, session: Session) -> None:
    """Store a new session."""
    await tx.execute(_INSERT, msgspec.structs.asdict(session))


async def touch(tx: Transaction, id_hash: bytes, *, before: int, expires_at: int) -> None:
    """Record use and extend a session, unless that was done after `before` (ms)."""
    row = {"id_hash": id_hash, "now": now_ms(), "before": before, "expires_at": expires_at}
    await tx.execute(_TOUCH, row)


async def delete(tx: Transaction, account_id: int, id_hash: bytes) -> bool:
    """End one session of an account; False when there was none."""
    return await tx.execute(_DELETE, {"id_hash": id_hash, "account_id": account_id}) == 1


async def delete_all(tx: Transaction, account_id: int, *, except_hash: bytes = b"") -> None:
    """End all sessions of an account, but the one kept."""
    await tx.execute(_DELETE_ALL, {"account_id": account_id, "except_hash": except_hash})
