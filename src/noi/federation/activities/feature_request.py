"""FeatureRequest: somebody asks to show an account here in a collection (FEP-7aa9)."""

from noi.federation.activities.common import require_trust
from noi.services import featurings
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    return await featurings.receive_request(network, received)
