"""What readers do with a status: https://docs.joinmastodon.org/methods/statuses/"""

from collections.abc import Awaitable, Callable

import msgspec
from litestar.handlers import HTTPRouteHandler

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import account_entity
from noi.api.entities.statuses import shared_status
from noi.api.rendering import status_json
from noi.models.errors import NotFound
from noi.models.statuses import StatusView
from noi.services import bookmarks, conversations, favourites, pins, reblogs, views
from noi.services.network import Network


@endpoint("POST", "/api/v1/statuses/{id:str}/reblog", scope="write:statuses")
async def reblog(call: Call) -> Reply:
    """Reblog a status; the answer is the reblog."""
    visibility = call.params.text("visibility")
    made = await reblogs.reblog(
        call.network, call.person.account_id, call.path_id(), visibility=visibility
    )
    return Reply(await status_json(call.network, call.viewer, made))


@endpoint("POST", "/api/v1/statuses/{id:str}/unreblog", scope="write:statuses")
async def unreblog(call: Call) -> Reply:
    """Take a reblog back; the answer is the reblogged status."""
    status_id = await reblogs.unreblog(call.network, call.person.account_id, call.path_id())
    return Reply(await _shown(call, status_id))


def _act(
    verb: str, scope: str, act: Callable[[Network, int, int], Awaitable[object]]
) -> HTTPRouteHandler:
    @endpoint("POST", f"/api/v1/statuses/{{id:str}}/{verb}", scope=scope)
    async def handler(call: Call) -> Reply:
        status_id = call.path_id()
        await act(call.network, call.person.account_id, status_id)
        return Reply(await _shown(call, status_id))

    return handler


async def _shown(call: Call, status_id: int) -> bytes:
    try:
        return await status_json(call.network, call.viewer, status_id)
    except NotFound:
        return await _withheld(call.network, status_id)


async def _withheld(network: Network, status_id: int) -> bytes:
    """A status without what it says, for someone who took something back and sees it no more.

    Mastodon answers the whole status here, which would show a blocked reader its latest text.
    """
    view = await views.load_one(network, status_id)
    if view is None or view.status.deleted_at is not None:
        raise NotFound
    status = msgspec.structs.replace(
        view.status,
        content="",
        spoiler_text="",
        language="",
        in_reply_to_id=None,
        in_reply_to_account_id=None,
        edited_at=None,
    )
    shared = msgspec.json.encode(shared_status(network, StatusView(status, view.account)))
    rest = msgspec.json.encode(
        {
            "account": account_entity(network, view.account, view.account_emojis),
            "poll": None,
            "reblog": None,
            "quote": None,
            "quote_approval": {"automatic": [], "manual": [], "current_user": "denied"},
            **dict.fromkeys(("favourited", "reblogged", "bookmarked", "muted", "pinned"), False),
            "filtered": [],
        }
    )
    return shared[:-1] + b"," + rest[1:]


HANDLERS = [
    reblog,
    unreblog,
    _act("favourite", "write:favourites", favourites.favourite),
    _act("unfavourite", "write:favourites", favourites.unfavourite),
    _act("bookmark", "write:bookmarks", bookmarks.bookmark),
    _act("unbookmark", "write:bookmarks", bookmarks.unbookmark),
    _act("mute", "write:mutes", conversations.mute),
    _act("unmute", "write:mutes", conversations.unmute),
    _act("pin", "write:accounts", pins.pin),
    _act("unpin", "write:accounts", pins.unpin),
]
