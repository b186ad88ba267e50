"""Delete: a person or a post is gone, by the word of whom it belonged to."""

from noi.services.hub import owners
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    return await owners.deleted(network, received)
