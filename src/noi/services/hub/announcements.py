"""What members announce: addresses alone, journalled before the answer, read later.

What a member says is gone of its own is gone at once. Everything else is only a hint to look.
"""

from collections.abc import Sequence
from time import monotonic
from weakref import WeakKeyDictionary

import msgspec

from noi.activitypub.uris import authority_of, web_uri
from noi.db import jobs
from noi.db.database import Database, Transaction
from noi.db.hub import queue, trends
from noi.db.hub import subscriptions as subscribed
from noi.models.errors import Invalid, NotFound, RateLimited, TooLarge
from noi.models.hub import Member
from noi.models.hub_jobs import ContinueBackfill
from noi.models.hub_records import Category, Event, HubBackfill
from noi.models.ids import now_ms
from noi.services.hub import withdrawals
from noi.services.network import Network

MAX_URIS = 500
MAX_WAITING_OF_MEMBER = 100_000
MAX_WAITING = 1_000_000
BUSY_WAITING = MAX_WAITING_OF_MEMBER // 2
"""With so much of a member waiting, it is not asked for more of what was before."""

_COUNTED_SECONDS = 5.0
_ALL = 0


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """One call: `subscription` or `backfill` is the member's name for what it belongs to."""

    subscription: str = ""
    backfill: str = ""
    category: Category
    event: Event
    uris: Sequence[str]
    more: bool = False


class _Count(msgspec.Struct):
    waiting: int
    until: float


# By database, for several hubs may run in one process.
_counts: WeakKeyDictionary[Database, dict[int, _Count]] = WeakKeyDictionary()


async def take(network: Network, member: Member, announced: Announcement) -> None:
    """Journal what a member announces; returning means that it is on disk.

    Addresses that nothing can be fetched from are left out. The caller has seen to it that the
    member is admitted and shares. Raises NotFound (no such subscription), TooLarge (over MAX_URIS
    addresses), RateLimited (too much waits already).
    """
    if len(announced.uris) > MAX_URIS:
        raise TooLarge("At most {limit} addresses in one call", limit=MAX_URIS)
    backfill = await _source(network, member, announced)
    named = _named(network, member, announced)
    own = [one.uri for one in named if announced.event is Event.DELETE and _owns(member, one.host)]
    gone = frozenset(own)
    rest = [one for one in named if one.uri not in gone]
    counts = await _room(network, member, len(rest))
    version = network.ids.next()

    async def work(tx: Transaction) -> None:
        if own:
            await withdrawals.withdraw(tx, own)
        await queue.put(tx, rest, version=version)
        if announced.event is Event.TRENDING:
            await trends.announce(tx, [one.uri for one in rest], member.id, now_ms())
        if backfill is not None:
            await _note_backfill(tx, backfill, announced, busy=counts[0].waiting > BUSY_WAITING)

    if own or backfill is not None or announced.event is Event.TRENDING:
        await network.db.transaction(work)
    else:
        await queue.put_few(network.db, rest, version=version)
    for count in counts:
        count.waiting += len(rest)


async def _source(network: Network, member: Member, announced: Announcement) -> HubBackfill | None:
    """The backfill that something belongs to, if it is none of a subscription."""
    if announced.subscription:
        if await subscribed.named(network.db, member.id, announced.subscription) is None:
            raise NotFound("There is no such subscription")
        return None
    backfill = await subscribed.backfill_named(network.db, member.id, announced.backfill)
    if backfill is None:
        raise NotFound("There is no such backfill request")
    return backfill


def _named(network: Network, member: Member, announced: Announcement) -> list[queue.Named]:
    found: dict[str, queue.Named] = {}
    for uri in map(web_uri, announced.uris):
        host = authority_of(uri.partition("#")[0])
        if host and "#" not in uri and host != network.settings.host:
            found[uri] = queue.Named(uri, announced.category, announced.event, host, member.id)
    return list(found.values())


def _owns(member: Member, host: str) -> bool:
    return host in (member.host, authority_of(member.base_url))


async def _room(network: Network, member: Member, many: int) -> tuple[_Count, _Count]:
    """How much waits of a member and in all, counted every few seconds. Raises RateLimited."""
    counts = _counts.setdefault(network.db, {})
    own = await _counted(network, counts, member.id, MAX_WAITING_OF_MEMBER)
    everything = await _counted(network, counts, _ALL, MAX_WAITING)
    if many and own.waiting + many > MAX_WAITING_OF_MEMBER:
        raise RateLimited("Too much that this member announced waits to be read")
    if many and everything.waiting + many > MAX_WAITING:
        raise RateLimited("Too much waits to be read")
    return own, everything


async def _counted(network: Network, counts: dict[int, _Count], key: int, limit: int) -> _Count:
    known = counts.get(key)
    if known is not None and monotonic() < known.until:
        return known
    # Whoever comes while this is counted goes by what was known before.
    if known is not None:
        known.until = monotonic() + _COUNTED_SECONDS
    if key == _ALL:
        waiting = await queue.count(network.db, limit)
    else:
        waiting = await queue.count_of_member(network.db, key, limit)
    counts[key] = _Count(waiting, monotonic() + _COUNTED_SECONDS)
    return counts[key]


async def _note_backfill(
    tx: Transaction, backfill: HubBackfill, announced: Announcement, *, busy: bool
) -> None:
    amount = len(announced.uris)
    await subscribed.received(tx, backfill.id, amount, more=announced.more, now=now_ms())
    if announced.more and not busy:
        await jobs.enqueue(tx, ContinueBackfill(backfill.id), unique=True)


def parse(category: str, event: str, *, backfill: bool) -> tuple[Category, Event]:
    """The words of a call; raises Invalid for others."""
    if category not in (Category.ACCOUNT, Category.CONTENT):
        raise Invalid("The category is account or content", field="category")
    if backfill:
        return Category(category), Event.BACKFILL
    if event not in (Event.NEW, Event.UPDATE, Event.DELETE, Event.TRENDING):
        raise Invalid("The event is new, update, delete or trending", field="eventType")
    return Category(category), Event(event)
