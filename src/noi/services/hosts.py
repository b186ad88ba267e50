"""Other servers as those who run the network see them: how speaking with them goes."""

from weakref import WeakKeyDictionary

import msgspec

from noi.db import deliveries, live
from noi.db import hosts as table
from noi.db import policies as policy_table
from noi.db.database import Database, Transaction
from noi.db.policy_effects import known_domains
from noi.models.accounts import Viewer
from noi.models.errors import NotFound
from noi.models.federation import Host, Severity
from noi.models.ids import now_ms
from noi.services import policies
from noi.services.network import Network
from noi.services.policies import Standing
from noi.services.policy_decisions import check_actor

_PEERS_LIFE_MS = 5 * 60_000
_FOUND_PEERS = 10

_peers: WeakKeyDictionary[Database, tuple[int, list[str]]] = WeakKeyDictionary()


class HostView(msgspec.Struct, frozen=True):
    """A host, how many deliveries wait for it (counted up to 10,000), and what is decided."""

    host: Host
    queued: int
    standing: Standing


async def fetch_page(
    network: Network, *, after: str = "", chosen: str = "", limit: int = 50
) -> list[HostView]:
    """Hosts by name, after one: all, or those that are `failing` or `dead` (given up)."""
    found = await table.fetch_page(network.db, after=after, chosen=chosen, limit=limit)
    return await _views(network, found)


async def get(network: Network, host: str) -> HostView:
    """One host; raises NotFound."""
    found = await table.get(network.db, host)
    if found is None:
        raise NotFound
    return (await _views(network, [found]))[0]


async def peers(network: Network) -> list[str]:
    """The domains of known accounts, without blocked ones; may be five minutes old."""
    now = now_ms()
    counted_at, found = _peers.get(network.db, (0, []))
    if now - counted_at > _PEERS_LIFE_MS:
        decided = await policy_table.fetch_all(network.db)
        blocked = {one.domain for one in decided if one.severity is Severity.BLOCK}
        domains = await known_domains(network.db)
        found = [one for one in domains if blocked.isdisjoint(policies.names(one))]
        _peers[network.db] = (now, found)
    return found


async def find_peers(network: Network, text: str) -> list[str]:
    """Up to ten of them that begin so."""
    start = text.strip().lower()
    return [one for one in await peers(network) if one.startswith(start)][:_FOUND_PEERS]


async def known(network: Network, host: str) -> bool:
    """Whether a host was ever spoken with."""
    return await table.get(network.db, host) is not None


async def retry(network: Network, actor: Viewer | None, host: str) -> None:
    """Try a host at once, and forget that it failed. Raises Forbidden below admins, NotFound."""
    check_actor(actor)
    await get(network, host)

    async def work(tx: Transaction) -> None:
        await table.revive(tx, host, now_ms())
        await live.wake_workers(tx)

    await network.db.transaction(work)


async def drop_queue(network: Network, actor: Viewer | None, host: str) -> int:
    """Forget what waits for a host; answers how many deliveries. Raises as `retry` does."""
    check_actor(actor)
    await get(network, host)
    return await network.db.transaction(lambda tx: deliveries.drop_host(tx, host))


async def _views(network: Network, found: list[Host]) -> list[HostView]:
    counts = await deliveries.counts(network.db, [host.host for host in found])
    return [
        HostView(host, counts.get(host.host, 0), await policies.of(network, host.host))
        for host in found
    ]
