"""Sending activities: queued in the transaction that causes them, one delivery for each inbox."""

from collections.abc import Mapping, Sequence

from noi.activitypub.outgoing import encode
from noi.db import deliveries
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
