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


async def actor_uris(reader: Reader, ids: Sequence[int]) -> dict[int, str]:
    """The addresses of accounts, by id."""
    rows = await reader.fetch_all(_URIS, {"ids": list(ids)})
    return {row[0]: row[1] for row in rows}
