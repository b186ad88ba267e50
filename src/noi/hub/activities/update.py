"""Update: somebody changed their profile, and perhaps what they agree to, or a post."""

from noi.services.hub import owners
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    return await owners.updated(network, received)
