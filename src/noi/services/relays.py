"""Relays: servers that pass public posts on between many networks (FEP-ae0c).

Mastodon's kind is asked with a Follow of the public collection and passes on what its author has
signed. LitePub's kind is an actor that is followed and follows back; it announces addresses.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from noi.activitypub import addresses, outgoing
from noi.activitypub.actors import Actor, read_actor
from noi.activitypub.uris import authority_of, web_uri
from noi.activitypub.vocabulary import PUBLIC
from noi.db import hosts, relays
from noi.db.database import Transaction
from noi.models.accounts import Account, Role, Viewer
from noi.models.errors import BadDocument, Conflict, Forbidden, Invalid, NoiError, NotFound
from noi.models.federation import INSTANCE_ACTOR_ID, Relay, RelayKind
from noi.models.ids import now_ms
from noi.services import delivery, keys, remote_documents
from noi.services.network import Network
from noi.text.clean import clean_text
from noi.transport.errors import TransportError

_MAX_REASON = 500
PENDING, ACCEPTED, REJECTED = "pending", "accepted", "rejected"


async def fetch_all(network: Network, admin: Viewer) -> list[Relay]:
    """All relays, for those who run the network."""
    _check(admin)
    return await relays.fetch_all(network.db)


async def errors(network: Network, found: Sequence[Relay]) -> dict[int, str]:
    """What goes wrong with relays just now, by their ids: their own answer, or none at all."""
    by_host = await hosts.get_many(network.db, [authority_of(relay.inbox_uri) for relay in found])
    told: dict[int, str] = {}
    for relay in found:
        host = by_host.get(authority_of(relay.inbox_uri))
        if error := relay.error or (host.error if host and host.failures else ""):
            told[relay.id] = error
    return told


async def add(network: Network, admin: Viewer, address: str) -> Relay:
    """Ask a relay, given by its host, inbox or actor, to send what it gets and to take what is
    public here. Its kind is found out. Raises Invalid, Conflict where it is there, Forbidden.
    """
    _check(admin)
    inbox_uri, actor_uri, kind = await _found(network, address)
    ours = await keys.ensure_instance_actor(network)
    new_id = network.ids.next()
    relay = Relay(
        id=new_id,
        inbox_uri=inbox_uri,
        actor_uri=actor_uri,
        kind=kind,
        state=PENDING,
        follow_uri=addresses.follow(ours.uri, new_id),
        error="",
        created_at=now_ms(),
        answered_at=None,
    )

    async def work(tx: Transaction) -> None:
        if not await relays.insert(tx, relay):
            raise Conflict("This relay is there already")
        await _send(tx, relay, _subscription(relay, ours, relay.follow_uri))

    await network.db.transaction(work)
    return relay


async def ask_again(network: Network, admin: Viewer, relay_id: int) -> None:
    """Ask a relay that has not answered, or not as wished, once more. Raises NotFound."""
    _check(admin)
    ours = await keys.ensure_instance_actor(network)
    follow_uri = addresses.follow(ours.uri, network.ids.next())

    async def work(tx: Transaction) -> None:
        relay = await relays.get(tx, relay_id)
        if relay is None:
            raise NotFound
        await relays.ask(tx, relay_id, follow_uri)
        await _send(tx, relay, _subscription(relay, ours, follow_uri))

    await network.db.transaction(work)


async def remove(network: Network, admin: Viewer, relay_id: int) -> None:
    """End the subscription to a relay. Raises NotFound."""
    _check(admin)
    ours = await keys.ensure_instance_actor(network)

    async def work(tx: Transaction) -> None:
        relay = await relays.get(tx, relay_id)
        if relay is None or not await relays.delete(tx, relay_id):
            raise NotFound
        asked = _subscription(relay, ours, relay.follow_uri)
        await _send(tx, relay, outgoing.undo(asked))

    await network.db.transaction(work)


def is_answer(network: Network, follow_uri: str, follower_uri: str) -> bool:
    """Whether an Accept or Reject of this Follow is about a relay: the network itself has asked."""
    ours = addresses.instance_actor(network.settings.origin)
    return follower_uri == ours or follow_uri.startswith(f"{ours}/follows/")


async def receive_answer(
    tx: Transaction, actor: Account, follow_uri: str, *, accepted: bool, reason: str = ""
) -> None:
    """A relay takes this network in, or turns it down. Raises NotFound for what was not asked."""
    state, error = (ACCEPTED, "") if accepted else (REJECTED, clean_text(reason)[:_MAX_REASON])
    for relay in await relays.fetch_all(tx):
        asked = relay.follow_uri == follow_uri or not follow_uri
        if asked and _speaks_for(actor, relay):
            await relays.answer(tx, relay.id, state, actor_uri=actor.uri, error=error)
            return
    raise NotFound("This network has not asked for this")


async def receive_follow(
    network: Network, tx: Transaction, actor: Account, follow_uri: str
) -> None:
    """A relay of LitePub's kind follows back. Raises Forbidden for anyone else."""
    if not any(_speaks_for(actor, relay) for relay in await relays.fetch_all(tx)):
        raise Forbidden("Only relays follow the network itself")
    ours = addresses.instance_actor(network.settings.origin)
    asked = outgoing.follow(follow_uri, actor.uri, ours)
    answer = outgoing.accept(asked, ours, network.ids.next())
    await delivery.send(tx, INSTANCE_ACTOR_ID, answer, to=[actor.id])


def _check(admin: Viewer) -> None:
    if admin.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only the owner and admins may decide about other networks")


def _speaks_for(actor: Account, relay: Relay) -> bool:
    if relay.actor_uri:
        return actor.uri == relay.actor_uri
    return authority_of(actor.uri) == authority_of(relay.inbox_uri)


def _subscription(relay: Relay, ours: Account, follow_uri: str) -> outgoing.Written:
    wanted = relay.actor_uri if relay.kind is RelayKind.LITEPUB else PUBLIC
    return outgoing.follow(follow_uri, ours.uri, wanted)


async def _send(tx: Transaction, relay: Relay, activity: outgoing.Written) -> None:
    await hosts.revive(tx, authority_of(relay.inbox_uri), now_ms())
    await delivery.send_to_inboxes(tx, INSTANCE_ACTOR_ID, activity, [relay.inbox_uri])


async def _found(network: Network, address: str) -> tuple[str, str, RelayKind]:
    """Inbox, actor (where it is known) and kind of the relay that somebody names."""
    wanted = address.strip().rstrip("/")
    for candidate in _candidates(network, wanted):
        try:
            await remote_documents.check_host(network, candidate)
            actor = read_actor(await remote_documents.fetch(network, candidate))
        except Forbidden:
            raise Invalid("This network does not speak with it", field="address") from None
        except (BadDocument, NoiError, TransportError):
            continue
        if _is_inbox(wanted) and wanted not in (actor.inbox, actor.shared_inbox):
            continue
        return wanted if _is_inbox(wanted) else actor.inbox, actor.id, _kind(actor)
    if _is_inbox(wanted):
        # Some show their actor to nobody who has not subscribed.
        return wanted, "", RelayKind.MASTODON
    raise Invalid("There is no relay at this address", field="address")


def _candidates(network: Network, wanted: str) -> list[str]:
    """Where the actor of a relay may be."""
    if "://" not in wanted:
        origins = [f"{scheme}://{wanted}" for scheme in network.client.schemes(wanted)]
    else:
        origins = [wanted]
    if not all(web_uri(origin) for origin in origins):
        raise Invalid("This is not an address", field="address")
    found: list[str] = []
    for uri in origins:
        parts = urlsplit(uri)
        if parts.path in ("", "/inbox"):
            origin = f"{parts.scheme}://{parts.netloc}"
            found += [f"{origin}/actor", f"{origin}/relay"]
        elif _is_inbox(uri):
            found.append(uri.removesuffix("/inbox"))
        else:
            found.append(uri)
    return found


def _is_inbox(uri: str) -> bool:
    return "://" in uri and uri.endswith("/inbox")


def _kind(actor: Actor) -> RelayKind:
    return RelayKind.LITEPUB if actor.id.endswith("/relay") else RelayKind.MASTODON
