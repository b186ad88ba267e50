"""QuoteRequest: somebody asks to quote a status of an account here (FEP-044f)."""

from noi.models.errors import Forbidden
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    raise Forbidden("Quotes are not answered here")
