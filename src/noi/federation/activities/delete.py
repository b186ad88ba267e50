"""Delete: an actor, a status or something else is gone, by the word of whom it belonged to."""

from noi.db import statuses, withdrawn
from noi.db.database import Transaction
from noi.federation.activities.common import require_own
from noi.federation.activities.objects import is_gone
from noi.federation.activities.removal import removed
from noi.models.federation import Declined
from noi.services import departures, featurings, quote_requests
from noi.services import statuses as status_verbs
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    actor, uri = received.actor, received.activity.object_id
    removal = await removed(network, received)
    if removal is not None:
        return removal
    require_own(received, uri)
    if not received.trusted and not await is_gone(network, uri):
        raise Declined("This was passed on, and what it is about is still there")
    if uri == actor.uri:
        return lambda tx: departures.bury(tx, actor.id)
    stamp_ended = await quote_requests.receive_end(network, received)
    if stamp_ended is not None:
        return stamp_ended

    async def work(tx: Transaction) -> None:
        status = await statuses.get_by_uri(tx, uri)
        if status is None and not await featurings.receive_end(tx, actor.id, uri):
            await withdrawn.insert(tx, actor.uri, uri)
        elif status is not None and status.account_id == actor.id:
            await status_verbs.bury(tx, status)

    return work
