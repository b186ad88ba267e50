"""Follow: the server of a member wants to take part in the relay."""

from noi.models.federation import Declined
from noi.services.hub import relay
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    if not received.trusted or not received.activity.id:
        raise Declined("A Follow without an id and its actor's word cannot be answered")
    return await relay.follow(network, received)
