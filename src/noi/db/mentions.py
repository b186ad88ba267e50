"""Who a status names, and who may see it besides."""

from collections.abc import Sequence

from noi.db.database import Reader, Transaction
from noi.db.dialect import with_rows
from noi.models.statuses import Mention

_INSERT = """INSERT INTO mentions (status_id, account_id, silent, position)
VALUES @rows(:status_id, :account_id, :silent, :position)
ON CONFLICT (status_id, account_id) DO UPDATE SET silent = excluded.silent,
    position = excluded.position"""
_SILENCE = "UPDATE mentions SET silent = 1 WHERE status_id = :status_id"
_OF_STATUSES = """SELECT m.status_id, m.account_id, a.username, a.domain, a.url, m.silent
FROM mentions m JOIN accounts a ON a.id = m.account_id
WHERE m.status_id @in(:ids) ORDER BY m.status_id, m.position"""
_DELETE = "DELETE FROM mentions WHERE status_id = :status_id"


async def insert(
    tx: Transaction, status_id: int, account_ids: Sequence[int], *, silent: bool = False
) -> None:
    """Name accounts in a status, in order; `silent` ones are recipients without being named."""
    rows = [
        {
            "status_id": status_id,
            "account_id": account_id,
            "silent": int(silent),
            "position": position,
        }
        for position, account_id in enumerate(account_ids)
    ]
    for sql, params in with_rows(_INSERT, rows):
        await tx.later(sql, params)


async def silence(tx: Transaction, status_id: int) -> None:
    """Keep the audience of a status that is being edited, but name nobody."""
    await tx.execute(_SILENCE, {"status_id": status_id})


async def of_statuses(reader: Reader, ids: Sequence[int]) -> list[Mention]:
    """The mentions of several statuses, silent ones too, in order."""
    if not ids:
        return []
    return await reader.fetch_all(_OF_STATUSES, {"ids": list(ids)}, Mention)


async def delete(tx: Transaction, status_id: int) -> None:
    """Remove all mentions of a status."""
    await tx.execute(_DELETE, {"status_id": status_id})
