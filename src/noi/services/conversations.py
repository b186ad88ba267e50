"""Direct conversations, and conversations that someone wants to hear no more of."""

from noi.db import conversations
from noi.db.conversations import Conversation
from noi.models.errors import NotFound
from noi.models.paging import Page
from noi.services.network import Network
from noi.services.reblogs import target


async def page(network: Network, account_id: int, page: Page) -> list[Conversation]:
    """An account's direct conversations, the last active first."""
    return await conversations.page(network.db, account_id, page)


async def of_account(
    network: Network, account_id: int, conversation_id: int
) -> Conversation | None:
    """An account's view of a conversation."""
    return await conversations.of_account(network.db, account_id, conversation_id)


async def mark(network: Network, account_id: int, id_: int, *, unread: bool) -> Conversation:
    """Mark a conversation as read or unread; raises NotFound."""
    await network.db.transaction(
        lambda tx: conversations.set_unread(tx, account_id, id_, unread=unread)
    )
    found = await conversations.get(network.db, account_id, id_)
    if found is None:
        raise NotFound
    return found


async def delete(network: Network, account_id: int, id_: int) -> None:
    """Remove a conversation from one's list; its statuses stay. Raises NotFound."""
    if not await network.db.transaction(lambda tx: conversations.delete(tx, account_id, id_)):
        raise NotFound


async def mute(network: Network, account_id: int, status_id: int) -> int:
    """Hear no more of a status's conversation; answers the status's id."""
    status = await target(network, account_id, status_id)
    await network.db.transaction(
        lambda tx: conversations.mute(tx, account_id, status.conversation_id)
    )
    return status.id


async def unmute(network: Network, account_id: int, status_id: int) -> int:
    """Hear of a status's conversation again; answers the status's id."""
    status = await target(network, account_id, status_id)
    await network.db.transaction(
        lambda tx: conversations.unmute(tx, account_id, status.conversation_id)
    )
    return status.id
