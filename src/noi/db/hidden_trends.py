"""Hashtags and links that are kept out of the trends here, with the rule and the reason."""

from typing import Literal

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.ids import now_ms
from noi.models.moderation import EnforcementAction
from noi.models.paging import Page

Topic = Literal["tag", "link"]


class HiddenTrend(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """A row of `hidden_trends`; `moderator_id` is None for the operator at the command line."""

    id: int
    kind: Topic
    object_id: int
    name: str
    rule_text: str
    reason: str
    moderator_id: int | None
    created_at: int
    shown_at: int | None = None
    shown_by_id: int | None = None
    shown_reason: str = ""


_COLUMNS = ", ".join(HiddenTrend.__struct_fields__)
_INSERT = f"""INSERT INTO hidden_trends ({_COLUMNS})
VALUES ({", ".join(f":{name}" for name in HiddenTrend.__struct_fields__)})
ON CONFLICT DO NOTHING"""
_GET = f"SELECT {_COLUMNS} FROM hidden_trends WHERE id = :id"
_PAGE = f"""SELECT {_COLUMNS} FROM hidden_trends
WHERE id > :after AND id < :before ORDER BY id @order LIMIT :limit"""
_SHOW = """UPDATE hidden_trends SET shown_at = :now, shown_by_id = :by, shown_reason = :reason
WHERE id = :id AND shown_at IS NULL"""

NOT_HIDDEN = f"""NOT EXISTS (SELECT 1 FROM hidden_trends h
    WHERE h.kind = t.kind AND h.object_id = t.object_id AND h.shown_at IS NULL)
AND NOT (t.kind = 'status' AND EXISTS (SELECT 1 FROM enforcements e
    WHERE e.status_id = t.object_id AND e.action = '{EnforcementAction.HIDE_TREND}'
        AND e.reversed_at IS NULL))"""
"""The condition that a row `t` of `trends` may be shown."""


async def insert(tx: Transaction, new: HiddenTrend) -> bool:
    """Add a decision; False where it is hidden already."""
    return await tx.execute(_INSERT, msgspec.structs.asdict(new)) == 1


async def get(reader: Reader, hidden_id: int) -> HiddenTrend | None:
    """One decision."""
    return await reader.fetch_one(_GET, {"id": hidden_id}, HiddenTrend)


async def page(db: Database, part: Page) -> list[HiddenTrend]:
    """All decisions, newest first."""
    return await fetch_page(db, _PAGE, {}, part, HiddenTrend)


async def show(tx: Transaction, hidden_id: int, by: int | None, reason: str) -> bool:
    """Take a decision back; False where it was."""
    row = {"id": hidden_id, "by": by, "reason": reason, "now": now_ms()}
    return await tx.execute(_SHOW, row) == 1
