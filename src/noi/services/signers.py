"""Who signed a request that reads something here."""

from noi.activitypub.signatures import Request
from noi.models.accounts import AccountState
from noi.models.errors import Forbidden, NoiError, Unauthorized
from noi.models.federation import Peer
from noi.models.ids import now_ms
from noi.services import policies, remote_accounts
from noi.services.network import Network
from noi.transport.errors import TransportError
from noi.transport.verification import UnknownKey, Verified, WrongKey, forget, verify

_TRUSTED_MS = 5 * 60_000
"""How long a fetched key is taken for the right one, though a signature does not fit it."""


async def signer_of(network: Network, request: Request, *, learn: bool) -> Peer:
    """The account that signed a request; with `learn`, a key that is not known is fetched.

    Raises Unauthorized (a signature that is wrong, or by an unknown key), and Forbidden for
    servers and accounts that this network has shut out.
    """
    now = now_ms()
    try:
        verified = await verify(network.db, request, now)
    except UnknownKey as unknown:
        await _check_host(network, unknown.host)
        if not learn:
            raise
        verified = await _learned(network, request, unknown.key_id)
    except WrongKey as wrong:
        fetched_at = wrong.peer.fetched_at
        if not learn or fetched_at is None or fetched_at + _TRUSTED_MS > now:
            raise
        verified = await _learned(network, request, wrong.key_id)
    await _check_host(network, verified.host)
    if verified.peer.domain != verified.host:
        await _check_host(network, verified.peer.domain)
    if verified.peer.state > AccountState.LIMITED:
        raise Forbidden("This network does not speak with you")
    return verified.peer


async def _learned(network: Network, request: Request, key_id: str) -> Verified:
    try:
        await remote_accounts.by_key_id(network, key_id)
    except Forbidden:
        raise
    except (NoiError, TransportError) as error:
        raise Unauthorized("The key {key_id} cannot be fetched", key_id=key_id) from error
    forget(network.db, key_id)
    return await verify(network.db, request, now_ms())


async def _check_host(network: Network, host: str) -> None:
    if host and (await policies.of(network, host)).blocked:
        raise Forbidden("This network does not speak with you")
