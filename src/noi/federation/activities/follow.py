"""Follow: somebody wants to follow an account here."""

from noi.activitypub import addresses
from noi.db import withdrawn
from noi.db.database import Transaction
from noi.federation.activities.common import local_account, require_trust
from noi.models.federation import Declined
from noi.services import follows, relays
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    activity, actor = received.activity, received.actor
    if not activity.id:
        raise Declined("A Follow without an id cannot be answered")
    if activity.object_id == addresses.instance_actor(network.settings.origin):
        return lambda tx: relays.receive_follow(network, tx, actor, activity.id)
    target = await local_account(network, activity.object_id)

    async def work(tx: Transaction) -> None:
        if not await withdrawn.take(tx, actor.uri, activity.id):
            await follows.receive(network, tx, actor, target, activity.id)

    return work
