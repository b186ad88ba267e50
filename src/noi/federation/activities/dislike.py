"""Dislike: a vote against a status (Lemmy, PeerTube, Friendica)."""

from noi.db import withdrawn
from noi.db.database import Transaction
from noi.federation.activities.common import known_status, require_trust
from noi.services import reactions
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    activity, actor = received.activity, received.actor
    status = await known_status(network.db, activity.object_id, actor.id)

    async def work(tx: Transaction) -> None:
        if not await withdrawn.has(tx, actor.uri, activity.id):
            await reactions.receive_dislike(network, tx, actor.id, status, activity.id)

    return work
