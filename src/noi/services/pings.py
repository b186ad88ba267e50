"""Asking another server whether it can be spoken with: what works, and how long it takes."""

from collections.abc import Awaitable, Callable
from time import monotonic

import msgspec

from noi.config import host_name
from noi.models.errors import NoiError
from noi.services import keys, remote_documents
from noi.services.network import Network
from noi.transport import nodeinfo, webfinger
from noi.transport.errors import TransportError
from noi.transport.signed import get_document


class Step(msgspec.Struct, frozen=True):
    """One thing that was asked: what came of it, and the time it took in ms."""

    name: str
    worked: bool
    told: str
    took_ms: int


async def ping(network: Network, host: str) -> list[Step]:
    """Ask `host[:port]` for its NodeInfo, for the handle of its own actor, and, signed, for that
    actor. Raises Forbidden for hosts that this network does not speak with.
    """
    scheme = network.client.schemes(host)[0]
    await remote_documents.check_host(network, f"{scheme}://{host}/")
    actor_uri = f"{scheme}://{host}/actor"

    async def software() -> str:
        found = await nodeinfo.fetch(network.client, host)
        return f"{found.name} {found.version}".strip() or "says nothing"

    async def handle() -> str:
        nonlocal actor_uri
        name = host_name(host)
        found = await webfinger.look_up(network.client, f"{name}@{host}")
        actor_uri = found.actor_uri
        return f"{found.subject} is {found.actor_uri}"

    async def actor() -> str:
        key = await keys.instance_key(network)
        return (await get_document(network.client, actor_uri, key)).url

    return [
        await _timed("NodeInfo", software),
        await _timed("WebFinger", handle),
        await _timed("signed GET", actor),
    ]


async def _timed(name: str, ask: Callable[[], Awaitable[str]]) -> Step:
    begun = monotonic()
    try:
        told, worked = await ask(), True
    except (TransportError, NoiError) as error:
        told, worked = f"{type(error).__name__}: {error}", False
    return Step(name, worked, told, round((monotonic() - begun) * 1000))
