"""Taking the words of what was removed out of the full-text indexes themselves.

FTS5 only notes that a row is gone: its words stay where they are until that part of the index is
written anew, which may be never. PostgreSQL's own vacuum sees to that by itself.
"""

from typing import Literal

from noi.db.database import Database, Transaction

Index = Literal["status_search", "account_search", "hub_post_search", "hub_account_search"]

# Pages that hold nothing but ids of removed rows: FTS5 numbers them from 65536 << 37 on.
_REMOVED = "SELECT EXISTS (SELECT 1 FROM {index}_data WHERE id >= 9007199254740992)"
_MERGE = "INSERT INTO {index} ({index}, rank) VALUES ('merge', :pages)"
_CHANGES = "SELECT total_changes()"
_PAGES = 64
_MOST_STEPS = 1_000_000


async def purge(db: Database, index: Index) -> None:
    """Write an index anew, a few pages a transaction, if rows were removed from it."""
    if db.dialect != "sqlite" or not await db.fetch_value(_REMOVED.format(index=index)):
        return
    pages = -_PAGES  # everything that is there now is to be put together
    for _ in range(_MOST_STEPS):
        if not await db.transaction(lambda tx, many=pages: _merge(tx, index, many)):
            return
        pages = _PAGES


async def _merge(tx: Transaction, index: Index, pages: int) -> bool:
    """Do a part of it; whether there was something to do, which FTS5 tells by what it changed."""
    before: int = await tx.fetch_value(_CHANGES)
    await tx.execute(_MERGE.format(index=index), {"pages": pages})
    after: int = await tx.fetch_value(_CHANGES)
    return after - before >= 2
