"""Direct conversations as each participant sees them, and muted ones."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.paging import Page


class Conversation(msgspec.Struct, array_like=True):
    """One account's view of a conversation; `participants` is a JSON array of account ids."""

    id: int
    conversation_id: int
    participants: str
    last_status_id: int
    unread: bool


_COLUMNS = "id, conversation_id, participants, last_status_id, unread"
_PAGE = f"""SELECT {_COLUMNS} FROM account_conversations
WHERE account_id = :account_id AND last_status_id > :after AND last_status_id < :before
ORDER BY last_status_id @order LIMIT :limit"""
_GET = f"SELECT {_COLUMNS} FROM account_conversations WHERE account_id = :account_id AND id = :id"
_OF_ACCOUNT = f"""SELECT {_COLUMNS} FROM account_conversations
WHERE account_id = :account_id AND conversation_id = :conversation_id"""
_UPSERT = """INSERT INTO account_conversations
    (id, account_id, conversation_id, participants, last_status_id, unread)
VALUES (:id, :account_id, :conversation_id, :participants, :status_id, :unread)
ON CONFLICT (account_id, conversation_id) DO UPDATE SET participants = excluded.participants,
    last_status_id = excluded.last_status_id, unread = excluded.unread"""
_SET_UNREAD = """UPDATE account_conversations SET unread = :unread
WHERE account_id = :account_id AND id = :id"""
_DELETE = "DELETE FROM account_conversations WHERE account_id = :account_id AND id = :id"
# The last status that an account still has of a conversation, found in that conversation.
_LAST = """SELECT max(s.id) FROM statuses s
WHERE s.conversation_id = :conversation_id AND s.visibility = 3 AND s.deleted_at IS NULL
    AND (s.account_id = :account_id OR EXISTS (SELECT 1 FROM mentions m
        WHERE m.status_id = s.id AND m.account_id = :account_id))"""
_STEP_BACK = """UPDATE account_conversations SET last_status_id = :last
WHERE account_id = :account_id AND conversation_id = :conversation_id
    AND last_status_id = :status_id"""
_END = """DELETE FROM account_conversations
WHERE account_id = :account_id AND conversation_id = :conversation_id
    AND last_status_id = :status_id"""
_OF_ALL = f"""SELECT account_id, {_COLUMNS} FROM account_conversations
WHERE conversation_id @in(:ids) ORDER BY id"""
_MUTE = """INSERT INTO conversation_mutes (account_id, conversation_id)
VALUES (:account_id, :conversation_id) ON CONFLICT DO NOTHING"""
_UNMUTE = """DELETE FROM conversation_mutes
WHERE account_id = :account_id AND conversation_id = :conversation_id"""


async def page(reader: Reader, account_id: int, page: Page) -> list[Conversation]:
    """A page of an account's conversations, paged by their last status."""
    return await fetch_page(reader, _PAGE, {"account_id": account_id}, page, Conversation)


async def get(reader: Reader, account_id: int, id_: int) -> Conversation | None:
    """One of an account's conversations."""
    return await reader.fetch_one(_GET, {"account_id": account_id, "id": id_}, Conversation)


async def of_account(reader: Reader, account_id: int, conversation_id: int) -> Conversation | None:
    """An account's view of a conversation."""
    params = {"account_id": account_id, "conversation_id": conversation_id}
    return await reader.fetch_one(_OF_ACCOUNT, params, Conversation)


async def put(
    tx: Transaction,
    new_id: int,
    account_id: int,
    *,
    conversation_id: int,
    participants: list[int],
    status_id: int,
    unread: bool,
) -> None:
    """Note the last status of a conversation for one participant."""
    row = {
        "id": new_id,
        "account_id": account_id,
        "conversation_id": conversation_id,
        "participants": msgspec.json.encode(participants).decode(),
        "status_id": status_id,
        "unread": int(unread),
    }
    await tx.execute(_UPSERT, row)


async def lose(tx: Transaction, account_id: int, *, conversation_id: int, status_id: int) -> None:
    """Go back to the status before one that is no more there; without any, it goes itself."""
    whose = {"account_id": account_id, "conversation_id": conversation_id}
    last = await tx.fetch_value(_LAST, whose)
    params = whose | {"status_id": status_id, "last": last}
    await tx.execute(_END if last is None else _STEP_BACK, params)


async def of_all(tx: Transaction, ids: Sequence[int]) -> list[tuple[int, Conversation]]:
    """Everybody's views of some conversations, with whose each is."""
    rows = await tx.fetch_all(_OF_ALL, {"ids": list(ids)})
    return [(row[0], msgspec.convert(row[1:], Conversation, strict=False)) for row in rows]


async def move(
    tx: Transaction, new_id: int, account_id: int, seen: Conversation, into_id: int
) -> None:
    """Bring an account's view along where statuses of its conversation went into another one."""
    whose = {"account_id": account_id, "conversation_id": into_id}
    last = await tx.fetch_value(_LAST, whose)
    if last is None:
        return
    there = await tx.fetch_one(_OF_ACCOUNT, whose, Conversation)
    newest = seen if there is None or seen.last_status_id > there.last_status_id else there
    await put(
        tx,
        new_id,
        account_id,
        conversation_id=into_id,
        participants=msgspec.json.decode(newest.participants, type=list[int]),
        status_id=last,
        unread=seen.unread or (there is not None and there.unread),
    )
    status_id = seen.last_status_id
    await lose(tx, account_id, conversation_id=seen.conversation_id, status_id=status_id)


async def set_unread(tx: Transaction, account_id: int, id_: int, *, unread: bool) -> None:
    """Mark a conversation as read or unread."""
    row = {"account_id": account_id, "id": id_, "unread": int(unread)}
    await tx.execute(_SET_UNREAD, row)


async def delete(tx: Transaction, account_id: int, id_: int) -> bool:
    """Remove a conversation from an account's list; False where there was none."""
    return await tx.execute(_DELETE, {"account_id": account_id, "id": id_}) == 1


async def mute(tx: Transaction, account_id: int, conversation_id: int) -> None:
    """Stop notifications of a conversation."""
    row = {"account_id": account_id, "conversation_id": conversation_id}
    await tx.execute(_MUTE, row)


async def unmute(tx: Transaction, account_id: int, conversation_id: int) -> None:
    """Let notifications of a conversation through again."""
    row = {"account_id": account_id, "conversation_id": conversation_id}
    await tx.execute(_UNMUTE, row)
