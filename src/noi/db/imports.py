"""Which lines of an import are done."""

from collections.abc import Sequence

from noi.db.database import Reader, Transaction

_KNOWN = """SELECT source_id, status_id FROM imported_statuses
WHERE account_id = :account_id AND source_id @in(:source_ids)"""
_INSERT = """INSERT INTO imported_statuses (account_id, source_id, status_id)
VALUES (:account_id, :source_id, :status_id)"""


async def known(reader: Reader, account_id: int, source_ids: Sequence[str]) -> dict[str, int]:
    """The statuses that earlier lines became, by the ids that the lines gave."""
    if not source_ids:
        return {}
    params = {"account_id": account_id, "source_ids": list(source_ids)}
    return {row[0]: row[1] for row in await reader.fetch_all(_KNOWN, params)}


async def insert(tx: Transaction, account_id: int, source_id: str, status_id: int) -> None:
    """Remember what a line became; raises Duplicate when it was done before."""
    row = {"account_id": account_id, "source_id": source_id, "status_id": status_id}
    await tx.execute(_INSERT, row)
