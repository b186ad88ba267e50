"""Join and Leave: events of this network take no participants, and groups are followed."""

from noi.models.federation import Declined
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    raise Declined("Nothing here can be joined; groups are followed")
