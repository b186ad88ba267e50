"""What a process with open streams asks about an event: of what kind, and for which of them."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader
from noi.db.visibility import ANSWERS_NOBODY_ELSE

_FACTS = f"""SELECT id, account_id, visibility, local, has_media, has_tags,
    CASE WHEN reblog_of_id IS NULL THEN 0 ELSE 1 END, conversation_id,
    CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END,
    CASE WHEN {ANSWERS_NOBODY_ELSE} THEN 0 ELSE 1 END
FROM statuses s WHERE id @in(:ids)"""
_FAMILIES = "SELECT DISTINCT family FROM status_tags WHERE status_id = :id"

# A deleted status has left the stored timelines and its tags, so this asks whose it may have been.
_HOMES_LOSING = """SELECT v.value FROM @each(:viewers) v CROSS JOIN statuses s
WHERE s.id = :id AND (s.deleted_at IS NOT NULL OR s.account_id <> v.value) AND (
    s.account_id = v.value
    OR EXISTS (SELECT 1 FROM mentions m WHERE m.status_id = s.id AND m.account_id = v.value)
    OR EXISTS (SELECT 1 FROM timeline_entries t WHERE t.owner_id = v.value AND t.status_id = s.id)
    OR s.visibility < 3 AND EXISTS (SELECT 1 FROM follows f
        WHERE f.account_id = v.value AND f.target_id = s.account_id)
    OR s.visibility = 0 AND s.has_tags = 1 AND EXISTS (SELECT 1 FROM followed_tags ft
        WHERE ft.account_id = v.value))"""
_LISTS_LOSING = """SELECT v.value FROM @each(:lists) v CROSS JOIN statuses s
WHERE s.id = :id AND s.visibility < 3 AND EXISTS (SELECT 1 FROM list_accounts la
    WHERE la.list_id = v.value AND la.account_id = s.account_id)"""
_TAKING_PART = """SELECT v.value FROM @each(:viewers) v CROSS JOIN statuses s
WHERE s.id = :id AND (s.account_id = v.value OR EXISTS (SELECT 1 FROM mentions m
    WHERE m.status_id = s.id AND m.account_id = v.value))"""


class StatusFacts(msgspec.Struct, array_like=True, frozen=True):
    """What decides which streams a status concerns; tombstones keep it. What it answers may be of
    others as long as that is not known here.
    """

    id: int
    account_id: int
    visibility: int
    local: bool
    has_media: bool
    has_tags: bool
    is_reblog: bool
    conversation_id: int
    deleted: bool
    answers_others: bool


async def facts(reader: Reader, ids: Sequence[int]) -> dict[int, StatusFacts]:
    """The facts of statuses by id, deleted ones too."""
    rows = await reader.fetch_all(_FACTS, {"ids": list(ids)}, StatusFacts)
    return {row.id: row for row in rows}


async def families(reader: Reader, status_id: int) -> list[str]:
    """The families of a status's hashtags."""
    return [row[0] for row in await reader.fetch_all(_FAMILIES, {"id": status_id})]


async def homes_losing(reader: Reader, status_id: int, viewers: Sequence[int]) -> list[int]:
    """Which of some viewers may have had a deleted or hidden status in their home."""
    params = {"id": status_id, "viewers": list(viewers)}
    return [row[0] for row in await reader.fetch_all(_HOMES_LOSING, params)]


async def lists_losing(reader: Reader, status_id: int, lists: Sequence[int]) -> list[int]:
    """Which of some lists hold the author of a deleted or hidden status."""
    params = {"id": status_id, "lists": list(lists)}
    return [row[0] for row in await reader.fetch_all(_LISTS_LOSING, params)]


async def taking_part(reader: Reader, status_id: int, viewers: Sequence[int]) -> list[int]:
    """Which of some viewers wrote a status or are named in it."""
    params = {"id": status_id, "viewers": list(viewers)}
    return [row[0] for row in await reader.fetch_all(_TAKING_PART, params)]
