"""Move: an account goes on elsewhere; both have to say so."""

from noi.db import accounts
from noi.federation.activities.common import is_local, require_trust
from noi.models.federation import Declined
from noi.services import moves, remote_accounts
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    activity, actor = received.activity, received.actor
    if activity.object_id != actor.uri:
        raise Declined("Nobody can move another account")
    if not activity.target_id or activity.target_id == actor.uri:
        raise Declined("The Move does not say where to")
    if is_local(network, activity.target_id):
        target = await accounts.get_by_uri(network.db, activity.target_id)
    else:
        target = await remote_accounts.by_uri(network, activity.target_id, refresh=True)
    if target is None or actor.uri not in await accounts.also_known_as(network.db, target.id):
        raise Declined("The account it moves to does not say that it is the same")
    return lambda tx: moves.receive(tx, actor, target)
