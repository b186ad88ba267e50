"""Like: a favourite; with an emoji (Misskey and its kin), a reaction besides."""

from noi.db import withdrawn
from noi.db.database import Transaction
from noi.federation.activities.common import known_status, require_trust
from noi.services import favourites, reactions
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    activity, actor = received.activity, received.actor
    status = await known_status(network.db, activity.object_id, actor.id)
    name = reactions.reaction_name(activity.reaction, actor.domain)
    drawn = await reactions.drawn_by(network, activity.emojis, activity.reaction, actor)

    async def work(tx: Transaction) -> None:
        if await withdrawn.has(tx, actor.uri, activity.id):
            return
        await favourites.receive(network, tx, actor.id, status, activity.id)
        if name:
            await reactions.receive(network, tx, actor.id, status, name, activity.id, drawn)

    return work
