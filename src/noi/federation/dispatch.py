"""Which activity is handled where: the only table from an activity's type to its handler."""

from noi.federation.activities import (
    accept,
    add,
    announce,
    block,
    create,
    delete,
    dislike,
    emoji_react,
    feature_request,
    flag,
    follow,
    join,
    like,
    move,
    passed_on,
    quote_request,
    reject,
    remove,
    undo,
    update,
    view,
)
from noi.models.federation import Declined
from noi.services.inbox import Handle, Received, Work
from noi.services.network import Network

_HANDLERS: dict[str, Handle] = {
    "Accept": accept.handle,
    "Add": add.handle,
    "Announce": announce.handle,
    "Block": block.handle,
    "Create": create.handle,
    "Delete": delete.handle,
    "Dislike": dislike.handle,
    "EmojiReact": emoji_react.handle,
    "FeatureRequest": feature_request.handle,
    "Flag": flag.handle,
    "Follow": follow.handle,
    "Join": join.handle,
    "Leave": join.handle,
    "Like": like.handle,
    "Lock": view.handle,
    "Move": move.handle,
    "QuoteRequest": quote_request.handle,
    "Reject": reject.handle,
    "Remove": remove.handle,
    "Undo": undo.handle,
    "Update": update.handle,
    "View": view.handle,
}


async def dispatch(network: Network, received: Received) -> Work | None:
    """Let the handler of its type see to an activity; raises what refuses it."""
    carried = None
    while passed_on.is_passed_on(received):
        if own := await passed_on.own_post(network, received):
            return await announce.handle(network, own)
        carried, received = received, await passed_on.unwrapped(network, received)
    handler = _HANDLERS.get(received.activity.type)
    if handler is None:
        kind = received.activity.type
        raise Declined("Activities of the type {type} are not understood", type=kind)
    work = await handler(network, received)
    if carried is None:
        return work
    return passed_on.shown_by_group(network, carried, received, work)
