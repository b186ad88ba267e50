"""What the alliance is told: addresses of what people here have consented to, and withdrawals.

What may be told is decided in one place, `db.sharing.consenting`, when something is queued and
again when it is sent. Only addresses leave, of local accounts and statuses.
"""

from collections.abc import Sequence

from noi.db import alliance as providers
from noi.db import jobs
from noi.db import sharing as table
from noi.db.database import Reader, Transaction
from noi.models.alliance import (
    DATA_SHARING,
    Backfill,
    Category,
    Event,
    Kind,
    Provider,
    ProviderState,
    Subscription,
    Threshold,
)
from noi.models.errors import Forbidden, Invalid, NotFound, RateLimited
from noi.models.ids import first_id_at, now_ms
from noi.models.jobs import (
    IndexAccount,
    IndexStatus,
    SettleProvider,
    ShareEarlier,
    ShareWith,
    WithdrawShared,
)
from noi.models.paging import MAX_ID
from noi.services.memberships import ADMITTED
from noi.services.network import Network

MAX_BATCH = 500
MAX_BACKFILL = 100
"""Addresses in one announcement of a backfill; the provider asks for more."""

MAX_SUBSCRIPTIONS = 20
MAX_BACKFILLS = 20
_MAX_MINUTES = 24 * 60
_MAX_LEAST = 10_000
_BATCH = 200
_MINUTE_MS = 60_000


async def status_changed(network: Network, job: IndexStatus) -> None:
    """Queue what providers are to be told of a status, with every change of it."""
    await _look_at(network, Category.CONTENT, job.status_id)


async def account_changed(network: Network, job: IndexAccount) -> None:
    """The same of an account; its statuses come by themselves."""
    if not job.statuses_after:
        await _look_at(network, Category.ACCOUNT, job.account_id)


async def _look_at(network: Network, category: Category, id_: int) -> None:
    if not await table.subscriptions(network.db, category, Kind.LIFECYCLE):
        return
    found = await table.objects(network.db, category, [id_])
    if any(network.settings.owns(one.uri) for one in found):
        await network.db.transaction(lambda tx: changed(tx, category, [id_]))


async def changed(tx: Transaction, category: Category, ids: Sequence[int]) -> None:
    """Queue what providers are to be told of local accounts or statuses that began, changed, may
    be shared no longer, or are gone. To be called in the transaction that follows the change.
    """
    wanted = await table.subscriptions(tx, category, Kind.LIFECYCLE)
    if not wanted or not ids:
        return
    found = await table.objects(tx, category, ids)
    for to in wanted:
        shared = await table.shared_among(tx, to.provider_id, category, ids)
        begun = [one for one in found if one.allowed and one.id not in shared]
        updated = [one for one in found if one.allowed and one.id in shared]
        ended = [one for one in found if not one.allowed and one.id in shared]
        await table.mark(tx, to.provider_id, category, [one.id for one in begun])
        await table.unmark(tx, to.provider_id, category, [one.id for one in ended])
        await table.put(tx, to, begun, Event.NEW)
        await table.put(tx, to, updated, Event.UPDATE)
        await table.put(tx, to, ended, Event.DELETE)
        if begun or updated or ended:
            await jobs.enqueue(tx, ShareWith(to.provider_id), unique=True)


async def subscribe(
    network: Network,
    provider: Provider,
    category: Category,
    kind: Kind,
    *,
    max_batch: int,
    threshold: Threshold | None = None,
) -> Subscription:
    """Note what a provider wants to hear of; the same once more answers what is there.

    Raises Forbidden where it may not, Invalid, RateLimited beyond MAX_SUBSCRIPTIONS.
    """
    least = threshold or Threshold()
    numbers = (least.shares, least.likes, least.replies)
    if max_batch < 1 or not 1 <= least.timeframe <= _MAX_MINUTES:
        raise Invalid("These numbers cannot be used")
    if not any(numbers) or not all(0 <= number <= _MAX_LEAST for number in numbers):
        raise Invalid("These numbers cannot be used", field="threshold")
    trends = kind is Kind.TRENDS
    if trends and category is not Category.CONTENT:
        raise Invalid("Only content has trends", field="category")
    new = Subscription(
        id=network.ids.next(),
        provider_id=provider.id,
        category=category,
        kind=kind,
        max_batch=min(max_batch, MAX_BATCH),
        minutes=least.timeframe if trends else 0,
        shares=least.shares if trends else 0,
        likes=least.likes if trends else 0,
        replies=least.replies if trends else 0,
        created_at=now_ms(),
    )

    async def work(tx: Transaction) -> Subscription:
        await require(tx, provider.id)
        known = await table.subscriptions_of(tx, provider.id)
        for one in known:
            if _wish(one) == _wish(new):
                return one
        if len(known) >= MAX_SUBSCRIPTIONS:
            raise RateLimited("Too many subscriptions")
        await table.insert_subscription(tx, new)
        if provider.hub and provider.membership != ADMITTED:
            # Hubs ask for it when they take a network in.
            await jobs.enqueue(tx, SettleProvider(provider.id), unique=True)
        return new

    return await network.db.transaction(work)


async def unsubscribe(network: Network, provider: Provider, subscription_id: int) -> None:
    """End a subscription of a provider. Raises NotFound."""

    async def work(tx: Transaction) -> None:
        if not await table.delete_subscription(tx, provider.id, subscription_id):
            raise NotFound

    await network.db.transaction(work)


async def ask_backfill(
    network: Network, provider: Provider, category: Category, max_count: int
) -> Backfill:
    """Begin to announce what a provider may have of earlier days, newest first.

    Raises Forbidden where it may not, Invalid, RateLimited while MAX_BACKFILLS are not done.
    """
    if max_count < 1:
        raise Invalid("These numbers cannot be used", field="maxCount")
    now = now_ms()
    new = Backfill(
        id=network.ids.next(),
        provider_id=provider.id,
        category=category,
        max_count=min(max_count, MAX_BACKFILL),
        before=MAX_ID,
        state="ready",
        sent=0,
        created_at=now,
        updated_at=now,
    )

    async def work(tx: Transaction) -> None:
        await require(tx, provider.id)
        open_ones = [one for one in await table.backfills(tx, provider.id) if one.state != "done"]
        if len(open_ones) >= MAX_BACKFILLS:
            raise RateLimited("Too many backfills at once")
        await table.insert_backfill(tx, new)
        await jobs.enqueue(tx, ShareWith(provider.id), unique=True)

    await network.db.transaction(work)
    return new


async def continue_backfill(network: Network, provider: Provider, backfill_id: int) -> None:
    """Go on with a backfill. Raises NotFound, Forbidden."""

    async def work(tx: Transaction) -> None:
        await require(tx, provider.id)
        if await table.backfill(tx, provider.id, backfill_id) is None:
            raise NotFound
        if await table.continue_backfill(tx, provider.id, backfill_id):
            await jobs.enqueue(tx, ShareWith(provider.id), unique=True)

    await network.db.transaction(work)


async def require(reader: Reader, provider_id: int) -> None:
    """Raise Forbidden unless the owner shares something with a provider."""
    provider = await providers.get(reader, provider_id)
    if provider is None or provider.state is not ProviderState.CONFIRMED:
        raise Forbidden("Nobody here has confirmed this provider")
    known = await providers.capability(reader, provider_id, DATA_SHARING)
    if known is None or not known.wanted:
        raise Forbidden("This network shares nothing with the provider")


async def withdraw(network: Network, job: WithdrawShared) -> None:
    """Queue withdrawals of what a provider was told; without subscriptions only forget it."""
    category = Category(job.category)

    async def work(tx: Transaction) -> None:
        provider = await providers.get_locked(tx, job.provider_id)
        if provider is not None and await _shares(tx, provider, category):
            return  # switched on again meanwhile
        ids = await table.some_shared(tx, job.provider_id, category, _BATCH, job.after)
        if not ids:
            return
        found = await table.objects(tx, category, ids)
        for to in await table.subscriptions_of(tx, job.provider_id):
            if to.category is category and to.kind is Kind.LIFECYCLE:
                await table.put(tx, to, found, Event.DELETE)
        await table.unmark(tx, job.provider_id, category, ids)
        await jobs.enqueue(tx, ShareWith(job.provider_id), unique=True)
        await jobs.enqueue(tx, WithdrawShared(job.provider_id, job.category, ids[-1]))

    await network.db.transaction(work)


async def share_earlier(network: Network, job: ShareEarlier) -> None:
    """Queue what a provider may have again, after the owner has switched a category on."""
    category = Category(job.category)

    async def work(tx: Transaction) -> None:
        provider = await providers.get(tx, job.provider_id)
        if provider is None or not await _shares(tx, provider, category):
            return
        found = await table.earlier(tx, category, job.before, _BATCH)
        wanted = await table.subscriptions_of(tx, job.provider_id)
        lifecycle = [to for to in wanted if _wish(to)[:2] == (category, Kind.LIFECYCLE)]
        if not found or not lifecycle:
            return
        await table.mark(tx, job.provider_id, category, [one.id for one in found])
        for to in lifecycle:
            await table.put(tx, to, found, Event.NEW)
        await jobs.enqueue(tx, ShareWith(job.provider_id), unique=True)
        await jobs.enqueue(tx, ShareEarlier(job.provider_id, job.category, found[-1].id))

    await network.db.transaction(work)


async def find_talked_about(network: Network) -> None:
    """Queue what many have shared, liked or answered here of late, once for each time frame."""
    for to in await table.subscriptions(network.db, Category.CONTENT, Kind.TRENDS):
        since = now_ms() - to.minutes * _MINUTE_MS
        ids = sorted(await table.talked_about(network.db, first_id_at(since), to))
        for start in range(0, len(ids), _BATCH):
            some = ids[start : start + _BATCH]
            await network.db.transaction(lambda tx, to=to, some=some: _trend(tx, to, some))


async def _trend(tx: Transaction, to: Subscription, ids: Sequence[int]) -> None:
    since = now_ms() - to.minutes * _MINUTE_MS
    told = await table.trended_since(tx, to.provider_id, ids, since)
    found = await table.objects(tx, to.category, [id_ for id_ in ids if id_ not in told])
    allowed = [one for one in found if one.allowed]
    if allowed:
        told_now = [one.id for one in allowed]
        await table.mark(tx, to.provider_id, to.category, told_now)
        await table.mark_trended(tx, to.provider_id, told_now)
        await table.put(tx, to, allowed, Event.TRENDING)
        await jobs.enqueue(tx, ShareWith(to.provider_id), unique=True)


async def _shares(reader: Reader, provider: Provider, category: Category) -> bool:
    known = await providers.capability(reader, provider.id, DATA_SHARING)
    wanted = known is not None and known.wanted and provider.shares(category)
    return wanted and provider.state is ProviderState.CONFIRMED


def _wish(one: Subscription) -> tuple[object, ...]:
    least = (one.minutes, one.shares, one.likes, one.replies)
    return (one.category, one.kind, one.max_batch, *least)
