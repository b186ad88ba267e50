"""Threads that turn out to be part of another: what answers came before what they answer."""

from collections.abc import Callable, Sequence

from noi.db import conversations
from noi.db.database import Transaction

_MOST = 1_000
# UNION and not UNION ALL: two statuses may claim to answer each other.
_BELOW = """WITH RECURSIVE below(id) AS (
    SELECT s.id FROM statuses s
    WHERE s.in_reply_to_id = :id AND s.conversation_id <> :conversation_id
    UNION SELECT s.id FROM below b JOIN statuses s ON s.in_reply_to_id = b.id
    WHERE s.conversation_id <> :conversation_id
)
SELECT s.id, s.conversation_id FROM below b CROSS JOIN statuses s WHERE s.id = b.id
LIMIT CAST(:limit AS BIGINT)"""
_MOVE = "UPDATE statuses SET conversation_id = :conversation_id WHERE id @in(:ids)"
_MOVE_REBLOGS = """UPDATE statuses SET conversation_id = :conversation_id
WHERE reblog_of_id @in(:ids) AND reblog_of_id IS NOT NULL AND deleted_at IS NULL"""
_MUTE = """INSERT INTO conversation_mutes (account_id, conversation_id)
SELECT account_id, CAST(:conversation_id AS BIGINT) FROM conversation_mutes
WHERE conversation_id @in(:former) ON CONFLICT DO NOTHING"""


async def join(
    tx: Transaction, status_id: int, conversation_id: int, new_id: Callable[[], int]
) -> None:
    """Bring everything below a status into its conversation, 1,000 statuses at most.

    Who muted what they were in has muted this one, and direct ones stay in people's lists.
    """
    params = {"id": status_id, "conversation_id": conversation_id, "limit": _MOST}
    below = await tx.fetch_all(_BELOW, params)
    if not below:
        return
    await move(tx, [id_ for id_, _ in below], conversation_id)
    former = sorted({before for _, before in below})
    await tx.execute(_MUTE, {"conversation_id": conversation_id, "former": former})
    for account_id, seen in await conversations.of_all(tx, former):
        await conversations.move(tx, new_id(), account_id, seen, conversation_id)


async def move(tx: Transaction, ids: Sequence[int], conversation_id: int) -> None:
    """Bring statuses, and what reblogs them, into a conversation."""
    row = {"conversation_id": conversation_id, "ids": list(ids)}
    await tx.execute(_MOVE, row)
    await tx.execute(_MOVE_REBLOGS, row)
