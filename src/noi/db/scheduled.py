"""Statuses that wait for their time, and the attachments that wait with them."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.paging import Page
from noi.models.scheduled import ScheduledStatus

_COLUMNS = ", ".join(ScheduledStatus.__struct_fields__)
_INSERT = f"""INSERT INTO scheduled_statuses ({_COLUMNS})
VALUES ({", ".join(f":{name}" for name in ScheduledStatus.__struct_fields__)})"""
_GET = f"SELECT {_COLUMNS} FROM scheduled_statuses WHERE id = :id"
_PAGE = f"""SELECT {_COLUMNS} FROM scheduled_statuses
WHERE account_id = :account_id AND id > :after AND id < :before
ORDER BY id @order LIMIT :limit"""
_COUNT = "SELECT count(*) FROM scheduled_statuses WHERE account_id = :account_id"
_COUNT_BETWEEN = """SELECT count(*) FROM scheduled_statuses
WHERE account_id = :account_id AND scheduled_at >= :since AND scheduled_at < :until"""
_MOVE = "UPDATE scheduled_statuses SET scheduled_at = :scheduled_at, error = '' WHERE id = :id"
_FAIL = "UPDATE scheduled_statuses SET error = :error WHERE id = :id"
_DELETE = "DELETE FROM scheduled_statuses WHERE id = :id"
_TAKE = f"{_DELETE} AND scheduled_at <= :now"
_HOLD = """UPDATE media_attachments SET scheduled_status_id = :holder
WHERE id @in(:ids) AND account_id = :account_id AND status_id IS NULL
    AND (scheduled_status_id IS NULL OR scheduled_status_id = :holder)"""
_LET_GO = "UPDATE media_attachments SET scheduled_status_id = NULL WHERE scheduled_status_id = :id"


async def insert(tx: Transaction, new: ScheduledStatus) -> None:
    await tx.execute(_INSERT, msgspec.structs.asdict(new))


async def get(reader: Reader, scheduled_id: int) -> ScheduledStatus | None:
    return await reader.fetch_one(_GET, {"id": scheduled_id}, ScheduledStatus)


async def page(db: Database, account_id: int, page: Page) -> list[ScheduledStatus]:
    """An account's scheduled statuses, newest made first."""
    return await fetch_page(db, _PAGE, {"account_id": account_id}, page, ScheduledStatus)


async def count(reader: Reader, account_id: int) -> int:
    return await reader.fetch_value(_COUNT, {"account_id": account_id})


async def count_between(reader: Reader, account_id: int, since: int, until: int) -> int:
    """How many of an account's are due from `since` to before `until`, in ms."""
    params = {"account_id": account_id, "since": since, "until": until}
    return await reader.fetch_value(_COUNT_BETWEEN, params)


async def move(tx: Transaction, scheduled_id: int, scheduled_at: int) -> bool:
    """Give it another time, and forget that it failed before; False when it was gone."""
    return await tx.execute(_MOVE, {"id": scheduled_id, "scheduled_at": scheduled_at}) == 1


async def fail(tx: Transaction, scheduled_id: int, error: str) -> None:
    """Keep why it could not be published."""
    await tx.execute(_FAIL, {"id": scheduled_id, "error": error})


async def delete(tx: Transaction, scheduled_id: int) -> bool:
    """Forget it and let its attachments go; False when it was gone."""
    await let_go(tx, scheduled_id)
    return await tx.execute(_DELETE, {"id": scheduled_id}) == 1


async def take(tx: Transaction, scheduled_id: int, now: int) -> bool:
    """Forget what is being published; False when it was gone, or is not due by `now` (ms)."""
    await let_go(tx, scheduled_id)
    return await tx.execute(_TAKE, {"id": scheduled_id, "now": now}) == 1


async def hold(tx: Transaction, holder: int, account_id: int, media_ids: Sequence[int]) -> bool:
    """Keep unused attachments for a scheduled status or a draft; False unless all are free."""
    if not media_ids:
        return True
    row = {"holder": holder, "account_id": account_id, "ids": list(media_ids)}
    return await tx.execute(_HOLD, row) == len(set(media_ids))


async def let_go(tx: Transaction, holder: int) -> None:
    """Leave a holder's attachments to be used elsewhere, or cleaned up."""
    await tx.execute(_LET_GO, {"id": holder})
