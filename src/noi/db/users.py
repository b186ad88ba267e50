"""The sign-in side of local accounts."""

from collections.abc import Mapping

import msgspec

from noi.db.database import Reader, Row, Transaction
from noi.models.accounts import Role, User
from noi.models.ids import now_ms


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user to insert beside its account; e-mail addresses are stored in lower case."""

    account_id: int
    email: str
    password_hash: str
    role: Role = Role.MEMBER
    locale: str = ""
    time_zone: str = "Asia/Ho_Chi_Minh"
    confirmed_at: int | None = None
    approved_at: int | None = None
    signup_reason: str = ""
    invitation_id: int | None = None


_COLUMNS = ", ".join(f"u.{name}" for name in User.__struct_fields__)
_GET = f"SELECT {_COLUMNS} FROM users u WHERE u.account_id = :account_id"
_GET_BY_EMAIL = f"SELECT {_COLUMNS} FROM users u WHERE u.email = :email AND u.email <> ''"
_INSERT = """INSERT INTO users (account_id, email, password_hash, role, locale, time_zone,
    confirmed_at, approved_at, signup_reason, invitation_id, created_at, home_built_at)
VALUES (:account_id, :email, :password_hash, :role, :locale, :time_zone,
    :confirmed_at, :approved_at, :signup_reason, :invitation_id, :now, :now)"""
_REHASH = "UPDATE users SET password_hash = :value WHERE account_id = :account_id"
_SET_ROLE = "UPDATE users SET role = :value WHERE account_id = :account_id"
_CONFIRM = """UPDATE users SET email = :email, confirmed_at = coalesce(confirmed_at, :now)
WHERE account_id = :account_id"""
_SET_EMAIL = "UPDATE users SET email = :email WHERE account_id = :account_id"
_APPROVE = """UPDATE users SET approved_at = :now
WHERE account_id = :account_id AND approved_at IS NULL"""
_PENDING = f"""SELECT {_COLUMNS} FROM users u
WHERE u.approved_at IS NULL AND u.created_at > :after ORDER BY u.created_at LIMIT :limit"""
_STAFF = "SELECT account_id FROM users WHERE role <> 'member' ORDER BY account_id"
_COUNT = "SELECT count(*) FROM users"
_TOUCH = """UPDATE users SET last_active_at = :now
WHERE account_id = :account_id AND (last_active_at IS NULL OR last_active_at < :before)"""
_DELETE = "DELETE FROM users WHERE account_id = :account_id"
_DELETE_UNFINISHED = f"{_DELETE} AND (confirmed_at IS NULL OR approved_at IS NULL)"
_UNFINISHED = """SELECT account_id FROM users
WHERE account_id @in(:ids) AND (confirmed_at IS NULL OR approved_at IS NULL)"""
_ROLES = "SELECT account_id, role FROM users WHERE account_id @in(:ids)"

PREFERENCE_COLUMNS = frozenset(
    {
        "locale",
        "time_zone",
        "default_visibility",
        "default_sensitive",
        "default_language",
        "preferences",
    }
)
"""What `update_preferences` may change."""


async def get(reader: Reader, account_id: int) -> User | None:
    """The user of a local account; None for remote and deleted ones."""
    return await reader.fetch_one(_GET, {"account_id": account_id}, User)


async def get_by_email(reader: Reader, email: str) -> User | None:
    """The user who has confirmed or first claimed an e-mail address (given in lower case)."""
    return await reader.fetch_one(_GET_BY_EMAIL, {"email": email}, User)


async def roles(reader: Reader, ids: list[int]) -> dict[int, Role]:
    """The roles of those of some accounts that are local users."""
    rows: list[Row] = await reader.fetch_all(_ROLES, {"ids": ids}) if ids else []
    return {account_id: Role(role) for account_id, role in rows}


async def unfinished(reader: Reader, ids: list[int]) -> set[int]:
    """Those of some accounts whose sign-up is not confirmed or not approved."""
    rows: list[Row] = await reader.fetch_all(_UNFINISHED, {"ids": ids}) if ids else []
    return {row[0] for row in rows}


async def insert(tx: Transaction, new: NewUser) -> None:
    """Insert a user; raises Duplicate when the e-mail address is another's."""
    await tx.execute(_INSERT, {**msgspec.structs.asdict(new), "now": now_ms()})


async def set_password(tx: Transaction, account_id: int, password_hash: str) -> None:
    """Store a new password's hash."""
    await tx.execute(_REHASH, {"account_id": account_id, "value": password_hash})


async def set_role(tx: Transaction, account_id: int, role: Role) -> None:
    """Make someone a member, moderator, admin or owner."""
    await tx.execute(_SET_ROLE, {"account_id": account_id, "value": role})


async def set_email(tx: Transaction, account_id: int, email: str) -> None:
    """Store an address that needs no confirmation; raises Duplicate when it is another's."""
    await tx.execute(_SET_EMAIL, {"account_id": account_id, "email": email})


async def confirm(tx: Transaction, account_id: int, email: str) -> None:
    """Record that an address is theirs; raises Duplicate when it is another's by now."""
    await tx.execute(_CONFIRM, {"account_id": account_id, "email": email, "now": now_ms()})


async def approve(tx: Transaction, account_id: int) -> bool:
    """Let someone in who waits for approval; False when nobody was waiting."""
    return await tx.execute(_APPROVE, {"account_id": account_id, "now": now_ms()}) == 1


async def pending(reader: Reader, *, after: int = 0, limit: int = 40) -> list[User]:
    """Who waits for approval, longest first, signed up after a time in milliseconds."""
    return await reader.fetch_all(_PENDING, {"after": after, "limit": limit}, User)


async def staff(reader: Reader) -> list[int]:
    """The accounts of moderators, admins and owners."""
    return [row[0] for row in await reader.fetch_all(_STAFF)]


async def count(reader: Reader) -> int:
    """How many people have an account here."""
    return await reader.fetch_value(_COUNT)


async def update_preferences(
    tx: Transaction, account_id: int, changes: Mapping[str, object]
) -> None:
    """Set some of PREFERENCE_COLUMNS."""
    unknown = changes.keys() - PREFERENCE_COLUMNS
    if unknown:
        raise ValueError(f"not preferences: {sorted(unknown)}")
    values = {
        name: int(value) if isinstance(value, bool) else value for name, value in changes.items()
    }
    assignments = ", ".join(f"{name} = :{name}" for name in sorted(values))
    sql = f"UPDATE users SET {assignments} WHERE account_id = :account_id"
    await tx.execute(sql, {**values, "account_id": account_id})


async def touch(tx: Transaction, account_id: int, before: int) -> None:
    """Record that someone is active now, unless that was recorded after `before` (ms)."""
    await tx.execute(_TOUCH, {"account_id": account_id, "now": now_ms(), "before": before})


async def delete(tx: Transaction, account_id: int) -> None:
    """Forget how an account signed in: its e-mail address and password go with the row."""
    await tx.execute(_DELETE, {"account_id": account_id})


async def delete_unfinished(tx: Transaction, account_id: int) -> bool:
    """Forget a sign-up; False where it was confirmed and approved meanwhile, or is gone."""
    return await tx.execute(_DELETE_UNFINISHED, {"account_id": account_id}) == 1
