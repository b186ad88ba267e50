"""Block, and its Undo: somebody wants nothing to do with the hub, or does again."""

from noi.services.hub import owners
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    return await owners.blocked(network, received)


async def handle_undo(network: Network, received: Received) -> Work | None:
    return await owners.unblocked(network, received)
