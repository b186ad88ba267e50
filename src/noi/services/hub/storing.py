"""Writing posts, many in one transaction: those that were read while others were being written.

Each is answered for itself, and what fails is tried alone, so that no post keeps another away.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from enum import Enum, auto
from weakref import WeakKeyDictionary

import msgspec

from noi.db.database import Database, Transaction
from noi.db.hub import accounts, posts, queue
from noi.models.errors import Unavailable
from noi.models.hub_records import Event, HubAccount, HubPost, QueueEntry
from noi.models.ids import now_ms
from noi.services.hub import indexing, people, withdrawals
from noi.services.hub.indexing import Found
from noi.services.network import Network

MOST = 128
"""So many are written together. A process writes one transaction after another: while one is
written, the next grows."""

_DESKS = 4
"""So many documents are made ready in a process before it looks at what else there is to do."""

_ID_ATTEMPTS = 4
_EARLIEST = 946_684_800_000  # 2000: what claims to be older has a broken clock


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A post that was read for an entry; `fetched_at` is when its fetch began (ms)."""

    entry: QueueEntry
    author_uri: str
    fetched_at: int
    published_at: int | None
    language: str
    shares: int
    likes: int
    url: str
    excerpt: str
    found: Found


class Fate(Enum):
    """What became of a post. ASK: its author is not known, or was not asked for long."""

    DONE = auto()
    NOT_AGREED = auto()
    OVERTAKEN = auto()
    ASK = auto()


class _Waiting(msgspec.Struct):
    wanted: Wanted
    fate: asyncio.Future[Fate]


class _Line(msgspec.Struct):
    """What waits to be written by one process, who writes, and where posts are made ready."""

    waiting: deque[_Waiting] = msgspec.field(default_factory=lambda: deque[_Waiting]())
    writer: asyncio.Task[None] | None = None
    desks: asyncio.Semaphore = msgspec.field(default_factory=lambda: asyncio.Semaphore(_DESKS))


# By database, for several hubs may run in one process.
_lines: WeakKeyDictionary[Database, _Line] = WeakKeyDictionary()


def desks(network: Network) -> asyncio.Semaphore:
    """Places to make documents ready at, each held until the loop has come round."""
    return _lines.setdefault(network.db, _Line()).desks


async def store(network: Network, wanted: Wanted) -> Fate:
    """Write a post and end its entry, together with others; returning means that it is on disk.

    An entry that was announced anew meanwhile is DONE with: it is read again. With ASK and
    OVERTAKEN nothing is changed. Raises models.errors.Unavailable, and what the database raises.
    """
    line = _lines.setdefault(network.db, _Line())
    waiting = _Waiting(wanted, asyncio.get_running_loop().create_future())
    line.waiting.append(waiting)
    if line.writer is None:
        line.writer = asyncio.create_task(_write_waiting(network, line))
    return await waiting.fate


async def _write_waiting(network: Network, line: _Line) -> None:
    try:
        await _write_all(network, line)
    finally:
        # At once, so that whoever comes next finds no writer that takes nothing more.
        line.writer = None


async def _write_all(network: Network, line: _Line) -> None:
    while batch := _next_batch(line):
        several = [waiting.wanted for waiting in batch]
        try:
            fates = await network.db.transaction(lambda tx, s=several: _write(tx, network, s))
        except Exception as error:
            await _write_alone(network, batch, error)
            continue
        for waiting, fate in zip(batch, fates, strict=True):
            if not waiting.fate.done():
                waiting.fate.set_result(fate)


def _next_batch(line: _Line) -> list[_Waiting]:
    """Those whom somebody still waits for; of the same address, only one."""
    batch: dict[str, _Waiting] = {}
    while line.waiting and len(batch) < MOST:
        first = line.waiting[0]
        if first.wanted.entry.uri in batch:
            break
        line.waiting.popleft()
        if not first.fate.done():
            batch[first.wanted.entry.uri] = first
    return list(batch.values())


async def _write_alone(network: Network, batch: Sequence[_Waiting], error: Exception) -> None:
    """Find out which of those was at fault that could not be written together."""
    for waiting in batch:
        if len(batch) > 1 and not isinstance(error, Unavailable):
            await _write_all(network, _Line(deque([waiting])))
        elif not waiting.fate.done():
            waiting.fate.set_exception(error)


async def _write(tx: Transaction, network: Network, several: Sequence[Wanted]) -> list[Fate]:
    authors = {one.author_uri for one in several}
    latest = await withdrawals.lock_all(tx, [one.entry.uri for one in several], authors)
    held = {account.uri: account for account in await accounts.by_uris(tx, sorted(authors))}
    fates = [_fate(one, held.get(one.author_uri), latest) for one in several]
    decided = (Fate.DONE, Fate.NOT_AGREED)
    ending = [one.entry for one, fate in zip(several, fates, strict=True) if fate in decided]
    ended = await queue.take_all(tx, ending) if ending else set[str]()
    public: list[tuple[Wanted, HubAccount]] = []
    for one, fate in zip(several, fates, strict=True):
        if one.entry.uri in ended:
            if fate is Fate.NOT_AGREED:
                await withdrawals.end_held(tx, one.entry.uri)
            else:
                public.append((one, held[one.author_uri]))
    if public:
        await _put(tx, network, public)
    return fates


def _fate(one: Wanted, author: HubAccount | None, latest: Mapping[str, int]) -> Fate:
    if withdrawals.overtakes(latest, one.entry.uri, one.author_uri, one.fetched_at):
        return Fate.OVERTAKEN
    if author is None or author.checked_at <= now_ms() - people.FRESH_MS:
        return Fate.ASK
    return Fate.DONE if author.indexable else Fate.NOT_AGREED


async def _put(
    tx: Transaction, network: Network, public: Sequence[tuple[Wanted, HubAccount]]
) -> None:
    known = await posts.ids_of(tx, [one.entry.uri for one, _ in public])
    times = [_published_at(one) for one, _ in public if one.entry.uri not in known]
    new_ids = iter(await _new_ids(tx, network, times) if times else ())
    new: list[tuple[HubPost, Found]] = []
    for one, author in public:
        id_ = known.get(one.entry.uri)
        if id_ is None:
            new.append((_post(one, author, next(new_ids)), one.found))
        else:
            await _rewrite(tx, _post(one, author, id_), one.found)
    await posts.insert_all(tx, [post for post, _ in new])
    await indexing.put_posts(tx, new, new=True)
    await _note_authors(tx, public)


def _post(one: Wanted, author: HubAccount, id_: int) -> HubPost:
    now = now_ms()
    return HubPost(
        id=id_,
        uri=one.entry.uri,
        account_id=author.id,
        host=author.host,
        member_id=author.member_id,
        language=one.language,
        published_at=_published_at(one),
        check_at=people.check_at(now),
        checked_at=now,
        shares=one.shares,
        likes=one.likes,
        trending_at=now if one.entry.event is Event.TRENDING else None,
        url=one.url,
        excerpt=one.excerpt,
    )


async def _rewrite(tx: Transaction, post: HubPost, found: Found) -> None:
    await posts.update(tx, post)
    if post.trending_at is not None:
        await posts.trending(tx, post.id, post.trending_at)
    await indexing.put_posts(tx, [(post, found)], new=False)


async def _note_authors(tx: Transaction, public: Sequence[tuple[Wanted, HubAccount]]) -> None:
    """Note when people last wrote, and in which language, of each the latest."""
    wrote: dict[int, accounts.Wrote] = {}
    for one, author in public:
        at, before = _published_at(one), wrote.get(author.id)
        if at > (before.at if before else author.last_post_at or 0):
            wrote[author.id] = accounts.Wrote(author.id, at, one.language)
    await accounts.posted(tx, list(wrote.values()))


def _published_at(one: Wanted) -> int:
    return min(max(one.published_at or one.fetched_at, _EARLIEST), one.fetched_at)


async def _new_ids(tx: Transaction, network: Network, times: Sequence[int]) -> list[int]:
    """Ids that sort by time; another post may have the same by chance."""
    ids = [network.ids.published(at) for at in times]
    for attempts_left in reversed(range(_ID_ATTEMPTS)):
        taken = await posts.taken(tx, ids)
        if not taken:
            break
        for place, at in enumerate(times):
            if ids[place] in taken:
                ids[place] = network.ids.published(at) if attempts_left else network.ids.next()
    return ids
