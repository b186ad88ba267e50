"""Getting to know other servers: what they run, as they say themselves."""

import asyncio

from noi.db import hosts
from noi.models.ids import now_ms
from noi.models.jobs import DescribeHosts
from noi.services import policies
from noi.services.network import Network
from noi.transport import nodeinfo
from noi.transport.errors import TransportError
from noi.transport.nodeinfo import Software

_AT_A_TIME = 40
_AT_ONCE = 8
_AGAIN_MS = 7 * 86_400_000


async def describe(network: Network, _job: DescribeHosts) -> None:
    """Ask the servers that were not asked for a week what they run, some at a time."""
    due = await hosts.undescribed(network.db, before=now_ms() - _AGAIN_MS, limit=_AT_A_TIME)
    room = asyncio.Semaphore(_AT_ONCE)

    async def ask(host: str) -> None:
        async with room:
            found = await _software(network, host)
        await network.db.transaction(
            lambda tx: hosts.describe(tx, host, found.name, found.version, now_ms())
        )

    await asyncio.gather(*(ask(host) for host in due))


async def _software(network: Network, host: str) -> Software:
    if (await policies.of(network, host)).blocked:
        return Software()
    try:
        return await nodeinfo.fetch(network.client, host)
    except TransportError:
        return Software()
