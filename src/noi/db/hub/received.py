"""How many addresses each member announced, by day."""

from collections.abc import Mapping, Sequence

from noi.db.database import Reader, Transaction
from noi.db.dialect import with_rows
from noi.models.hub import Received

_ADD = """INSERT INTO hub_received (member_id, day, category, amount)
VALUES @rows(:member_id, :day, :category, :amount)
ON CONFLICT (member_id, day, category)
    DO UPDATE SET amount = hub_received.amount + excluded.amount"""
_OF_MEMBER = """SELECT day, category, amount FROM hub_received
WHERE member_id = :member_id AND day >= :since ORDER BY day DESC, category"""
_FORGET_MEMBER = "DELETE FROM hub_received WHERE member_id = :member_id"
_FORGET = "DELETE FROM hub_received WHERE day < :before"


async def add(tx: Transaction, day: str, amounts: Mapping[tuple[int, str], int]) -> None:
    """Count what members announced on a day (`2026-11-22`, UTC), by their id and the category."""
    rows: list[dict[str, object]] = [
        {"member_id": member_id, "day": day, "category": category, "amount": amount}
        for (member_id, category), amount in sorted(amounts.items())
    ]
    for sql, params in with_rows(_ADD, rows):
        await tx.execute(sql, params)


async def of_member(reader: Reader, member_id: int, since: str) -> Sequence[Received]:
    """What a member announced from a day on, the newest first."""
    params = {"member_id": member_id, "since": since}
    return await reader.fetch_all(_OF_MEMBER, params, Received)


async def forget(tx: Transaction, before: str) -> None:
    """Forget what was counted before a day."""
    await tx.execute(_FORGET, {"before": before})


async def forget_member(tx: Transaction, member_id: int) -> None:
    """Forget what was counted of a member."""
    await tx.execute(_FORGET_MEMBER, {"member_id": member_id})
