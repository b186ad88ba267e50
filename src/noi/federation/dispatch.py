"""Which activity is handled where: the only table from an activity's type to its handler."""

from noi.federation.activities import (
    accept,
    block,
    dislike,
    emoji_react,
    flag,
    follow,
    join,
    like,
    move,
    quote_request,
    reject,
    undo,
    view,
)
from noi.models.errors import Forbidden
from noi.services.inbox import Handle, Received, Work
from noi.services.network import Network

_HANDLERS: dict[str, Handle] = {
    "Accept": accept.handle,
    "Block": block.handle,
    "Dislike": dislike.handle,
    "EmojiReact": emoji_react.handle,
    "Flag": flag.handle,
    "Follow": follow.handle,
    "Join": join.handle,
    "Leave": join.handle,
    "Like": like.handle,
    "Lock": view.handle,
    "Move": move.handle,
    "QuoteRequest": quote_request.handle,
    "Reject": reject.handle,
    "Undo": undo.handle,
    "View": view.handle,
}


async def dispatch(network: Network, received: Received) -> Work | None:
    """Let the handler of its type see to an activity; raises what refuses it."""
    handler = _HANDLERS.get(received.activity.type)
    if handler is None:
        kind = received.activity.type
        raise Forbidden("Activities of the type {type} are not understood", type=kind)
    return await handler(network, received)
