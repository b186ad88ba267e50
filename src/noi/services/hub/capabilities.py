"""The services that the hub offers, and which of them a member has switched on."""

from noi.db import jobs, locks
from noi.db.database import Transaction
from noi.db.hub import capabilities as table
from noi.db.hub import members
from noi.models.errors import NotFound
from noi.models.hub import Member, MemberState
from noi.models.hub_jobs import ForgetMember, SubscribeMember
from noi.models.ids import now_ms
from noi.services.hub.members import DATA_SHARING
from noi.services.network import Network

OFFERED = {
    "account_search": "0.1",
    "callback": "0.1",
    DATA_SHARING: "0.1",
    "follow_recommendation": "0.1",
    "post_search": "0.1",
    "trends": "0.1",
}
"""By FASP's names, with their versions; `callback` is what its debug specification offers."""


async def activate(network: Network, member: Member, capability: str, version: str) -> None:
    """Switch a capability on; it counts while the network is admitted. Raises NotFound."""
    _check(capability, version)

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, member.id)
        if not await table.put(tx, member.id, capability, now_ms()) or capability != DATA_SHARING:
            return
        now = await members.get(tx, member.id)
        if now is not None and now.state is MemberState.ADMITTED:
            await jobs.enqueue(tx, SubscribeMember(member.id))

    await network.db.transaction(work)


async def deactivate(network: Network, member: Member, capability: str, version: str) -> None:
    """Switch a capability off; what was shared is erased with data sharing. Raises NotFound."""
    _check(capability, version)

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, member.id)
        if await table.delete(tx, member.id, capability) and capability == DATA_SHARING:
            await jobs.enqueue(tx, ForgetMember(member.id))

    await network.db.transaction(work)


async def active(network: Network, member: Member, capability: str) -> bool:
    """Whether a member uses a capability now."""
    admitted = member.state is MemberState.ADMITTED
    return admitted and await table.active(network.db, member.id, capability)


async def of_member(network: Network, member: Member) -> list[str]:
    """What a network has switched on, by name."""
    return await table.of_member(network.db, member.id)


def _check(capability: str, version: str) -> None:
    """Mastodon names the major version alone."""
    offered = OFFERED.get(capability, "")
    if not offered or version not in (offered, offered.partition(".")[0]):
        raise NotFound("This hub does not offer {name} {version}", name=capability, version=version)
