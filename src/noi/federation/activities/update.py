"""Update: an account or a status has changed. One that is not known yet is taken as new."""

from noi.activitypub.actors import read_actor
from noi.activitypub.kinds import Kind
from noi.db import statuses
from noi.db.database import Transaction
from noi.federation.activities.objects import brought, is_wanted, kept
from noi.models.federation import Declined
from noi.services import policies, remote_accounts
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    activity = received.activity
    if activity.object_id == received.actor.uri:
        return await _actor(network, received)
    if activity.embedded_kind not in (None, Kind.OBJECT):
        return None
    if not await _worth_fetching(network, received):
        return None
    return await kept(network, received, await brought(network, received))


async def _worth_fetching(network: Network, received: Received) -> bool:
    """Whether an object that was not sent, or not by its author's word, is worth a look."""
    if received.trusted and received.activity.embedded is not None:
        return True
    if await is_wanted(network, received.via):
        return True
    return await statuses.get_by_uri(network.db, received.activity.object_id) is not None


async def _actor(network: Network, received: Received) -> Work | None:
    embedded, account = received.activity.embedded, received.actor
    if embedded is None or not received.trusted:
        await remote_accounts.by_uri(network, account.uri, refresh=True)
        return None
    actor = read_actor(embedded)
    if actor.id != account.uri:
        raise Declined("Nobody can change another account")
    standing = await policies.of_actor(network, account.domain, account.uri)

    async def work(tx: Transaction) -> None:
        await remote_accounts.upsert(tx, network, actor, account.domain, standing)

    return work
