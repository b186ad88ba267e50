"""Whose request to follow an Accept or a Reject is about."""

from noi.federation.activities.common import local_account
from noi.models.accounts import Account
from noi.models.federation import Declined
from noi.services.inbox import Received
from noi.services.network import Network


async def follower_of(network: Network, received: Received) -> Account:
    """The local account whose Follow is answered: the one it is by, or under whose address it is.

    Raises Forbidden where it is for somebody else to answer, NotFound for nobody's Follow.
    """
    activity = received.activity
    inner = activity.nested
    if inner is None or inner.type != "Follow":
        return await local_account(network, activity.object_id.partition("/follows/")[0])
    if inner.object_id and inner.object_id != received.actor.uri:
        raise Declined("The Follow was not of this actor")
    return await local_account(network, inner.actor)
