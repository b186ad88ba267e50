"""The collections of local accounts, statuses and conversations, as documents.

A `Page` asks for a part of a long collection, None for the collection itself. Each function raises
NotFound where the reader (0 for strangers) may not see what the collection belongs to.
"""

from collections.abc import Awaitable, Callable, Sequence

from noi.activitypub import addresses
from noi.activitypub import written_collections as written
from noi.activitypub.outgoing import Written, quote_authorization
from noi.activitypub.uris import authority_of
from noi.activitypub.written_notes import hashtag
from noi.db import deliveries, featured_tags
from noi.db import listings as table
from noi.db.database import Database
from noi.db.listings import Listed
from noi.models.errors import Forbidden, NotFound
from noi.models.federation import Peer
from noi.models.paging import Page
from noi.models.statuses import Status
from noi.services import documents, published, views
from noi.services.network import Network

REPLIES = 40
CONVERSATION = 100


async def outbox(network: Network, name: str, viewer_id: int, page: Page | None) -> Written:
    """What an account wrote and reblogged for anybody to see."""
    account = await published.readable(network, name, viewer_id)
    uri = addresses.outbox(account.uri)
    if page is None:
        return written.ordered_with_pages(uri, account.statuses_count)
    ids = await table.outbox(network.db, account.id, page)
    found = await views.load(network, ids)
    activities = await documents.written_activities(network, list(found.values()))
    return _page(uri, page, ids, activities)


async def followers(network: Network, name: str, viewer_id: int, page: Page | None) -> Written:
    """Who follows an account; no more than how many where it hides that."""
    account = await published.readable(network, name, viewer_id)
    uri, total = addresses.followers(account.uri), account.followers_count
    return await _follows(
        network, table.followers, uri, total, account.id, page, hidden=account.hide_collections
    )


async def following(network: Network, name: str, viewer_id: int, page: Page | None) -> Written:
    """Whom an account follows; no more than how many where it hides that."""
    account = await published.readable(network, name, viewer_id)
    uri, total = addresses.following(account.uri), account.following_count
    return await _follows(
        network, table.following, uri, total, account.id, page, hidden=account.hide_collections
    )


async def featured(network: Network, name: str, viewer_id: int) -> Written:
    """The statuses that an account has pinned, complete."""
    account = await published.readable(network, name, viewer_id)
    found = await views.load(network, await table.featured(network.db, account.id))
    notes = await documents.written_notes(network, list(found.values()))
    return written.ordered(addresses.featured(account.uri), len(notes), notes)


async def tags(network: Network, name: str, viewer_id: int) -> Written:
    """The hashtags that an account features."""
    account = await published.readable(network, name, viewer_id)
    items = [
        hashtag(network.settings.origin, tag.name)
        for tag in await featured_tags.all_of(network.db, account.id)
    ]
    return written.unordered(addresses.featured_tags(account.uri), len(items), items)


async def synchronization(network: Network, name: str, signer: Peer) -> Written:
    """Those of the asking server's accounts that follow an account (FEP-8fcf)."""
    account = await published.readable(network, name, signer.id)
    found = await deliveries.followers_at(network.db, account.id, [signer.inbox_host])
    uris = sorted(found.get(signer.inbox_host, ()))
    return written.ordered(addresses.followers_synchronization(account.uri), len(uris), uris)


async def replies(
    network: Network, name: str, status_id: int, viewer_id: int, page: Page | None, *, own: bool
) -> Written:
    """What answers a status: first the author's own answers, then everybody else's."""
    status = await _status(network, name, status_id, viewer_id)
    uri = addresses.replies(status.uri)
    after = page.min_id or 0 if page else 0
    found = await table.replies(
        network.db, status.id, status.account_id, own=own, after=after, limit=REPLIES
    )
    first = written.replies_page(
        uri, [(item.id, item.uri) for item in found], own=own, after=after, limit=REPLIES
    )
    return first if page else {"id": uri, "type": "Collection", "first": first}


async def likes(network: Network, name: str, status_id: int, viewer_id: int) -> Written:
    """How many favour a status."""
    status = await _status(network, name, status_id, viewer_id)
    return written.unordered(addresses.likes(status.uri), status.favourites_count)


async def shares(network: Network, name: str, status_id: int, viewer_id: int) -> Written:
    """How many reblogged a status."""
    status = await _status(network, name, status_id, viewer_id)
    return written.unordered(addresses.shares(status.uri), status.reblogs_count)


async def conversation(network: Network, conversation_id: int, page: Page | None) -> Written:
    """All of a conversation that began here and that anybody may see, oldest first (FEP-7888)."""
    if not await table.began_here(network.db, conversation_id):
        raise NotFound
    uri = addresses.context(network.settings.origin, conversation_id)
    after = page.min_id or 0 if page else 0
    found = await table.conversation(network.db, conversation_id, after=after, limit=CONVERSATION)
    query = {"min_id": after} if after else {}
    next_ = {"min_id": found[-1].id} if len(found) == CONVERSATION else None
    first = written.unordered_page(uri, query, [item.uri for item in found], next_=next_)
    if page:
        return first
    if not found:
        raise NotFound
    owner = _owner(network, found)
    return {"id": uri, "type": "Collection", "attributedTo": owner, "first": first}


async def authorization(network: Network, name: str, status_id: int, viewer_id: int) -> Written:
    """The stamp by which an account lets a status quote one of its own (FEP-044f)."""
    account = await published.readable(network, name, viewer_id)
    found = await table.authorized_quote(network.db, account.id, status_id, viewer_id)
    if found is None:
        raise NotFound
    uri = addresses.quote_authorization(account.uri, status_id)
    return quote_authorization(uri, account.uri, *found)


async def _follows(
    network: Network,
    listed: Callable[[Database, int, Page], Awaitable[list[tuple[int, str]]]],
    uri: str,
    total: int,
    account_id: int,
    page: Page | None,
    *,
    hidden: bool,
) -> Written:
    if page is None:
        return written.ordered_with_pages(uri, total, open_=not hidden)
    if hidden:
        raise Forbidden("This list is not shown")
    rows = await listed(network.db, account_id, page)
    return _page(uri, page, [row[0] for row in rows], [row[1] for row in rows])


async def _status(network: Network, name: str, status_id: int, viewer_id: int) -> Status:
    status = await published.visible_status(network, name, status_id, viewer_id)
    if status.reblog_of_id is not None:
        raise NotFound
    return status


def _owner(network: Network, found: Sequence[Listed]) -> str:
    """Who began a conversation, as far as anybody may see it; else the network itself."""
    first, origin = found[0].author_uri, network.settings.origin
    local = authority_of(first) == authority_of(origin)
    return first if local else addresses.instance_actor(origin)


def _page(uri: str, page: Page, ids: Sequence[int], items: written.Items) -> Written:
    """A page, newest first, and what leads to its neighbours."""
    query: dict[str, int] = {}
    if page.max_id is not None:
        query["max_id"] = page.max_id
    if page.min_id is not None:
        query["min_id"] = page.min_id
    older = bool(page.min_id) if page.min_id is not None else len(ids) == page.limit
    return written.ordered_page(
        uri,
        query,
        items,
        next_={"max_id": ids[-1]} if ids and older else None,
        prev={"min_id": ids[0]} if ids else None,
    )
