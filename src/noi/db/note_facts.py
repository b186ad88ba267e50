"""What a status's ActivityPub document holds that no view of it needs: addresses around it."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader

_AROUND = """SELECT s.id, coalesce(parent.uri, s.in_reply_to_uri), coalesce(c.uri, ''),
    coalesce(g.uri, ''), s.interaction_policy, coalesce(q.state, ''),
    coalesce(quoted.uri, q.quoted_uri, ''), coalesce(q.authorization_uri, '')
FROM statuses s
LEFT JOIN statuses parent ON parent.id = s.in_reply_to_id
LEFT JOIN conversations c ON c.id = s.conversation_id
LEFT JOIN accounts g ON g.id = s.group_id
LEFT JOIN quotes q ON q.status_id = s.id
LEFT JOIN statuses quoted ON quoted.id = q.quoted_id
WHERE s.id @in(:ids)"""
_OWN_REPLIES = """SELECT uri FROM statuses
WHERE in_reply_to_id = :status_id AND in_reply_to_id IS NOT NULL AND account_id = :account_id
    AND visibility <= 1 AND local_only = 0 AND deleted_at IS NULL AND hidden_at IS NULL
    AND reblog_of_id IS NULL
ORDER BY id LIMIT CAST(:limit AS BIGINT)"""
_URIS = "SELECT id, uri FROM accounts WHERE id @in(:ids)"


class Surroundings(msgspec.Struct, array_like=True, frozen=True):
    """Addresses around a status, empty where there is none; `policy` as the column has it."""

    status_id: int
    in_reply_to_uri: str
    conversation_uri: str
    group_uri: str
    policy: str
    quote_state: str
    quoted_uri: str
    authorization_uri: str


async def around(reader: Reader, ids: Sequence[int]) -> dict[int, Surroundings]:
    """The addresses around statuses, by id."""
    rows = await reader.fetch_all(_AROUND, {"ids": list(ids)}, Surroundings)
    return {row.status_id: row for row in rows}


async def own_replies(reader: Reader, status_id: int, account_id: int, *, limit: int) -> list[str]:
    """The addresses of the author's own public replies, oldest first."""
    row = {"status_id": status_id, "account_id": account_id, "limit": limit}
    return [found[0] for found in await reader.fetch_all(_OWN_REPLIES, row)]


async def actor_uris(reader: Reader, ids: Sequence[int]) -> dict[int, str]:
    """The addresses of accounts, by id."""
    rows = await reader.fetch_all(_URIS, {"ids": list(ids)})
    return {row[0]: row[1] for row in rows}
