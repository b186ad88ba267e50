"""Remove: somebody, or a group, unpins a status."""

from noi.federation.activities.pinning import owner_of, status_of
from noi.services import pins
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    owner = await owner_of(network, received)
    status = await status_of(network, received, owner)
    return lambda tx: pins.receive_end(tx, owner.id, status.id)
