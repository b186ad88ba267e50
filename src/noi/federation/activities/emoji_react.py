"""EmojiReact: a reaction (Pleroma and its kin, FEP-c0e0)."""

from noi.db import withdrawn
from noi.db.database import Transaction
from noi.federation.activities.common import known_status, require_trust
from noi.models.federation import Declined
from noi.services import reactions
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    activity, actor = received.activity, received.actor
    name = reactions.reaction_name(activity.reaction, actor.domain)
    drawn = await reactions.drawn_by(network, activity.emojis, activity.reaction, actor)
    if not name:
        raise Declined("The reaction is no emoji")
    status = await known_status(network.db, activity.object_id, actor.id)

    async def work(tx: Transaction) -> None:
        if not await withdrawn.has(tx, actor.uri, activity.id):
            await reactions.receive(network, tx, actor.id, status, name, activity.id, drawn)

    return work
