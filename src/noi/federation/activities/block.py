"""Block: somebody wants nothing to do with an account here any more."""

from noi.db import withdrawn
from noi.db.database import Transaction
from noi.federation.activities.common import local_account, require_trust
from noi.models.federation import Declined
from noi.services import blocks
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    activity, actor = received.activity, received.actor
    if activity.target_id:
        raise Declined("This shuts somebody out of a group, which is for the group to do")
    target = await local_account(network, activity.object_id)

    async def work(tx: Transaction) -> None:
        if not await withdrawn.take(tx, actor.uri, activity.id):
            await blocks.receive(network, tx, actor, target.id, activity.id)

    return work
