"""Sending activities: queued in the transaction that causes them, one delivery for each inbox."""

from collections.abc import Mapping, Sequence

from noi.activitypub import outgoing
from noi.activitypub.outgoing import encode
from noi.activitypub.uris import authority_of
from noi.db import accounts, alliance, deliveries, hosts, relays
from noi.db.database import Transaction
from noi.models.federation import INSTANCE_ACTOR_ID, OutgoingKind, Relay, RelayKind


async def send(
    tx: Transaction, actor_id: int, activity: Mapping[str, object], *, to: Sequence[int]
) -> None:
    """Send an activity to accounts; local ones among them get nothing."""
    await deliveries.insert(tx, actor_id, encode(activity), to=to)


async def send_to_followers(
    tx: Transaction,
    actor_id: int,
    activity: Mapping[str, object],
    *,
    also: Sequence[int] = (),
    followers_only: bool = False,
) -> None:
    """Send an activity to an account's followers, and `also` to others, once to each inbox.

    With `followers_only`, hosts compare whom they know as followers (FEP-8fcf).
    """
    kind = OutgoingKind.FOLLOWERS_ONLY if followers_only else OutgoingKind.PLAIN
    body = encode(activity)
    await deliveries.insert(tx, actor_id, body, to=also, followers=True, kind=kind)


async def send_to_all(tx: Transaction, actor_id: int, activity: Mapping[str, object]) -> None:
    """Send an activity to every server that is known: an account is gone for good."""
    await deliveries.insert(tx, actor_id, encode(activity), everyone=True)


async def send_to_inboxes(
    tx: Transaction,
    actor_id: int,
    activity: Mapping[str, object],
    inbox_uris: Sequence[str],
    *,
    kind: OutgoingKind = OutgoingKind.PLAIN,
) -> None:
    """Send an activity to inboxes by their addresses."""
    inboxes = [(authority_of(uri), uri) for uri in inbox_uris]
    if inboxes:
        await deliveries.insert(tx, actor_id, encode(activity), inboxes=inboxes, kind=kind)


async def send_to_relays(tx: Transaction, actor_id: int, activity: Mapping[str, object]) -> None:
    """Send a public activity to the relays that have accepted this network.

    Those of LitePub's kind take only the address of a new post, which they fetch themselves.
    Those that are given up get nothing, and hubs of an alliance no posts without their author's
    consent.
    """
    found = await _reachable(tx, await relays.accepted(tx))
    if found and activity["type"] != "Delete" and not await _consents(tx, actor_id):
        hubs = {provider.host for provider in await alliance.fetch_all(tx)}
        found = [relay for relay in found if authority_of(relay.inbox_uri) not in hubs]
    whole = [relay.inbox_uri for relay in found if relay.kind is not RelayKind.LITEPUB]
    await send_to_inboxes(tx, actor_id, activity, whole, kind=OutgoingKind.RELAYED)
    briefly = [relay.inbox_uri for relay in found if relay.kind is RelayKind.LITEPUB]
    ours = await accounts.get(tx, INSTANCE_ACTOR_ID) if briefly else None
    if ours is not None and activity["type"] == "Create":
        announced = outgoing.announce_to_relay(activity, ours.uri)
        await send_to_inboxes(tx, INSTANCE_ACTOR_ID, announced, briefly)


async def _consents(tx: Transaction, actor_id: int) -> bool:
    actor = await accounts.get(tx, actor_id)
    return actor is not None and actor.indexable


async def _reachable(tx: Transaction, found: Sequence[Relay]) -> list[Relay]:
    by_relay = {relay.id: authority_of(relay.inbox_uri) for relay in found}
    known = await hosts.get_many(tx, list(by_relay.values())) if found else {}
    dead = {host.host for host in known.values() if host.dead_at is not None}
    return [relay for relay in found if by_relay[relay.id] not in dead]
