"""QuoteRequest: somebody asks to quote a status of an account here (FEP-044f)."""

from noi.federation.activities.common import require_trust
from noi.services import quote_requests
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    return await quote_requests.receive_request(network, received)
