"""Flag: a report about accounts here, and about what they wrote."""

from noi.db import accounts, statuses
from noi.db.database import Transaction
from noi.federation.activities.common import is_local, require_trust
from noi.models.accounts import Account, AccountState
from noi.models.federation import INSTANCE_ACTOR_ID, Declined
from noi.services import policies, reports
from noi.services.inbox import Received, Work
from noi.services.network import Network

MAX_ACCOUNTS = 10
_MAX_OBJECTS = 120


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    actor, activity = received.actor, received.activity
    if (await policies.of(network, actor.domain)).rejects_reports:
        raise Declined("Reports of this server are not taken")
    about = await _about(network, activity.object_ids[:_MAX_OBJECTS])
    if not about:
        raise Declined("The report is about nobody here")
    comment = activity.reason or activity.content

    async def work(tx: Transaction) -> None:
        for target, status_ids in about[:MAX_ACCOUNTS]:
            await reports.receive(
                network,
                tx,
                actor,
                target,
                status_ids=status_ids[: reports.MAX_STATUSES],
                comment=comment,
            )

    return work


async def _about(network: Network, uris: tuple[str, ...]) -> list[tuple[Account, list[int]]]:
    """The local accounts among what is reported, each with its statuses."""
    own = [uri for uri in uris if is_local(network, uri)]
    named = await accounts.get_many_by_uri(network.db, own)
    written: dict[int, list[int]] = {account.id: [] for account in named.values()}
    for uri in own:
        status = None if uri in named else await statuses.get_by_uri(network.db, uri)
        if status is not None:
            written.setdefault(status.account_id, []).append(status.id)
    found = await accounts.get_many(network.db, list(written))
    return [
        (account, written[account.id])
        for account in found.values()
        if account.local
        and account.id != INSTANCE_ACTOR_ID
        and account.state is not AccountState.DELETED
    ]
