"""Create, Announce, Update, Delete: what members pass to the relay for the others."""

from noi.models.federation import Declined
from noi.services.hub import relay
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    if not received.trusted:
        raise Declined("This was passed on without a signature of its author")
    return await relay.pass_on(network, received)
