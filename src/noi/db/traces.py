"""What an activity of another server left here, found by its id alone: some undo things by that."""

from enum import StrEnum

import msgspec

from noi.db.database import Reader

_FIND = """SELECT 'follow', target_id FROM follows WHERE account_id = :account_id AND uri = :uri
UNION ALL SELECT 'follow', target_id FROM follow_requests
    WHERE account_id = :account_id AND uri = :uri
UNION ALL SELECT 'block', target_id FROM blocks WHERE account_id = :account_id AND uri = :uri
UNION ALL SELECT 'favourite', status_id FROM favourites
    WHERE uri = :uri AND uri <> '' AND account_id = :account_id
UNION ALL SELECT 'reaction', status_id FROM reactions
    WHERE uri = :uri AND uri <> '' AND account_id = :account_id
UNION ALL SELECT 'dislike', status_id FROM dislikes
    WHERE uri = :uri AND uri <> '' AND account_id = :account_id
UNION ALL SELECT 'reblog', id FROM statuses
    WHERE uri = :uri AND account_id = :account_id AND reblog_of_id IS NOT NULL"""

_STANDS = {
    "follow": """SELECT 1 FROM follows WHERE account_id = :account_id AND target_id = :target_id
        UNION ALL SELECT 1 FROM follow_requests
        WHERE account_id = :account_id AND target_id = :target_id LIMIT 1""",
    "block": "SELECT 1 FROM blocks WHERE account_id = :account_id AND target_id = :target_id",
}
_MADE_FAVOURITE = """SELECT 1 FROM favourites
WHERE account_id = :account_id AND status_id = :status_id AND uri = :uri"""


class TraceKind(StrEnum):
    FOLLOW = "follow"
    BLOCK = "block"
    FAVOURITE = "favourite"
    REACTION = "reaction"
    DISLIKE = "dislike"
    REBLOG = "reblog"


class Trace(msgspec.Struct, array_like=True, frozen=True):
    """`id` is of an account (follow, block), else of a status; for a reblog its own."""

    kind: TraceKind
    id: int


async def find(reader: Reader, account_id: int, uri: str) -> list[Trace]:
    """Everything that one activity of an account left."""
    return await reader.fetch_all(_FIND, {"account_id": account_id, "uri": uri}, Trace)


async def stands(reader: Reader, kind: TraceKind, account_id: int, target_id: int) -> bool:
    """Whether an account follows another, or asks to; or whether it blocks it."""
    pair = {"account_id": account_id, "target_id": target_id}
    return await reader.fetch_value(_STANDS[kind.value], pair) is not None


async def made_favourite(reader: Reader, account_id: int, status_id: int, uri: str) -> bool:
    """Whether an account's favourite of a status is by this activity."""
    params = {"account_id": account_id, "status_id": status_id, "uri": uri}
    return await reader.fetch_value(_MADE_FAVOURITE, params) is not None
