"""View and Lock: nothing here counts views, or closes threads."""

from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    return None
