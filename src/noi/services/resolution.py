"""Finding what an address or a handle of another server names, when somebody asks for it."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urljoin

from noi.activitypub.activities import embedded_object, read_activity
from noi.activitypub.kinds import Kind, kind_of
from noi.activitypub.normalize import Document, compact
from noi.activitypub.objects import Object, read_object
from noi.activitypub.uris import same_authority, web_uri
from noi.auth.limits import Limit, check
from noi.db import accounts, jobs, mentions, remote_accounts, statuses
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState, Viewer
from noi.models.errors import BadDocument, Conflict, Forbidden, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import CompleteAccount, FetchParent, Notify
from noi.models.statuses import Status
from noi.services import distribution, policies, remote_documents, remote_statuses
from noi.services import remote_accounts as people
from noi.services.network import Network
from noi.services.remote_statuses import LOOKED_UP, Arrival
from noi.transport.errors import WrongType
from noi.transport.webfinger import parse_handle

MAX_DEPTH = 20
"""How far up a thread is followed."""
RESOLVES = Limit("resolves", 60, 300)

_HTML = "text/html, application/xhtml+xml;q=0.9"
_HEAD_BYTES = 256 * 1024
_LINK = re.compile(r"<link\b([^>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_ACTIVITY_TYPES = ("application/activity+json", "application/ld+json")

Check = Callable[[Object], None]
"""Raises what speaks against keeping an object."""


async def fetch_status(
    network: Network,
    uri: str,
    *,
    depth: int = 0,
    arrival: Arrival = LOOKED_UP,
    check_object: Check | None = None,
) -> Status | None:
    """The status at an address, fetched from its origin where it is not known.

    `depth` tells how many answers lie below it, which are followed upwards by jobs, up to 20.
    None for votes and what is deleted here. Raises BadDocument, Forbidden, NotFound and
    TransportError.
    """
    known = await statuses.get_by_uri(network.db, uri)
    if known is not None:
        return None if known.deleted_at is not None else known
    return await remote_documents.once(
        network, f"status {uri}", lambda: _fetch(network, uri, depth, arrival, check_object)
    )


async def refetch(network: Network, status: Status) -> None:
    """Bring a remote status, such as a poll's, up to date. Raises as `fetch_status` does."""
    await _fetch(network, status.uri, MAX_DEPTH, LOOKED_UP, None)


async def take(
    network: Network, object_: Object, *, depth: int = 0, arrival: Arrival = LOOKED_UP
) -> Status | None:
    """Write an object that was fetched from its own origin. Raises as `fetch_status` does."""
    if not same_authority(object_.author, object_.id):
        raise BadDocument("The document is not by an author of its own server")
    author = await people.by_uri(network, object_.author)
    standing = await policies.of_actor(network, author.domain, author.uri)
    if author.local or standing.blocked:
        raise Forbidden("This network does not speak with {host}", host=author.domain)

    async def work(tx: Transaction) -> Status | None:
        known = await statuses.get_by_uri(tx, object_.id) is not None
        written = await remote_statuses.upsert(tx, network, object_, author, standing, arrival)
        if written is not None and not known and not arrival.news:
            await _tell(tx, written, object_)
        return written

    async def write() -> Status | None:
        return await network.db.transaction(work)

    try:
        status = await write()
    except Conflict:  # another process was faster
        status = await write()
    if status is not None and status.in_reply_to_id is None and object_.in_reply_to:
        await _follow_up(network, status, depth)
    return status


async def resolve(network: Network, text: str, viewer: Viewer) -> Account | Status | None:
    """What a handle or an address typed by a person names on another server; None for others.

    Raises RateLimited, and what fetching it raises. Whether the viewer may see it is for the
    caller to check.
    """
    text = text.strip()
    handle = parse_handle(text)
    is_page = bool(web_uri(text)) and not text.startswith(f"{network.settings.origin}/")
    if handle is None and not is_page:
        return None
    if not is_page:
        known = await _known_handle(network, handle)
        if known is None:
            check(network.settings, RESOLVES, viewer.account_id)
        account = known or await people.by_handle(network, text)
        return await _complete(network, account)
    found = await _known_page(network, text)
    if found is None:
        check(network.settings, RESOLVES, viewer.account_id)
        found = await remote_documents.once(network, f"page {text}", lambda: _page(network, text))
    return await _complete(network, found) if isinstance(found, Account) else found


async def _known_handle(network: Network, handle: tuple[str, str] | None) -> Account | None:
    if handle is None:
        return None
    name, domain = handle
    own = domain == network.settings.host
    found = await accounts.get_by_handle(network.db, name, "" if own else domain)
    return found if found is not None and found.state <= AccountState.LIMITED else None


async def _known_page(network: Network, url: str) -> Account | Status | None:
    status = await statuses.get_by_uri(network.db, url)
    if status is not None and status.deleted_at is None:
        return status
    account = await accounts.get_by_uri(network.db, url)
    account = account or await remote_accounts.by_url(network.db, url)
    return account if account is not None and account.state <= AccountState.LIMITED else None


async def _page(network: Network, url: str) -> Account | Status | None:
    """What a page shows: the document behind its address, or that which its head links to."""
    try:
        document = await remote_documents.fetch(network, url)
    except WrongType:
        link = await _alternate(network, url)
        if not link:
            raise
        document = await remote_documents.fetch(network, link)
    node = compact(document)
    if kind_of(node) is Kind.ACTOR:
        return await people.learn(network, document)
    return await _take_document(network, document, 0, LOOKED_UP, None)


async def _alternate(network: Network, url: str) -> str:
    answer = await network.client.get(url, accept=_HTML, limit_bytes=_HEAD_BYTES, truncate=True)
    if answer.status != 200 or answer.content_type not in ("text/html", "application/xhtml+xml"):
        return ""
    for link in _LINK.findall(answer.body.decode("utf-8", "replace"))[:100]:
        attributes: dict[str, str] = {
            name.lower(): unescape(double or single or bare)
            for name, double, single, bare in _ATTRIBUTE.findall(link)
        }
        media_type = attributes.get("type", "").partition(";")[0].strip().lower()
        if attributes.get("rel", "").lower() == "alternate" and media_type in _ACTIVITY_TYPES:
            return web_uri(urljoin(answer.url, attributes.get("href", "")))
    return ""


async def _fetch(
    network: Network, uri: str, depth: int, arrival: Arrival, check_object: Check | None
) -> Status | None:
    document = await remote_documents.fetch(network, uri)
    return await _take_document(network, document, depth, arrival, check_object)


async def _take_document(
    network: Network,
    document: Document,
    depth: int,
    arrival: Arrival,
    check_object: Check | None,
) -> Status | None:
    node = compact(document)
    if kind_of(node) is Kind.ACTIVITY:
        activity = read_activity(document)
        object_ = embedded_object(activity) if activity.type in ("Create", "Update") else None
        if object_ is None or not same_authority(object_.id, activity.id):
            raise BadDocument("The document is not of the kind that was expected")
    else:
        object_ = read_object(document)
    if object_.type == "Tombstone":
        raise NotFound
    if check_object is not None:
        check_object(object_)
    return await take(network, object_, depth=depth, arrival=arrival)


async def _tell(tx: Transaction, status: Status, object_: Object) -> None:
    """Tell whom a recent post is for: its own Create may still be on the way, and will find it
    here and tell nobody.
    """
    if status.created_at < now_ms() - remote_statuses.RECENT_MS:
        return
    if status.in_reply_to_id is not None or not object_.in_reply_to:
        await distribution.spread(tx, status)
    named = [one for one in await mentions.of_statuses(tx, [status.id]) if not one.silent]
    local = [one.account_id for one in named if not one.domain][: remote_statuses.MAX_NOTIFIED]
    notices = [Notify(id_, "mention", status.account_id, status.id) for id_ in local]
    await jobs.enqueue_all(tx, notices)


async def _follow_up(network: Network, status: Status, depth: int) -> None:
    if depth < MAX_DEPTH:
        job = FetchParent(status.id, depth)
        await network.db.transaction(lambda tx: jobs.enqueue(tx, job, unique=True))


async def _complete(network: Network, account: Account) -> Account:
    """Somebody wants to see this account: what its actor does not tell is fetched before long."""
    if not account.local and not await remote_accounts.completed(network.db, account.id):
        job = CompleteAccount(account.id)
        await network.db.transaction(lambda tx: jobs.enqueue(tx, job, unique=True))
    return account
