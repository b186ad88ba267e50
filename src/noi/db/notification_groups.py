"""Notifications of the same about the same on one day (UTC), counted and removed together."""

import msgspec

from noi.db.database import Database, Transaction
from noi.db.notifications import JOINS, SHOWN
from noi.models.ids import now_ms


class GroupCount(msgspec.Struct, array_like=True, frozen=True):
    """How large a group is; `status_id` is 0 for kinds without a status, `day` since 1970."""

    kind: str
    status_id: int
    day: int
    count: int
    newest_id: int


# Ids begin with the time, so the days of a page are one range of its index.
_COUNTS = f"""SELECT n.kind, coalesce(n.status_id, 0), (n.id >> 16) / 86400000,
    count(*), max(n.id)
FROM notifications n {JOINS}
WHERE n.account_id = :account_id AND n.id >= :first AND n.id < :end AND n.kind @in(:kinds)
    AND {SHOWN}
GROUP BY 1, 2, 3"""
_DELETE = """DELETE FROM notifications
WHERE account_id = :account_id AND kind = :kind AND id >= :first AND id < :end
    AND coalesce(status_id, 0) = :status_id"""


async def counts(
    db: Database, account_id: int, kinds: list[str], *, first: int, end: int
) -> list[GroupCount]:
    """The sizes of an account's groups among ids from `first` to before `end`."""
    params = {
        "account_id": account_id,
        "kinds": kinds,
        "first": first,
        "end": end,
        "now": now_ms(),
        "most_filtered": 0,
    }
    return await db.fetch_all(_COUNTS, params, GroupCount, slow=True)


async def delete(
    tx: Transaction, account_id: int, kind: str, status_id: int, *, first: int, end: int
) -> int:
    """Remove one group; answers how many notifications it held."""
    params = {
        "account_id": account_id,
        "kind": kind,
        "status_id": status_id,
        "first": first,
        "end": end,
    }
    return await tx.execute(_DELETE, params)
