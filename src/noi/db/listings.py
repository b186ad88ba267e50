"""What the public collections of this network's accounts and statuses hold.

Whoever reads them, they show what anybody may see; nothing that stays on this network is in them.
"""

import msgspec

from noi.db.database import Database, Reader
from noi.db.paging import fetch_page
from noi.db.visibility import viewpoint, visible
from noi.models.accounts import AccountState
from noi.models.paging import Page

_PUBLIC = f"s.visibility <= 1 AND s.local_only = 0 AND {visible()}"

_OUTBOX = f"""SELECT s.id FROM statuses s JOIN accounts a ON a.id = s.account_id
LEFT JOIN statuses r ON r.id = s.reblog_of_id
LEFT JOIN accounts ra ON ra.id = r.account_id
WHERE s.account_id = :account_id AND s.deleted_at IS NULL AND s.id > :after AND s.id < :before
    AND {_PUBLIC}
    AND (s.reblog_of_id IS NULL OR r.local_only = 0 AND {visible("r", "ra")})
ORDER BY s.id @order LIMIT :limit"""

_FEATURED = f"""SELECT s.id FROM pins p
JOIN statuses s ON s.id = p.status_id JOIN accounts a ON a.id = s.account_id
WHERE p.account_id = :account_id AND s.reblog_of_id IS NULL AND {_PUBLIC}
ORDER BY p.created_at DESC LIMIT 20"""

_FOLLOWS = f"""SELECT f.id, a.uri FROM follows f JOIN accounts a ON a.id = f.{{other}}
WHERE f.{{own}} = :account_id AND f.id > :after AND f.id < :before
    AND a.state <= {AccountState.LIMITED:d}
ORDER BY f.id @order LIMIT :limit"""
_FOLLOWERS = _FOLLOWS.format(own="target_id", other="account_id")
_FOLLOWING = _FOLLOWS.format(own="account_id", other="target_id")

_REPLIES = f"""SELECT s.id, s.uri, a.uri FROM statuses s JOIN accounts a ON a.id = s.account_id
WHERE s.in_reply_to_id = :id AND s.in_reply_to_id IS NOT NULL AND s.id > :after
    AND s.account_id {{whose}} :account_id AND s.reblog_of_id IS NULL AND {_PUBLIC}
ORDER BY s.id LIMIT :limit"""
_OWN_REPLIES = _REPLIES.format(whose="=")
_OTHER_REPLIES = _REPLIES.format(whose="<>")

# `CROSS JOIN` keeps SQLite with the conversation's index, in its order.
_CONVERSATION = f"""SELECT s.id, s.uri, a.uri FROM statuses s CROSS JOIN accounts a
WHERE s.conversation_id = :id AND a.id = s.account_id AND s.id > :after
    AND s.reblog_of_id IS NULL AND {_PUBLIC}
ORDER BY s.id LIMIT :limit"""
_BEGAN_HERE = "SELECT 1 FROM conversations WHERE id = :id AND uri = ''"

_AUTHORIZATION = f"""SELECT s.uri, q.uri FROM quotes t
JOIN statuses q ON q.id = t.quoted_id JOIN accounts a ON a.id = q.account_id
JOIN statuses s ON s.id = t.status_id
WHERE t.status_id = :id AND t.quoted_account_id = :account_id AND t.state = 'accepted'
    AND q.local_only = 0 AND {visible("q")}"""


class Listed(msgspec.Struct, array_like=True, frozen=True):
    """A status in a collection, and the addresses of it and of its author."""

    id: int
    uri: str
    author_uri: str


async def outbox(db: Database, account_id: int, page: Page) -> list[int]:
    """Ids of an account's statuses and reblogs that anybody may see, newest first."""
    params = viewpoint(0, account_id=account_id)
    return [row[0] for row in await fetch_page(db, _OUTBOX, params, page)]


async def featured(reader: Reader, account_id: int) -> list[int]:
    """Ids of an account's pinned statuses that anybody may see, last pinned first."""
    params = viewpoint(0, account_id=account_id)
    return [row[0] for row in await reader.fetch_all(_FEATURED, params)]


async def followers(db: Database, account_id: int, page: Page) -> list[tuple[int, str]]:
    """Follows and the addresses of who follows an account, newest first."""
    rows = await fetch_page(db, _FOLLOWERS, {"account_id": account_id}, page)
    return [(row[0], row[1]) for row in rows]


async def following(db: Database, account_id: int, page: Page) -> list[tuple[int, str]]:
    """Follows and the addresses of whom an account follows, newest first."""
    rows = await fetch_page(db, _FOLLOWING, {"account_id": account_id}, page)
    return [(row[0], row[1]) for row in rows]


async def replies(
    reader: Reader, status_id: int, author_id: int, *, own: bool, after: int, limit: int
) -> list[Listed]:
    """Answers to a status above an id, oldest first: its author's own, or everybody else's."""
    sql = _OWN_REPLIES if own else _OTHER_REPLIES
    params = viewpoint(0, id=status_id, account_id=author_id, after=after, limit=limit)
    return await reader.fetch_all(sql, params, Listed)


async def conversation(
    reader: Reader, conversation_id: int, *, after: int, limit: int
) -> list[Listed]:
    """Statuses of a conversation above an id, oldest first, whoever wrote them."""
    params = viewpoint(0, id=conversation_id, after=after, limit=limit)
    return await reader.fetch_all(_CONVERSATION, params, Listed)


async def began_here(reader: Reader, conversation_id: int) -> bool:
    """Whether a conversation has its address from this network."""
    return await reader.fetch_value(_BEGAN_HERE, {"id": conversation_id}) is not None


async def authorized_quote(
    reader: Reader, account_id: int, status_id: int, viewer_id: int
) -> tuple[str, str] | None:
    """The addresses of a status and of the one it quotes, where that one's author lets it."""
    params = viewpoint(viewer_id, id=status_id, account_id=account_id)
    row = await reader.fetch_one(_AUTHORIZATION, params)
    return None if row is None else (row[0], row[1])
