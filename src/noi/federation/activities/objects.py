"""The object that an activity brings, from where it may be believed, and whose it is."""

import msgspec

from noi.activitypub.activities import embedded_object
from noi.activitypub.normalize import compact, types_of
from noi.activitypub.objects import Object, read_object
from noi.activitypub.uris import same_authority
from noi.db import accounts, relays, remote_accounts, statuses
from noi.federation.activities.common import is_local
from noi.models.accounts import Account, AccountKind
from noi.models.errors import NotFound
from noi.models.federation import Declined
from noi.models.statuses import Visibility
from noi.services import policies, remote_documents, remote_statuses
from noi.services import remote_accounts as remote_people
from noi.services.inbox import Received, Work
from noi.services.network import Network
from noi.services.remote_statuses import Arrival
from noi.transport.errors import Gone


class Brought(msgspec.Struct, frozen=True):
    """An object that may be believed, and its author."""

    object: Object
    author: Account


async def brought(network: Network, received: Received) -> Brought:
    """The object of a Create or Update: as it was sent where its author has sent it, else as its
    own host has it.

    Raises BadDocument, Forbidden for what belongs to another server, and as fetching does.
    """
    activity, actor = received.activity, received.actor
    object_ = embedded_object(activity) if received.trusted else None
    if object_ is None or object_.author != actor.uri or not same_authority(object_.id, actor.uri):
        object_ = await fetched(network, activity.object_id)
    if not same_authority(object_.id, object_.author):
        raise Declined("The post belongs to another server than its author")
    if object_.author == actor.uri:
        return Brought(object_, actor)
    return Brought(object_, await remote_people.by_uri(network, object_.author))


async def fetched(network: Network, uri: str) -> Object:
    """An object as its own host has it now; raises as `remote_documents.fetch` does."""
    if not uri:
        raise Declined("The activity does not say what it is about")
    if is_local(network, uri):
        raise Declined("Nobody else speaks for this network's posts")
    return read_object(await remote_documents.fetch(network, uri))


async def is_gone(network: Network, uri: str) -> bool:
    """Whether the host of an object says that it is there no more.

    That it knows none suffices for what was for everybody: other things it may only hide.
    """
    try:
        document = await remote_documents.fetch(network, uri)
    except Gone as gone:
        known = await statuses.get_by_uri(network.db, uri)
        return gone.for_good or (known is not None and known.visibility <= Visibility.UNLISTED)
    return "Tombstone" in types_of(compact(document))


async def kept(network: Network, received: Received, found: Brought) -> Work | None:
    """What keeps an object, where it concerns this network."""
    object_, author = found.object, found.author
    standing = await policies.of_actor(network, author.domain, author.uri)
    if standing.blocked:
        raise Declined("This network does not speak with {host}", host=author.domain)
    public = object_.recipients.public or object_.recipients.unlisted
    arrival = Arrival(
        delivered_to=None if public else await _recipient(network, received),
        group=received.via if _is_group(received.via) else None,
    )
    followed = received.followed and author.id == received.actor.id
    wanted = followed or await is_wanted(network, received.via)
    return await remote_statuses.receive(network, object_, author, standing, arrival, wanted=wanted)


async def is_wanted(network: Network, via: Account | None) -> bool:
    """Whether this network wants what somebody passes on: a group that is followed, or a relay."""
    if via is None:
        return False
    if _is_group(via) and await remote_accounts.has_followers(network.db, via.id):
        return True
    return await is_relay(network, via)


async def is_relay(network: Network, account: Account) -> bool:
    """Whether an account is a relay that has accepted this network."""
    return any(relay.actor_uri == account.uri for relay in await relays.accepted(network.db))


def _is_group(account: Account | None) -> bool:
    return account is not None and account.kind is AccountKind.GROUP


async def _recipient(network: Network, received: Received) -> Account | None:
    if received.inbox_account_id is None or received.via is not None:
        return None
    recipient = await accounts.get(network.db, received.inbox_account_id)
    if recipient is None:
        raise NotFound
    return recipient
