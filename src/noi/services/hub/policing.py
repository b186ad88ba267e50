"""What follows in a hub from decisions about domains: their people are held no more."""

from noi.db.hub import policed, queue
from noi.models.accounts import AccountState
from noi.models.jobs import ApplyPolicies
from noi.services import policies, policy_effects
from noi.services.hub import withdrawals
from noi.services.network import Network

_PEOPLE = 20
_ADDRESSES = 500


async def apply(network: Network, job: ApplyPolicies) -> None:
    """Drop whom the hub holds of domains that are limited or blocked now; may be done again."""
    await policy_effects.apply(network, job)
    for host in await policed.hosts(network.db):
        if set(policies.names(host)).isdisjoint(job.domains):
            continue
        standing = await policies.of(network, host)
        if standing.blocked or standing.state is not AccountState.ACTIVE:
            await _drop(network, host)


async def _drop(network: Network, host: str) -> None:
    db = network.db
    while await db.transaction(lambda tx: queue.drop_of_host(tx, host, _ADDRESSES)):
        pass
    while uris := await policed.uris(db, host, _PEOPLE):
        await db.transaction(lambda tx, uris=uris: withdrawals.withdraw(tx, uris))
