"""Filling in from elsewhere: what a status answers, what answers it, and what profiles show."""

import asyncio
from contextlib import suppress

import msgspec

from noi.activitypub.collections import Collection, read_collection
from noi.activitypub.normalize import Document, compact, identifier, is_node
from noi.activitypub.objects import Object, read_object
from noi.activitypub.uris import authority_of, same_authority
from noi.db import accounts, jobs, mentions, pins, remote_accounts, statuses
from noi.db import remote_statuses as table
from noi.db.database import Transaction
from noi.models.accounts import AccountState
from noi.models.errors import BadDocument, NoiError
from noi.models.ids import now_ms
from noi.models.jobs import CompleteAccount, FetchMentioned, FetchParent, FetchReplies
from noi.models.statuses import Status
from noi.services import distribution, remote_documents, remote_statuses, resolution
from noi.services import remote_accounts as people
from noi.services.network import Network
from noi.transport.errors import Refused, TooLarge, TransportError

REPLIES_FRESH_MS = 15 * 60_000
MAX_PAGES = 3
MAX_REPLIES = 100
MAX_PER_HOST = 25
"""Replies that one collection can make this network fetch from a host that is not its own."""
MAX_FEATURED = 10
_AT_ONCE = 4


class _Item(msgspec.Struct, frozen=True):
    """An entry of a collection; `document` where it was sent whole by the host that owns it."""

    uri: str
    document: Document | None


async def opened(network: Network, status_id: int) -> None:
    """Somebody opens a thread: let a job fetch what was answered elsewhere, unless one just did."""
    before = now_ms() - REPLIES_FRESH_MS
    if not await table.replies_due(network.db, status_id, before=before):
        return

    async def work(tx: Transaction) -> None:
        if await table.claim_replies(tx, status_id, before=before):
            await jobs.enqueue(tx, FetchReplies(status_id))

    await network.db.transaction(work)


async def fetch_parent(network: Network, job: FetchParent) -> None:
    """Fetch what a status answers, and show the answer to whom it is for, who had to wait for that;
    what that one answers is for another job, 20 steps at most.
    """
    uri = await table.missing_parent(network.db, job.status_id)
    if not uri:
        await network.db.transaction(lambda tx: _spread(tx, job.status_id))
        return
    if network.settings.owns(uri):
        return
    try:
        parent = await resolution.fetch_status(network, uri, depth=job.depth + 1)
    except (Refused, TooLarge, NoiError):
        return
    if parent is not None:
        # It may have been written beside its child.
        await network.db.transaction(lambda tx: remote_statuses.adopt(tx, parent))


async def fetch_mentioned(network: Network, job: FetchMentioned) -> None:
    """Fetch accounts that a status names, and name them in it."""
    found: list[int] = []
    for uri in job.uris:
        with suppress(TransportError, NoiError):
            found.append((await people.by_uri(network, uri)).id)

    async def work(tx: Transaction) -> None:
        status = await statuses.get(tx, job.status_id)
        if status is not None and status.deleted_at is None and found:
            await mentions.insert(tx, status.id, found)
            await table.mark_mentions(tx, status.id)

    await network.db.transaction(work)


async def fetch_replies(network: Network, job: FetchReplies) -> None:
    """Fetch what others answered to a status, as the collections of its own server list it; and
    how its poll stands.
    """
    status = await statuses.get(network.db, job.status_id)
    where = await table.collections(network.db, job.status_id)
    if status is None or where is None:
        return
    if status.poll_id is not None:
        with suppress(TransportError, NoiError):
            await resolution.refetch(network, status)
    items: dict[str, _Item] = {}
    for uri in dict.fromkeys(where):
        if uri and same_authority(uri, status.uri):
            for item in await _items(network, uri):
                items.setdefault(item.uri, item)
    await _take_all(network, status, list(items.values()))


async def complete(network: Network, job: CompleteAccount) -> None:
    """Fetch how many follow an account and are followed by it, and its featured posts."""
    account = await accounts.get(network.db, job.account_id)
    where = await remote_accounts.collections(network.db, job.account_id)
    if account is None or account.local or account.state > AccountState.LIMITED or where is None:
        return
    await _fetch_featured(network, account.id, account.uri, where.featured)
    followers = await _total(network, where.followers, account.uri)
    following = await _total(network, where.following, account.uri)
    posts = await _total(network, where.outbox, account.uri)

    async def work(tx: Transaction) -> None:
        await remote_accounts.set_totals(
            tx, account.id, followers=followers, following=following, statuses=posts
        )

    await network.db.transaction(work)


async def _fetch_featured(
    network: Network, account_id: int, actor_uri: str, featured_uri: str
) -> None:
    if not featured_uri or not same_authority(featured_uri, actor_uri):
        return
    featured: list[int] = []
    for item in (await _items(network, featured_uri))[:MAX_FEATURED]:
        with suppress(TransportError, NoiError):
            status = await _take(network, item)
            if status is not None and status.account_id == account_id:
                featured.append(status.id)
    await network.db.transaction(lambda tx: pins.replace(tx, account_id, featured))


async def _total(network: Network, uri: str, actor_uri: str) -> int | None:
    """How many a collection holds, as its own server says; None where it does not."""
    if not uri or not same_authority(uri, actor_uri):
        return None
    with suppress(TransportError, NoiError):
        total = read_collection(await remote_documents.fetch(network, uri)).total
        return None if total is None else min(total, 2**31)
    return None


async def _items(network: Network, uri: str) -> list[_Item]:
    """The entries of a collection, of its first three pages at most."""
    found: list[_Item] = []
    seen: set[str] = set()
    with suppress(TransportError, NoiError):
        for _ in range(MAX_PAGES + 1):
            if not uri or uri in seen or len(found) >= MAX_REPLIES:
                break
            seen.add(uri)
            page = read_collection(
                await remote_documents.fetch(network, uri), max_items=MAX_REPLIES
            )
            found += _entries(page, uri)
            if page.first_page is not None:
                found += _entries(page.first_page, uri)
            following = page.next or (page.first_page.next if page.first_page else page.first)
            uri = following if same_authority(following, uri) else ""
    return found[:MAX_REPLIES]


def _entries(page: Collection, uri: str) -> list[_Item]:
    entries: list[_Item] = []
    for value, id_ in zip(page.items, map(identifier, page.items), strict=True):
        if id_:
            own = is_node(value) and same_authority(id_, uri) and "type" in compact(value)
            entries.append(_Item(id_, value if own and is_node(value) else None))
    return entries


async def _take_all(network: Network, status: Status, items: list[_Item]) -> None:
    known = await table.known_uris(network.db, [item.uri for item in items])
    hosts: dict[str, int] = {}
    wanted: list[_Item] = []
    for item in items:
        host = authority_of(item.uri)
        hosts[host] = hosts.get(host, 0) + 1
        own = same_authority(item.uri, status.uri)
        if item.uri not in known and (own or hosts[host] <= MAX_PER_HOST):
            wanted.append(item)
    turn = asyncio.Semaphore(_AT_ONCE)

    async def take(item: _Item) -> None:
        async with turn:
            with suppress(TransportError, NoiError):
                await _take(network, item, replies=True)

    await asyncio.gather(*(take(item) for item in wanted))


async def _take(network: Network, item: _Item, *, replies: bool = False) -> Status | None:
    check = _answers if replies else None
    if item.document is None:
        return await resolution.fetch_status(network, item.uri, check_object=check)
    known = await statuses.get_by_uri(network.db, item.uri)
    if known is not None:
        return known
    object_ = read_object(item.document)
    if check is not None:
        check(object_)
    return await resolution.take(network, object_)


def _answers(object_: Object) -> None:
    if not object_.in_reply_to:
        raise BadDocument("The document answers nothing")


async def _spread(tx: Transaction, status_id: int) -> None:
    status = await statuses.get(tx, status_id)
    if status is None or status.deleted_at is not None or status.in_reply_to_id is None:
        return
    if status.created_at > now_ms() - remote_statuses.RECENT_MS:
        await distribution.spread(tx, status, awaited=False)
