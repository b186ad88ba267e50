"""Create: somebody has written something, or votes."""

from noi.db import remote_accounts, statuses
from noi.federation.activities.common import is_local
from noi.federation.activities.objects import Brought, brought, is_wanted, kept
from noi.models.federation import Declined
from noi.services import polls
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    if not await _worth_fetching(network, received):
        return None
    found = await brought(network, received)
    if found.object.is_vote and is_local(network, found.object.in_reply_to):
        return await _vote(network, found)
    return await kept(network, received, found)


async def _worth_fetching(network: Network, received: Received) -> bool:
    """Whether an object that was not sent, or not by its author's word, is worth a look."""
    if received.trusted and received.activity.embedded is not None:
        return True
    if received.inbox_account_id is not None or await is_wanted(network, received.via):
        return True
    return await remote_accounts.has_followers(network.db, received.actor.id)


async def _vote(network: Network, found: Brought) -> Work | None:
    status = await statuses.get_by_uri(network.db, found.object.in_reply_to)
    if status is None or await statuses.get_visible(network.db, status.id, found.author.id) is None:
        raise Declined("There is no such post here")
    if status.poll_id is None:
        raise Declined("The post has no poll")
    choice = found.object.name
    return lambda tx: polls.receive_vote(tx, found.author.id, status, choice)
