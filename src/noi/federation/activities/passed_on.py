"""Activities that a group announces (FEP-1b12): what they are worth, and what is in them.

What its actor did not sign inside is looked at where it belongs: an object by whoever handles it, a
vote here. Of its own collections a group speaks itself, and its server of its own people's votes.
"""

from contextlib import suppress

import msgspec

from noi.activitypub.activities import Activity, embedded_object, read_activity
from noi.activitypub.kinds import Kind
from noi.activitypub.normalize import Document
from noi.activitypub.uris import same_authority
from noi.db import statuses
from noi.db.database import Transaction
from noi.federation.activities import announce
from noi.federation.activities.common import is_local
from noi.federation.activities.objects import is_wanted
from noi.models.accounts import AccountKind
from noi.models.errors import BadDocument
from noi.models.federation import Declined
from noi.models.statuses import Visibility
from noi.services import policies, reblogs, remote_accounts, remote_documents
from noi.services.authenticity import signed_inside
from noi.services.inbox import Received, Work
from noi.services.network import Network

MAX_DEPTH = 2
_VOTES = frozenset({"Like", "Dislike", "EmojiReact"})
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
    if _is_vote(inner) and await statuses.get_by_uri(network.db, _about(inner)) is None:
        raise Declined("There is no such post here")
    actor = await remote_accounts.by_uri(network, inner.actor)
    if (await policies.of_actor(network, actor.domain, actor.uri)).blocked:
        raise Declined("This network does not speak with {host}", host=actor.domain)
    signed = await signed_inside(network, document, inner.actor)
    trusted = signed is not None
    if signed is not None:
        document, inner = signed, read_activity(signed)
    elif inner.type not in _LOOKED_AT_ANYWAY and not _is_undone(inner, "Delete"):
        if not (_is_vote(inner) and _of_one_server(group.uri, inner)):
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


def shown_by_group(
    network: Network, carried: Received, inner: Received, work: Work | None
) -> Work | None:
    """The work of a new post that a group passes on, and the group's reblog of it.

    Some servers (PieFed, Mbin) announce the Create alone, others (Lemmy, NodeBB) the post as well,
    which then changes nothing.
    """
    group, activity = carried.actor, carried.activity
    if work is None or group.kind is not AccountKind.GROUP or not _may_begin(carried, inner):
        return work

    async def both(tx: Transaction) -> None:
        await work(tx)
        status = await statuses.get_by_uri(tx, inner.activity.object_id)
        if status is None or status.deleted_at is not None or status.in_reply_to_id is not None:
            return
        if status.visibility <= Visibility.UNLISTED:
            visibility = announce.visibility_of(activity.recipients)
            await reblogs.receive(network, tx, group.id, status, activity.id, visibility=visibility)

    return both


async def own_post(network: Network, received: Received) -> Received | None:
    """The Announce of a post, where a group passes the Create of one of this network's on."""
    inner = received.activity.nested
    if inner is None or inner.type != "Create" or not is_local(network, inner.object_id):
        return None
    status = await statuses.get_by_uri(network.db, inner.object_id)
    if status is None or status.in_reply_to_id is not None:
        return None
    activity = msgspec.structs.replace(received.activity, object_id=status.uri)
    return msgspec.structs.replace(received, activity=activity)


def _may_begin(carried: Received, inner: Received) -> bool:
    """Whether a Create begins a thread, by what was sent, and its Announce could be undone."""
    if inner.activity.type != "Create" or not same_authority(
        carried.activity.id, carried.actor.uri
    ):
        return False
    with suppress(BadDocument):
        object_ = embedded_object(inner.activity)
        return object_ is not None and not object_.in_reply_to
    return False


async def _concerns(network: Network, received: Received, inner: Activity) -> bool:
    return is_local(network, _about(inner)) or await is_wanted(network, received.actor)


def _is_vote(activity: Activity) -> bool:
    return activity.type in _VOTES or _is_undone(activity, *_VOTES)


def _is_undone(activity: Activity, *kinds: str) -> bool:
    return activity.undone is not None and activity.undone.type in kinds


def _of_one_server(group_uri: str, inner: Activity) -> bool:
    """Whether the group's server, which has signed, is that of the actor as well."""
    return same_authority(group_uri, inner.actor) and same_authority(inner.id, inner.actor)


def _about(activity: Activity) -> str:
    return activity.nested.object_id if activity.nested else activity.object_id


async def _original(network: Network, inner: Activity) -> tuple[Document, Activity]:
    """A vote, or an act on something of this network, as its actor's own host has it."""
    if not _is_vote(inner) and not is_local(network, _about(inner)):
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
