"""What owners tell a hub themselves, signed, of what is theirs: deleted, changed, blocked.

What somebody takes back holds at once; whatever else they say is fetched first.
"""

from noi.activitypub import addresses
from noi.activitypub.activities import embedded_object, read_activity
from noi.activitypub.actors import read_actor
from noi.activitypub.kinds import Kind
from noi.activitypub.normalize import Document
from noi.activitypub.uris import authority_of, same_authority
from noi.db.database import Transaction
from noi.db.hub import accounts, posts, queue
from noi.models.errors import BadDocument
from noi.models.federation import Declined
from noi.models.hub_records import Category, Event
from noi.models.ids import now_ms
from noi.services.hub import claims, consent, people, withdrawals
from noi.services.inbox import Received, Work
from noi.services.network import Network

_HINTED_AFTER_MS = 600_000
"""What was read so lately is not read again by anybody's mere word."""


async def deleted(network: Network, received: Received) -> Work | None:
    """Drop what its owner deleted; what only its server vouches for is looked for there."""
    uri = _own_object(received)
    if not await _concerns(network, uri):
        return None
    if received.trusted and await _owns(network, received.actor.uri, uri):
        return lambda tx: withdrawals.withdraw(tx, [uri])
    return _look_again(network, uri, Event.DELETE)


async def updated(network: Network, received: Received) -> Work | None:
    """Read anew what is held; what is not public or not agreed to any more goes at once."""
    uri = _own_object(received)
    if not await _concerns(network, uri):
        return None
    look_again = _look_again(network, uri, Event.UPDATE)

    async def work(tx: Transaction) -> None:
        if received.trusted:
            await _narrow(tx, received, uri)
        await look_again(tx)

    return work


async def blocked(network: Network, received: Received) -> Work | None:
    """Whoever blocks the hub's actor is removed, and never taken in again."""
    if not received.trusted or received.activity.object_id != _ourselves(network):
        return None
    actor_uri = received.actor.uri
    return lambda tx: claims.end(tx, actor_uri, refuse=True)


async def unblocked(network: Network, received: Received) -> Work | None:
    """Whoever ends that block may be taken in again."""
    block = received.activity.nested
    if not received.trusted or block is None or block.type != "Block":
        return None
    if block.actor != received.actor.uri or block.object_id != _ourselves(network):
        return None
    actor_uri = received.actor.uri
    return lambda tx: claims.permit(tx, actor_uri)


async def hinted(network: Network, document: Document) -> None:
    """Look again at what is held, where somebody whose key nobody has says that it is gone or
    changed: who deletes an account takes its key along.
    """
    try:
        activity = read_activity(document)
    except BadDocument:
        return
    uri, since = activity.object_id, now_ms() - _HINTED_AFTER_MS
    if activity.type not in ("Delete", "Update") or not same_authority(uri, activity.actor):
        return
    held = await posts.by_uri(network.db, uri) or await accounts.by_uri(network.db, uri)
    if held is not None and held.checked_at < since:
        named = queue.Named(uri, Category.CONTENT, Event.CHECK, held.host)
        version = network.ids.next()
        await network.db.transaction(lambda tx: queue.add(tx, [named], version=version))


async def _narrow(tx: Transaction, received: Received, uri: str) -> None:
    activity = received.activity
    try:
        if activity.embedded_kind is Kind.ACTOR and uri == received.actor.uri:
            await people.narrow(tx, read_actor(activity.embedded or {}), uri)
        object_ = embedded_object(activity)
        own = object_ is not None and object_.author == received.actor.uri
        if object_ is not None and own and consent.of_post(object_, uri) is not None:
            await withdrawals.withdraw(tx, [uri])
    except BadDocument:
        return  # what is fetched may be readable


def _look_again(network: Network, uri: str, event: Event) -> Work:
    named = queue.Named(uri, Category.CONTENT, event, authority_of(uri))
    return lambda tx: queue.put(tx, [named], version=network.ids.next())


def _own_object(received: Received) -> str:
    uri = received.activity.object_id
    if not uri or not same_authority(uri, received.actor.uri):
        raise Declined("Nobody speaks for what belongs to another server")
    return uri


async def _concerns(network: Network, uri: str) -> bool:
    """Whether something is held, or about to be read."""
    db = network.db
    return (
        await posts.by_uri(db, uri) is not None
        or await accounts.by_uri(db, uri) is not None
        or await queue.waits(db, uri)
    )


async def _owns(network: Network, actor_uri: str, uri: str) -> bool:
    if uri == actor_uri:
        return True
    post = await posts.by_uri(network.db, uri)
    author = await accounts.get(network.db, post.account_id) if post else None
    return author is not None and author.uri == actor_uri


def _ourselves(network: Network) -> str:
    return addresses.instance_actor(network.settings.origin)
