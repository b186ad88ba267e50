"""Private notes about accounts, seen only by who wrote them."""

from noi.db.database import Reader, Transaction

_UPSERT = """INSERT INTO account_notes (account_id, target_id, comment)
VALUES (:account_id, :target_id, :comment)
ON CONFLICT (account_id, target_id) DO UPDATE SET comment = excluded.comment"""
_GET = "SELECT comment FROM account_notes WHERE account_id = :account_id AND target_id = :target_id"
_DELETE = "DELETE FROM account_notes WHERE account_id = :account_id AND target_id = :target_id"


async def put(tx: Transaction, account_id: int, target_id: int, comment: str) -> None:
    """Write, replace or (with an empty comment) remove a note."""
    if comment:
        row = {"account_id": account_id, "target_id": target_id, "comment": comment}
        await tx.execute(_UPSERT, row)
    else:
        await tx.execute(_DELETE, {"account_id": account_id, "target_id": target_id})


async def get(reader: Reader, account_id: int, target_id: int) -> str:
    """What somebody noted about an account; empty for nothing."""
    params = {"account_id": account_id, "target_id": target_id}
    return await reader.fetch_value(_GET, params) or ""
