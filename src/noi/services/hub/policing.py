"""What follows in a hub from decisions about domains: their people are held no more."""

import msgspec

from noi.db.hub import members, policed, queue
from noi.models.accounts import AccountState
from noi.models.hub import MemberState
from noi.models.jobs import ApplyPolicies
from noi.services import policies, policy_effects
from noi.services.domain_blocks import normalised
from noi.services.hub import withdrawals
from noi.services.network import Network

_PEOPLE = 20
_ADDRESSES = 500
_MEMBERS = 10_000


class Effect(msgspec.Struct, frozen=True):
    """What blocking or limiting a domain takes out of the hub: people and their posts; `members`
    are the hosts under it that are members, which a decision about a domain does not end.
    """

    accounts: int = 0
    posts: int = 0
    members: tuple[str, ...] = ()


async def preview(network: Network, domain: str) -> Effect:
    """What a decision about a domain would take out. Raises Invalid for what is no domain."""
    name = normalised(domain)
    hosts = [host for host in await policed.hosts(network.db) if policies.lies_under(host, name)]
    accounts, posts = await policed.held(network.db, hosts) if hosts else (0, 0)
    admitted = await members.fetch_page(network.db, [MemberState.ADMITTED], after=0, limit=_MEMBERS)
    under = tuple(one.host for one in admitted if policies.lies_under(one.host, name))
    return Effect(accounts, posts, under)


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
