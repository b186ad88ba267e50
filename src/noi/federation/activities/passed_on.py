"""Activities that a group announces (FEP-1b12): what they are worth, and what is in them.

What its actor did not sign inside is looked at where it belongs: an object by whoever handles it, a
vote on something of this network here. Of its own collections a group speaks itself.
"""

from noi.activitypub.activities import Activity, read_activity
from noi.activitypub.kinds import Kind
from noi.activitypub.normalize import Document
from noi.activitypub.uris import same_authority
from noi.federation.activities.common import is_local
from noi.federation.activities.objects import is_wanted
from noi.models.federation import Declined
from noi.services import policies, remote_accounts, remote_documents
from noi.services.authenticity import signed_inside
from noi.services.inbox import Received
from noi.services.network import Network

MAX_DEPTH = 2
_LOOKED_AT_ANYWAY = frozenset({"Create", "Update", "Delete", "Add", "Remove", "Announce"})


def is_passed_on(received: Received) -> bool:
    """Whether an activity is an Announce of another one."""
    activity = received.activity
    return activity.type == "Announce" and activity.embedded_kind is Kind.ACTIVITY


async def unwrapped(network: Network, received: Received) -> Received:
    """The activity inside, with what is known of its worth. Raises Forbidden."""
    group, inner = received.actor, received.activity.nested
    document = received.activity.embedded
    if inner is None or document is None or received.depth >= MAX_DEPTH:
        raise Declined("What is passed on cannot be read")
    if is_local(network, inner.actor):
        raise Declined("What this network's own people did is known here")
    if not received.trusted or not await _concerns(network, received, inner):
        raise Declined("Nobody here follows this group")
    actor = await remote_accounts.by_uri(network, inner.actor)
    if (await policies.of_actor(network, actor.domain, actor.uri)).blocked:
        raise Declined("This network does not speak with {host}", host=actor.domain)
    signed = await signed_inside(network, document, inner.actor)
    trusted = signed is not None
    if signed is not None:
        document, inner = signed, read_activity(signed)
    elif inner.type not in _LOOKED_AT_ANYWAY:
        document, inner = await _original(network, inner)
        trusted = True
    return Received(
        activity=inner,
        document=document,
        actor=actor,
        trusted=trusted,
        via=group,
        received_at=received.received_at,
        depth=received.depth + 1,
    )


async def _concerns(network: Network, received: Received, inner: Activity) -> bool:
    return is_local(network, _about(inner)) or await is_wanted(network, received.actor)


def _about(activity: Activity) -> str:
    return activity.nested.object_id if activity.nested else activity.object_id


async def _original(network: Network, inner: Activity) -> tuple[Document, Activity]:
    """A vote as its actor's own host has it, where it is on something of this network."""
    if not is_local(network, _about(inner)):
        raise Declined("This was passed on without a signature of its author")
    if not same_authority(inner.id, inner.actor):
        # Anybody could serve an activity in the name of an actor elsewhere.
        raise Declined("The activity is about what belongs to another server")
    document = await remote_documents.fetch(network, inner.id)
    original = read_activity(document)
    told = (inner.actor, inner.type, inner.object_id, _about(inner))
    if (original.actor, original.type, original.object_id, _about(original)) != told:
        raise Declined("This is not what its author did")
    return document, original
