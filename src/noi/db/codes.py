"""One-time codes sent by e-mail or printed: confirmations, password resets, set-up."""

import msgspec

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms


class OneTimeCode(msgspec.Struct, array_like=True):
    """Whom a code is for; `subject` is what it is about, such as the e-mail address to confirm."""

    account_id: int | None
    subject: str


_INSERT = """INSERT INTO one_time_codes
    (code_hash, purpose, account_id, subject, created_at, expires_at)
VALUES (:code_hash, :purpose, :account_id, :subject, :now, :expires_at)"""
_GET = """SELECT account_id, subject FROM one_time_codes
WHERE code_hash = :code_hash AND purpose = :purpose AND expires_at > :now"""
_DELETE = "DELETE FROM one_time_codes WHERE code_hash = :code_hash"
_DELETE_OF_ACCOUNT = """DELETE FROM one_time_codes
WHERE account_id = :account_id AND purpose = :purpose"""
_DELETE_ALL_OF_ACCOUNT = "DELETE FROM one_time_codes WHERE account_id = :account_id"


async def insert(
    tx: Transaction,
    code_hash: bytes,
    *,
    purpose: str,
    expires_at: int,
    account_id: int | None = None,
    subject: str = "",
) -> None:
    """Store a code, in place of the account's earlier codes of that purpose."""
    if account_id is not None:
        await tx.execute(_DELETE_OF_ACCOUNT, {"account_id": account_id, "purpose": purpose})
    row = {
        "code_hash": code_hash,
        "purpose": purpose,
        "account_id": account_id,
        "subject": subject,
        "now": now_ms(),
        "expires_at": expires_at,
    }
    await tx.execute(_INSERT, row)


async def get(reader: Reader, code_hash: bytes, purpose: str) -> OneTimeCode | None:
    """A code that has neither been used nor expired."""
    row = {"code_hash": code_hash, "purpose": purpose, "now": now_ms()}
    return await reader.fetch_one(_GET, row, OneTimeCode)


async def take(tx: Transaction, code_hash: bytes, purpose: str) -> OneTimeCode | None:
    """Use a code up; None when it was used before or has expired."""
    found = await get(tx, code_hash, purpose)
    if found is None or await tx.execute(_DELETE, {"code_hash": code_hash}) == 0:
        return None
    return found


async def delete_of_account(tx: Transaction, account_id: int) -> None:
    """Forget every code of an account."""
    await tx.execute(_DELETE_ALL_OF_ACCOUNT, {"account_id": account_id})
