"""What several handlers look up."""

from noi.activitypub.uris import same_authority
from noi.db import accounts, statuses
from noi.db.database import Reader
from noi.models.accounts import Account, AccountState
from noi.models.federation import INSTANCE_ACTOR_ID, Declined
from noi.models.statuses import Status
from noi.services.inbox import Received
from noi.services.network import Network


async def local_account(network: Network, uri: str) -> Account:
    """The local account of this address; raises NotFound where it is nobody's, or gone."""
    account = await accounts.get_by_uri(network.db, uri)
    if account is None or not account.local or account.id == INSTANCE_ACTOR_ID:
        raise Declined("There is no such account here")
    if account.state is AccountState.DELETED:
        raise Declined("This account is gone")
    return account


async def known_status(reader: Reader, uri: str, viewer_id: int) -> Status:
    """A status that is known here and that this account may see; raises NotFound."""
    status = await statuses.get_by_uri(reader, uri) if uri else None
    if status is not None and status.reblog_of_id is not None:
        status = await statuses.get(reader, status.reblog_of_id)
    if status is not None:
        status = await statuses.get_visible(reader, status.id, viewer_id)
    if status is None:
        raise Declined("There is no such post here")
    return status


def require_trust(received: Received) -> None:
    """Raise Forbidden for what somebody passed on without its actor's word inside."""
    if not received.trusted:
        raise Declined("This was passed on without a signature of its author")


def require_own(received: Received, uri: str) -> None:
    """Raise Forbidden unless the actor's host owns this address."""
    if not same_authority(uri, received.actor.uri):
        raise Declined("The activity is about what belongs to another server")


def is_local(network: Network, uri: str) -> bool:
    """Whether an address is one of this network's."""
    return network.settings.owns(uri)
