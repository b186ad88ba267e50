"""Announce: a reblog; of a relay, that there is something new."""

from noi.activitypub.recipients import Recipients
from noi.db import remote_accounts, statuses, withdrawn
from noi.db.database import Transaction
from noi.federation.activities.common import is_local, require_own, require_trust
from noi.federation.activities.objects import Brought, fetched, is_relay, kept
from noi.models.federation import Declined
from noi.models.statuses import Status, Visibility
from noi.services import reblogs, resolution
from noi.services import remote_accounts as remote_people
from noi.services.inbox import Received, Work
from noi.services.network import Network


async def handle(network: Network, received: Received) -> Work | None:
    require_trust(received)
    activity, actor = received.activity, received.actor
    if await is_relay(network, actor):
        return await _relayed(network, received)
    if not activity.id:
        raise Declined("An Announce without an id could not be undone")
    require_own(received, activity.id)
    status = await _status(network, received)
    if status is None:
        return None
    _check(status, actor.id)

    async def work(tx: Transaction) -> None:
        if not await withdrawn.has(tx, actor.uri, activity.id):
            await reblogs.receive(
                network,
                tx,
                actor.id,
                status,
                activity.id,
                visibility=visibility_of(activity.recipients),
                published=activity.published,
            )

    return work


async def _relayed(network: Network, received: Received) -> Work | None:
    uri = received.activity.object_id
    if await statuses.get_by_uri(network.db, uri) is not None:
        return None
    object_ = await fetched(network, uri)
    author = await remote_people.by_uri(network, object_.author)
    via = _passed_on(received)
    return await kept(network, via, Brought(object_, author))


def _passed_on(received: Received) -> Received:
    return Received(
        activity=received.activity,
        document=received.document,
        actor=received.actor,
        via=received.actor,
        received_at=received.received_at,
    )


async def _status(network: Network, received: Received) -> Status | None:
    """What is reblogged, fetched where it is not known; None where nobody here would see it."""
    uri, actor = received.activity.object_id, received.actor
    status = await statuses.get_by_uri(network.db, uri)
    followed = await remote_accounts.has_followers(network.db, actor.id)
    if not followed and not (status is not None and is_local(network, uri)):
        return None
    if status is None:
        if is_local(network, uri):
            raise Declined("There is no such post here")
        status = await resolution.fetch_status(network, uri)
    if status is not None and status.reblog_of_id is not None:
        status = await statuses.get(network.db, status.reblog_of_id)
    if status is not None:
        status = await statuses.get_visible(network.db, status.id, actor.id)
    if status is None:
        raise Declined("There is no such post")
    return status


def _check(status: Status, account_id: int) -> None:
    own = status.account_id == account_id
    if status.visibility == Visibility.DIRECT or status.local_only:
        raise Declined("This post is not for others")
    if status.visibility == Visibility.PRIVATE and not own:
        raise Declined("This post is for its author's followers alone")


def visibility_of(recipients: Recipients) -> Visibility:
    """Whom an Announce is for; never more than what it announces."""
    if recipients.public:
        return Visibility.PUBLIC
    return Visibility.UNLISTED if recipients.unlisted else Visibility.PRIVATE
