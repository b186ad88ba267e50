"""Which activity sent to a hub is handled where."""

from noi.models.federation import Declined
from noi.services.inbox import Handle, Received, Work
from noi.services.network import Network

_HANDLERS: dict[str, Handle] = {}


async def dispatch(network: Network, received: Received) -> Work | None:
    """Let the handler of its type see to an activity; raises what refuses it."""
    handler = _HANDLERS.get(received.activity.type)
    if handler is None:
        kind = received.activity.type
        raise Declined("A hub takes no activities of the type {type}", type=kind)
    return await handler(network, received)
