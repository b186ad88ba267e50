"""Which status an Add or a Remove is about, and whose pinned ones it changes."""

from noi.db import remote_accounts, statuses
from noi.models.accounts import Account, AccountKind
from noi.models.errors import NotFound
from noi.models.federation import Declined
from noi.models.statuses import Status, Visibility
from noi.services import resolution
from noi.services.inbox import Received
from noi.services.network import Network


async def owner_of(network: Network, received: Received) -> Account:
    """The account whose pinned statuses change: the actor itself, or the group that passed this on
    after it had judged who may. Raises Forbidden for other collections.
    """
    via = received.via
    for account in (received.actor, via):
        if account is None or (account is via and account.kind is not AccountKind.GROUP):
            continue
        if account is received.actor and not received.trusted:
            continue
        places = await remote_accounts.collections(network.db, account.id)
        if places and places.featured and places.featured == received.activity.target_id:
            return account
    raise Declined("The collection is none that is kept here")


async def status_of(network: Network, received: Received, owner: Account) -> Status:
    """The status, fetched where it is not known; raises NotFound, and Forbidden for another's."""
    uri = received.activity.object_id
    status = await statuses.get_by_uri(network.db, uri)
    if status is None and received.activity.type == "Add":
        status = await resolution.fetch_status(network, uri)
    if status is None or status.deleted_at is not None:
        raise NotFound
    if owner.id not in (status.account_id, status.group_id):
        raise Declined("The post is somebody else's")
    if status.visibility == Visibility.DIRECT:
        raise Declined("Direct posts cannot be pinned")
    return status
