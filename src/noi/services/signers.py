"""Who signed a request that reads something here."""

from noi.activitypub.signatures import Request
from noi.models.accounts import AccountState
from noi.models.errors import Forbidden
from noi.models.federation import Peer
from noi.models.ids import now_ms
from noi.services.network import Network
from noi.transport.verification import verify


async def signer_of(network: Network, request: Request, *, learn: bool) -> Peer:
    """The account that signed a request; with `learn`, a key that is not known is fetched.

    Raises Unauthorized (a signature that is wrong, or by an unknown key), Forbidden for accounts
    that this network has shut out.
    """
    verified = await verify(network.db, request, now_ms())
    if verified.peer.state > AccountState.LIMITED:
        raise Forbidden("This network does not speak with you")
    return verified.peer
