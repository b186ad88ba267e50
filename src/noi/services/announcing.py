"""Announcing to a provider what waits for it: one job at a time for each, batch by batch.

What may not be shared any longer is left out at the last moment; its withdrawal follows by
itself. An announcement that is sent twice says the same twice.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic

import msgspec

from noi.db import alliance as providers
from noi.db import jobs
from noi.db import sharing as table
from noi.db.database import Transaction
from noi.models.alliance import (
    DATA_SHARING,
    Backfill,
    Event,
    Provider,
    ProviderState,
    Subscription,
    Waiting,
)
from noi.models.ids import now_ms
from noi.models.jobs import ShareWith
from noi.services import memberships, provider_calls
from noi.services.network import Network
from noi.transport.errors import Gone, TransportError

_PATH = "/data_sharing/v0/announcements"
_LOOK_AHEAD = 1000
_SECONDS = 60.0
_GIVEN_UP_AFTER = 8
"""So many times unknown to the provider, and a subscription is over."""


async def share(network: Network, job: ShareWith) -> None:
    """Announce until nothing waits, the time is up or the provider fails; the rest comes later."""
    until = monotonic() + _SECONDS
    while await _one(network, job.provider_id):
        if monotonic() > until:
            await network.db.transaction(lambda tx: jobs.enqueue(tx, job, unique=True))
            return


async def _one(network: Network, provider_id: int) -> bool:
    """One announcement; whether there may be more to do now."""
    provider = await providers.get(network.db, provider_id)
    if provider is None or provider.state is not ProviderState.CONFIRMED:
        return False
    if provider.membership in memberships.SHUT_OUT:
        return False  # what waits is told when the hub takes us in again
    waiting = await table.waiting(network.db, provider_id, _LOOK_AHEAD)
    backfill = None if waiting else await table.ready_backfill(network.db, provider_id)
    try:
        if waiting:
            await _announce(network, provider, waiting)
        elif backfill is not None:
            await _fill(network, provider, backfill)
    except TransportError as error:
        # `TendProviders` goes on when the provider may be called again.
        await _end_unknown(network, provider, error, waiting)
        return False
    return bool(waiting) or backfill is not None


async def _announce(network: Network, provider: Provider, waiting: Sequence[Waiting]) -> None:
    first = waiting[0]
    to = await table.subscription(network.db, provider.id, first.subscription_id)
    if to is None:
        await network.db.transaction(lambda tx: table.remove(tx, [first]))
        return
    kin = (first.subscription_id, first.event)
    batch = [one for one in waiting if (one.subscription_id, one.event) == kin][: to.max_batch]
    sent = batch
    if first.event is not Event.DELETE:
        ids = [one.object_id for one in batch]
        allowed = await table.consenting(network.db, to.category, ids)
        allowed = allowed if provider.shares(to.category) else set[int]()
        sent = [one for one in batch if one.object_id in allowed]
    if sent:
        body = {
            "source": {"subscription": {"id": str(to.id)}},
            "category": to.category.value,
            "eventType": first.event.value,
            "objectUris": [one.uri for one in sent],
        }
        await _post(network, provider, body)

    async def work(tx: Transaction) -> None:
        await table.remove(tx, batch)
        await _count(tx, provider, to, first.event.value, len(sent))

    await network.db.transaction(work)


async def _fill(network: Network, provider: Provider, backfill: Backfill) -> None:
    category = backfill.category

    async def mark(tx: Transaction) -> tuple[list[table.Object], bool]:
        if not provider.shares(category):
            return [], False
        found = await table.earlier(tx, category, backfill.before, backfill.max_count + 1)
        some = found[: backfill.max_count]
        # Noted before it is sent, so that a withdrawal from now on is told too.
        await table.mark(tx, provider.id, category, [one.id for one in some])
        return some, len(found) > len(some)

    found, more = await network.db.transaction(mark)
    allowed = await table.consenting(network.db, category, [one.id for one in found])
    sent = [one for one in found if one.id in allowed]
    body = {
        "source": {"backfillRequest": {"id": str(backfill.id)}},
        "category": category.value,
        "objectUris": [one.uri for one in sent],
        "moreObjectsAvailable": more,
    }
    await _post(network, provider, body)
    before = found[-1].id if found else backfill.before

    async def advance(tx: Transaction) -> None:
        await table.advance(tx, backfill.id, before=before, more=more, sent=len(sent))
        await _count(tx, provider, backfill, "", len(sent))

    await network.db.transaction(advance)


async def _post(network: Network, provider: Provider, body: Mapping[str, object]) -> None:
    encoded = msgspec.json.encode(body)
    await provider_calls.call(network, provider, DATA_SHARING, "POST", _PATH, encoded)


async def _count(
    tx: Transaction, provider: Provider, source: Subscription | Backfill, event: str, number: int
) -> None:
    if number:
        day = datetime.fromtimestamp(now_ms() / 1000, UTC).date().isoformat()
        await table.count(tx, provider.id, day, source.category, event, number)


async def _end_unknown(
    network: Network, provider: Provider, error: TransportError, waiting: Sequence[Waiting]
) -> None:
    """End a subscription that the provider, asked often enough, does not know any more."""
    known = await providers.capability(network.db, provider.id, DATA_SHARING)
    if isinstance(error, Gone) and waiting and known and known.failures >= _GIVEN_UP_AFTER:
        ended = waiting[0].subscription_id
        await network.db.transaction(lambda tx: table.delete_subscription(tx, provider.id, ended))
