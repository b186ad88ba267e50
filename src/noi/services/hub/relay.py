"""The relay: passes public posts of consenting people on between members (FEP-ae0c).

A member takes part in everything by following the hub's own actor, or in a hashtag or a language
by following that topic's. Servers of Mastodon's kind follow the public collection and get what an
author has signed, as it is; those of LitePub's kind follow the actor and get addresses.
"""

import msgspec

from noi.activitypub import addresses, outgoing
from noi.activitypub.activities import embedded_object
from noi.activitypub.normalize import Document
from noi.activitypub.objects import Object, read_object
from noi.activitypub.uris import authority_of, same_authority
from noi.activitypub.vocabulary import PUBLIC
from noi.db import accounts, deliveries, peers
from noi.db.accounts import NewAccount
from noi.db.database import Duplicate, Transaction
from noi.db.hub import relay as table
from noi.models.accounts import AccountKind, Role, Viewer
from noi.models.errors import Conflict, Forbidden, Invalid, NotFound
from noi.models.federation import INSTANCE_ACTOR_ID, Declined, OutgoingKind, RelayKind
from noi.models.hub_relay import RelaySubscription, RelayTopic, TopicKind
from noi.models.ids import now_ms
from noi.services import delivery, keys, remote_accounts, remote_documents
from noi.services.inbox import Received, Work
from noi.services.network import Network
from noi.text.hashtags import display, family_key, valid_tag
from noi.text.language import valid_language

MOST_TOPICS = 500
_KEPT_MS = 3 * 24 * 3_600_000
_CHANGES = frozenset({"Update", "Delete"})


async def topics(network: Network) -> list[RelayTopic]:
    """The topics that one may take part in besides everything."""
    return await table.topics(network.db)


async def counts(network: Network) -> dict[int, int]:
    """How many members take part, by a topic's account id; the hub's own is for everything."""
    return await table.counts(network.db)


async def add_topic(network: Network, steward: Viewer, kind: TopicKind, value: str) -> None:
    """Begin a topic: a hashtag or the code of a language. Raises Invalid, Conflict, Forbidden."""
    _check(steward)
    value = _checked_topic(kind, value)
    if len(await table.topics(network.db)) >= MOST_TOPICS:
        raise Invalid("There are {count} topics already", count=MOST_TOPICS, field="value")
    new_id, origin = network.ids.next(), network.settings.origin
    name = _username(kind, value, new_id)
    account = NewAccount(
        id=new_id,
        username=name,
        kind=AccountKind.HUB,
        display_name=f"#{value}" if kind is TopicKind.HASHTAG else value,
        uri=addresses.actor(origin, name),
        url=f"{origin}/relay",
    )

    async def work(tx: Transaction) -> None:
        await accounts.insert_local(tx, account)
        await table.insert_topic(tx, new_id, kind, value)

    try:
        await network.db.transaction(work)
    except Duplicate:
        raise Conflict("This topic is there already") from None


async def remove_topic(network: Network, steward: Viewer, account_id: int) -> None:
    """End a topic for everybody. Raises NotFound, Forbidden."""
    _check(steward)

    async def work(tx: Transaction) -> None:
        if not await table.delete_topic(tx, account_id):
            raise NotFound

    await network.db.transaction(work)


async def follow(network: Network, received: Received) -> Work | None:
    """Let the server of a member take part, and turn others away."""
    activity, actor = received.activity, received.actor
    relay_id, kind = await _asked(network, received)
    member_id = await table.member_at(network.db, authority_of(actor.uri))
    peer = await peers.by_uri(network.db, actor.uri)
    if peer is None:
        raise Declined("Only the servers of members take part in this relay")
    inbox_uri = peer.shared_inbox_uri or peer.inbox_uri
    await keys.ensure_instance_actor(network)
    ours = (await keys.signing_key(network, relay_id)).actor_uri
    asked = outgoing.follow(activity.id, actor.uri, activity.object_id)
    if member_id is None or actor.kind not in (AccountKind.BOT, AccountKind.HUB):
        refusal = outgoing.reject(asked, ours, network.ids.next())
        return lambda tx: delivery.send_to_inboxes(tx, relay_id, refusal, [inbox_uri])
    subscription = RelaySubscription(
        id=network.ids.next(),
        relay_id=relay_id,
        actor_uri=actor.uri,
        member_id=member_id,
        kind=kind,
        inbox_uri=inbox_uri,
        follow_uri=activity.id,
        created_at=now_ms(),
    )
    answers = [outgoing.accept(asked, ours, subscription.id)]
    if kind is RelayKind.LITEPUB:
        uri = addresses.follow(ours, subscription.id)
        answers.append(outgoing.follow(uri, ours, actor.uri))

    async def work(tx: Transaction) -> None:
        await table.put(tx, subscription)
        for answer in answers:
            await delivery.send_to_inboxes(tx, relay_id, answer, [subscription.inbox_uri])

    return work


async def unfollow(network: Network, received: Received) -> Work | None:
    """End a subscription, told by its Follow or by what was followed."""
    activity, actor = received.activity, received.actor
    inner = activity.nested
    relay_id = await _followed(network, inner.object_id, received) if inner else None

    async def work(tx: Transaction) -> None:
        if await table.end_named(tx, actor.uri, activity.object_id) or relay_id is None:
            return
        await table.end(tx, actor.uri, relay_id)

    return work


async def pass_on(network: Network, received: Received) -> Work | None:
    """Pass an activity on to the other members that take part; None where that concerns nobody.

    Raises Declined for what does not come from a server that takes part, and for posts of people
    who have not made themselves `indexable`.
    """
    activity, actor = received.activity, received.actor
    if received.via is not None or not activity.id:
        return None  # what came over another relay would go round and round
    member_id = await table.member_at(network.db, authority_of(actor.uri))
    if member_id is None or await table.of_member(network.db, member_id) is None:
        raise Declined("Only the servers of members take part in this relay")
    relays = [INSTANCE_ACTOR_ID]
    if activity.type == "Delete":
        relays += [topic.account_id for topic in await table.topics(network.db)]
        uri = activity.object_id
    else:
        object_ = await _post(network, received)
        uri = object_.id
        families = [family_key(tag.name) for tag in object_.hashtags]
        relays += await table.matching(network.db, object_.language or "", families)
    found = await table.takers(network.db, relays, member_id)
    if not found:
        return None
    announced = activity.type == "Announce"
    whole = _has_signature(received) and not announced

    async def work(tx: Transaction) -> None:
        once = uri if activity.type in ("Create", "Announce") else activity.id
        if not await table.note_passed_on(tx, once):
            return
        await table.forget(tx, now_ms() - _KEPT_MS)
        done: set[str] = set()
        for relay_id in relays:
            takers = [taker for taker in found if taker.relay_id == relay_id]
            takers = [taker for taker in takers if taker.inbox_uri not in done]
            done |= {taker.inbox_uri for taker in takers}
            signed = [t.inbox_uri for t in takers if whole and t.kind is RelayKind.MASTODON]
            await _forward(tx, relay_id, received.document, signed)
            others = [t.inbox_uri for t in takers if t.inbox_uri not in signed]
            if activity.type not in _CHANGES and others:
                await _announce(network, tx, relay_id, uri, others)

    return work


async def _asked(network: Network, received: Received) -> tuple[int, RelayKind]:
    """What a Follow asks for: a topic's account or the hub's own, and in which relay's manner."""
    relay_id = await _followed(network, received.activity.object_id, received)
    if relay_id is None:
        raise Declined("There is no such relay here")
    public = received.activity.object_id == PUBLIC
    return relay_id, RelayKind.MASTODON if public else RelayKind.LITEPUB


async def _followed(network: Network, object_id: str, received: Received) -> int | None:
    known = {topic.uri: topic.account_id for topic in await table.topics(network.db)}
    known[addresses.instance_actor(network.settings.origin)] = INSTANCE_ACTOR_ID
    if object_id != PUBLIC:
        return known.get(object_id)
    asked = received.inbox_account_id or INSTANCE_ACTOR_ID
    return asked if asked in known.values() else None


async def _post(network: Network, received: Received) -> Object:
    """The post that an activity is about, if it may be passed on: public, by consent, own."""
    activity, actor = received.activity, received.actor
    object_ = embedded_object(activity) if activity.type != "Announce" else None
    author = actor
    if object_ is None or object_.author != actor.uri:
        if not same_authority(activity.object_id, actor.uri):
            raise Declined("A member's server passes on the posts of its own people alone")
        object_ = read_object(await remote_documents.fetch(network, activity.object_id))
        author = await remote_accounts.by_uri(network, object_.author)
    if not same_authority(object_.id, author.uri) or not same_authority(author.uri, actor.uri):
        raise Declined("A member's server passes on the posts of its own people alone")
    if not object_.recipients.public:
        raise Declined("Only public posts are passed on")
    if not author.indexable:
        raise Declined("Its author has not agreed to be found")
    return object_


def _has_signature(received: Received) -> bool:
    return received.activity.has_signature or received.activity.has_proof


async def _forward(tx: Transaction, relay_id: int, document: Document, inboxes: list[str]) -> None:
    if inboxes:
        body = msgspec.json.encode(document).decode()
        where = [(authority_of(uri), uri) for uri in inboxes]
        kind = OutgoingKind.FORWARDED
        await deliveries.insert(tx, relay_id, body, inboxes=where, kind=kind)


async def _announce(
    network: Network, tx: Transaction, relay_id: int, uri: str, inboxes: list[str]
) -> None:
    ours = await accounts.get(tx, relay_id)
    if ours is not None:
        announced = outgoing.announce_relayed(uri, ours.uri, network.ids.next())
        await delivery.send_to_inboxes(tx, relay_id, announced, inboxes)


def _check(steward: Viewer) -> None:
    if steward.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only those who look after the hub decide about its relay")


def _checked_topic(kind: TopicKind, value: str) -> str:
    value = value.strip()
    if kind is TopicKind.LANGUAGE:
        if not valid_language(value):
            raise Invalid("This is not the code of a language", field="value")
        return value
    if not valid_tag(value):
        raise Invalid("This is not a hashtag", field="value")
    return family_key(display(value))


def _username(kind: TopicKind, value: str, new_id: int) -> str:
    """A name for a topic's actor; hashtags in other scripts are told apart by a number."""
    if kind is TopicKind.LANGUAGE:
        return f"language_{value.replace('-', '_')}"
    plain = value if value.isascii() and value.isalnum() and len(value) <= 20 else f"{new_id:x}"
    return f"tag_{plain}"
