"""Calling providers of the alliance's services: signed, and not while calls of it are put off.

Each capability of each provider has its own breaker: what fails is tried less and less often, so
that a slow or dead provider costs nothing else.
"""

from noi.db import alliance as table
from noi.models.alliance import Provider, ProviderState
from noi.models.ids import now_ms
from noi.services import policies
from noi.services.network import Network
from noi.transport import fasp
from noi.transport.errors import Busy, Gone, Refused, TransportError, Unfit

_SIGNING = (ProviderState.ASKED, ProviderState.CONFIRMED, ProviderState.LEAVING)


def peer_of(provider: Provider) -> fasp.Peer:
    """The provider as signing and verifying need it."""
    return fasp.Peer(
        base_url=provider.base_url,
        key_id=provider.server_id,
        private_key=provider.private_key,
        public_key=provider.public_key,
    )


async def find(network: Network, key_id: str) -> Provider | None:
    """The provider that is called so here and may sign: not one that was turned down or left."""
    if not (key_id.isascii() and key_id.isdigit() and len(key_id) <= 18):
        return None
    provider = await table.get(network.db, int(key_id))
    signs = provider is not None and provider.public_key and provider.state in _SIGNING
    return provider if signs else None


async def call(
    network: Network,
    provider: Provider,
    capability: str,
    method: fasp.Method,
    path: str,
    body: bytes = b"",
    *,
    seconds: float = fasp.SECONDS,
    limit_bytes: int = fasp.MAX_ANSWER_BYTES,
    typed: bool = False,
) -> fasp.Answer:
    """Call a provider for a capability ('' for what belongs to none), within `seconds`.

    Raises Busy at once while its calls are put off, Refused where this network does not speak
    with its host, and what `transport.fasp.call` raises, which is noted. With `typed`, that it
    finds what a person typed Unfit is not held against it.
    """
    known = await table.capability(network.db, provider.id, capability)
    if known is not None and known.retry_at > now_ms():
        raise Busy(f"{provider.host}: put off after an error: {known.error}", known.retry_at)
    peer = peer_of(provider)
    try:
        if (await policies.of(network, provider.host)).blocked:
            raise Refused(f"{provider.host}: this network does not speak with it")
        answer = await fasp.call(
            network.client, peer, method, path, body, seconds=seconds, limit_bytes=limit_bytes
        )
    except TransportError as error:
        if typed and isinstance(error, Unfit):
            raise
        await note_failure(network, provider, capability, error)
        raise
    if table.news(known, now_ms()):
        await note_success(network, provider, capability)
    return answer


async def note_failure(
    network: Network, provider: Provider, capability: str, error: TransportError
) -> None:
    """Put calls of a capability off. What was not found counts like no answer: a proxy may say so
    in place of the provider.
    """
    retry_at = error.retry_at if isinstance(error, Busy) else None
    message = str(error) if not isinstance(error, Gone) else f"{error} (not found)"
    await network.db.transaction(
        lambda tx: table.failed(tx, provider.id, capability, message, retry_at)
    )


async def note_success(network: Network, provider: Provider, capability: str) -> None:
    """Note that a capability works."""
    await network.db.transaction(lambda tx: table.succeeded(tx, provider.id, capability))
