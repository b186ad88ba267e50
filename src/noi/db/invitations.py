"""Invitations; the code itself is shown once and stored as a hash."""

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.accounts import Role
from noi.models.ids import now_ms


class Invitation(msgspec.Struct, array_like=True):
    """A row of `invitations` without its hash; `role` is what whoever takes it becomes."""

    id: int
    account_id: int
    note: str
    max_uses: int | None
    uses: int
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    role: str = Role.MEMBER.value


_COLUMNS = ", ".join(Invitation.__struct_fields__)
_USABLE = """revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)
    AND (max_uses IS NULL OR uses < max_uses)"""
_GET_USABLE = f"SELECT {_COLUMNS} FROM invitations WHERE code_hash = :code_hash AND {_USABLE}"
_BY_ACCOUNT = f"""SELECT {_COLUMNS} FROM invitations
WHERE account_id = :account_id AND role = '{Role.MEMBER}' ORDER BY id DESC LIMIT :limit"""
_FOR_TEAM = f"""SELECT {_COLUMNS} FROM invitations
WHERE role <> '{Role.MEMBER}' AND {_USABLE} ORDER BY id DESC LIMIT :limit"""
_INSERT = f"""INSERT INTO invitations ({_COLUMNS}, code_hash)
VALUES (:id, :account_id, :note, :max_uses, :uses, :created_at, :expires_at, :revoked_at,
    :role, :code_hash)"""
_USE = f"UPDATE invitations SET uses = uses + 1 WHERE id = :id AND {_USABLE}"
_REVOKE_FOR_TEAM = f"""UPDATE invitations SET revoked_at = :now
WHERE id = :id AND role <> '{Role.MEMBER}' AND revoked_at IS NULL"""
_REVOKE = """UPDATE invitations SET revoked_at = :now
WHERE id = :id AND account_id = :account_id AND revoked_at IS NULL"""
_DELETE_OF_ACCOUNT = "DELETE FROM invitations WHERE account_id = :account_id"


async def get_usable(reader: Reader, code_hash: bytes) -> Invitation | None:
    """An invitation that still lets someone in."""
    row = {"code_hash": code_hash, "now": now_ms()}
    return await reader.fetch_one(_GET_USABLE, row, Invitation)


async def by_account(reader: Reader, account_id: int, limit: int) -> list[Invitation]:
    """Someone's invitations to be a member, newest first."""
    row = {"account_id": account_id, "limit": limit}
    return await reader.fetch_all(_BY_ACCOUNT, row, Invitation)


async def for_team(reader: Reader, limit: int) -> list[Invitation]:
    """Invitations to look after the network that may still be taken, newest first."""
    return await reader.fetch_all(_FOR_TEAM, {"now": now_ms(), "limit": limit}, Invitation)


async def revoke_for_team(tx: Transaction, invitation_id: int) -> bool:
    """End one of these, whoever made it; False when there was none."""
    return await tx.execute(_REVOKE_FOR_TEAM, {"id": invitation_id, "now": now_ms()}) == 1


async def insert(tx: Transaction, invitation: Invitation, code_hash: bytes) -> None:
    """Store a new invitation."""
    await tx.execute(_INSERT, {**msgspec.structs.asdict(invitation), "code_hash": code_hash})


async def use(tx: Transaction, invitation_id: int) -> bool:
    """Count one use; False when it lets nobody in any more."""
    return await tx.execute(_USE, {"id": invitation_id, "now": now_ms()}) == 1


async def revoke(tx: Transaction, account_id: int, invitation_id: int) -> bool:
    """End an invitation of an account; False when there was none."""
    row = {"id": invitation_id, "account_id": account_id, "now": now_ms()}
    return await tx.execute(_REVOKE, row) == 1


async def delete_of_account(tx: Transaction, account_id: int) -> None:
    """Forget someone's invitations."""
    await tx.execute(_DELETE_OF_ACCOUNT, {"account_id": account_id})
