"""Conversations: https://docs.joinmastodon.org/methods/conversations/"""

from collections.abc import Sequence

import msgspec

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import account_entities
from noi.api.paging import paged
from noi.api.rendering import status_parts
from noi.db.conversations import Conversation
from noi.models.accounts import Viewer
from noi.services import conversations, timelines
from noi.services.network import Network


@endpoint("GET", "/api/v1/conversations", scope="read:statuses")
async def index(call: Call) -> Reply:
    """One's direct conversations, paged by their last status."""
    page = call.params.page(20, 40)
    found = await conversations.page(call.network, call.person.account_id, page)
    body = [await conversation_entity(call.network, call.person, one) for one in found]
    return paged(call, page, [one.last_status_id for one in found], body)


@endpoint("POST", "/api/v1/conversations/{id:str}/read", scope="write:conversations")
async def read(call: Call) -> dict[str, object]:
    """Mark as read."""
    return await _marked(call, unread=False)


@endpoint("POST", "/api/v1/conversations/{id:str}/unread", scope="write:conversations")
async def unread(call: Call) -> dict[str, object]:
    """Mark as unread."""
    return await _marked(call, unread=True)


@endpoint("DELETE", "/api/v1/conversations/{id:str}", scope="write:conversations")
async def delete(call: Call) -> dict[str, object]:
    """Remove from the list; the statuses stay."""
    await conversations.delete(call.network, call.person.account_id, call.path_id())
    return {}


async def _marked(call: Call, *, unread: bool) -> dict[str, object]:
    account_id = call.person.account_id
    one = await conversations.mark(call.network, account_id, call.path_id(), unread=unread)
    return await conversation_entity(call.network, call.person, one)


async def conversation_entity(
    network: Network, viewer: Viewer, one: Conversation
) -> dict[str, object]:
    """https://docs.joinmastodon.org/entities/Conversation/"""
    people = msgspec.json.decode(one.participants, type=list[int])
    refs = await timelines.by_ids(network, viewer.account_id, [one.last_status_id])
    parts: Sequence[bytes | None] = await status_parts(network, viewer, refs, "thread", hide=False)
    last = parts[0] if parts else None
    return {
        "id": str(one.id),
        "unread": one.unread,
        "accounts": await account_entities(network, people),
        "last_status": msgspec.Raw(last or b"null"),
    }


HANDLERS = [index, read, unread, delete]
