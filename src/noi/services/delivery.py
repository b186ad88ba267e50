"""Sending activities: queued in the transaction that causes them, one delivery for each inbox."""

from collections.abc import Mapping, Sequence

from noi.activitypub.outgoing import encode
from noi.activitypub.uris import authority_of
from noi.db import deliveries, relays
from noi.db.database import Transaction
from noi.models.federation import OutgoingKind


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


async def send_to_relays(tx: Transaction, actor_id: int, activity: Mapping[str, object]) -> None:
    """Send a public activity to the relays that have accepted this network."""
    found = await relays.accepted(tx)
    inboxes = [(authority_of(relay.inbox_uri), relay.inbox_uri) for relay in found]
    if inboxes:
        body, kind = encode(activity), OutgoingKind.RELAYED
        await deliveries.insert(tx, actor_id, body, inboxes=inboxes, kind=kind)
