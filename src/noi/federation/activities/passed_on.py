"""Activities that a group announces (FEP-1b12): what they are worth, and what is in them.

What its actor did not sign inside is looked at where it belongs: an object by whoever handles it, a
vote on something of this network here. Of its own collections a group speaks itself.
"""

from noi.activitypub.activities import Activity, read_activity
from noi.activitypub.kinds import Kind
from noi.activitypub.normalize import Document
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
    about = inner.nested.object_id if inner.nested else inner.object_id
    return is_local(network, about) or await is_wanted(network, received.actor)


async def _original(network: Network, inner: Activity) -> tuple[Document, Activity]:
    """A vote as its own host has it, where it is on something of this network."""
    about = inner.nested.object_id if inner.nested else inner.object_id
    if not is_local(network, about):
        raise Declined("This was passed on without a signature of its author")
    document = await remote_documents.fetch(network, inner.id)
    original = read_activity(document)
    if (original.actor, original.type) != (inner.actor, inner.type):
        raise Declined("This is not what its author did")
    return document, original
