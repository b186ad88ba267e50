"""What the alliance finds, beside what is here: addresses alone, each fetched from its own origin.

Who searches is told to nobody. Nothing is shown that its author does not let be found, or that
this network or the reader does not want to meet, whatever a provider says.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from time import monotonic
from weakref import WeakKeyDictionary

import msgspec

from noi.activitypub.objects import Object
from noi.activitypub.uris import authority_of
from noi.auth.limits import Limit, hit
from noi.db import finding, jobs, statuses
from noi.db.database import Database
from noi.models.errors import Forbidden, NoiError, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import CheckFound, FetchFound, Job, RefreshAccount
from noi.models.search import SearchKind, SearchResults
from noi.services import asking, policies, preferences, remote_accounts, resolution
from noi.services.network import Network
from noi.services.statuses import bury
from noi.text.fold import query_words
from noi.transport.errors import Gone, TransportError

MIN_LENGTH, MAX_LENGTH = 2, 200
"""Of what is sent: longer texts were most likely not meant as a search."""
SEARCHES = Limit("searches of the alliance", 120, 300)
_AT_ONCE = 8
_REMEMBERED = 4096
_TRIED_SECONDS = 600.0
_CHECKED_MS = 15 * 60_000
_ACCOUNTS, _POSTS = "account_search", "post_search"
# Handles, e-mail addresses, addresses and names of hosts are looked up, not searched.
_NAMES = re.compile(r"@|://|^www\.|\bfrom:|^\S+\.\S+$", re.IGNORECASE)

_Tried = OrderedDict[str, float]


class Search(msgspec.Struct, eq=False):
    """A search that is under way until a time (of `monotonic`)."""

    people: list[asking.Line]
    posts: list[asking.Line]
    until: float


class Brought(msgspec.Struct, frozen=True):
    """The ids of what was found, best first; of what is of other networks, who named it; and
    whether more is on its way.
    """

    accounts: list[int]
    statuses: list[int]
    accounts_by: dict[int, str]
    statuses_by: dict[int, str]
    pending: bool


class _Memory(msgspec.Struct, eq=False):
    """Addresses that this process has tried to fetch, and those left to a job, of late."""

    tried: _Tried = msgspec.field(default_factory=lambda: OrderedDict[str, float]())
    queued: _Tried = msgspec.field(default_factory=lambda: OrderedDict[str, float]())


# By database, for several networks may run in one process.
_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


def may_be_asked(text: str) -> bool:
    """Whether a text is a search and no name, so that providers may be sent it."""
    fits = MIN_LENGTH <= len(text) <= MAX_LENGTH
    return fits and not _NAMES.search(text) and bool(query_words(text))


async def begin(
    network: Network, viewer_id: int, text: str, kinds: Collection[SearchKind], pages: int
) -> Search | None:
    """Ask all providers, if there are any and the person searching has nothing against it."""
    until = monotonic() + asking.PATIENCE_SECONDS
    if not may_be_asked(text) or not await preferences.asks_alliance(network, viewer_id):
        return None
    standing = hit(network.settings, ((SEARCHES, viewer_id),))
    if standing is not None and not standing.allowed:
        return None
    pages = min(pages, asking.MAX_PAGES)

    async def bring_accounts(uris: list[str]) -> None:
        await _bring(network, uris, [])

    async def bring_statuses(uris: list[str]) -> None:
        await _bring(network, [], uris)

    people: list[asking.Line] = []
    posts: list[asking.Line] = []
    if SearchKind.ACCOUNTS in kinds:
        people = await asking.begin(network, _ACCOUNTS, text, pages, bring_accounts)
    if SearchKind.STATUSES in kinds:
        posts = await asking.begin(network, _POSTS, text, pages, bring_statuses)
    return Search(people, posts, until) if people or posts else None


async def finish(network: Network, viewer_id: int, search: Search) -> Brought:
    """What came in time and may be shown; the rest is fetched for the next page."""
    await asking.finish(network, [*search.people, *search.posts], search.until)
    people, posts = _mixed(search.people), _mixed(search.posts)
    account_ids = await finding.account_ids(network.db, list(people))
    status_ids = await finding.status_ids(network.db, list(posts))
    missing = [uri for uri in people if uri not in account_ids]
    unread = [uri for uri in posts if uri not in status_ids]
    pending = any(line.under_way for line in (*search.people, *search.posts))
    if missing or unread:
        pending = await _leave_to_job(network, missing, unread) or pending
    shown = await finding.accounts(network.db, viewer_id, list(account_ids.values()))
    read = await finding.statuses(network.db, viewer_id, list(status_ids.values()))
    by = {account_ids[uri]: name for uri, name in people.items() if uri in account_ids}
    posts_by = {status_ids[uri]: name for uri, name in posts.items() if uri in status_ids}
    return Brought(
        [id_ for id_ in by if id_ in shown],
        [id_ for id_ in posts_by if id_ in read],
        {id_: name for id_, name in by.items() if not shown.get(id_, True)},
        {id_: name for id_, name in posts_by.items() if not read.get(id_, True)},
        pending,
    )


async def check_again(network: Network, results: SearchResults) -> None:
    """Have what was shown fetched anew where this network might not have been told that somebody
    has taken back their consent or a post: where nobody here follows them.
    """
    shown = {row.id for row in results.accounts} | {ref.account_id for ref in results.statuses}
    stale = await finding.untold(network.db, list(shown), now_ms() - _CHECKED_MS)
    if stale:
        wanted: list[Job] = [RefreshAccount(id_) for id_ in stale]
        posts = tuple(ref.id for ref in results.statuses if ref.account_id in stale)
        wanted += [CheckFound(posts)] if posts else []
        await network.db.transaction(lambda tx: jobs.enqueue_all(tx, wanted, unique=True))


async def check_people(network: Network, account_ids: Sequence[int]) -> None:
    """The same of people who were shown without anything they wrote."""
    stale = await finding.untold(network.db, account_ids, now_ms() - _CHECKED_MS)
    if stale:
        wanted = [RefreshAccount(id_) for id_ in stale]
        await network.db.transaction(lambda tx: jobs.enqueue_all(tx, wanted, unique=True))


async def check(network: Network, job: CheckFound) -> None:
    """Fetch posts anew; what is gone from its origin goes here as well."""
    for status in (await statuses.get_many(network.db, job.status_ids)).values():
        if status.deleted_at is not None or network.settings.owns(status.uri):
            continue
        try:
            await resolution.refetch(network, status)
        except (Gone, NotFound):
            await network.db.transaction(lambda tx, gone=status: bury(tx, gone))
        except (TransportError, NoiError):
            continue


async def fetch(network: Network, job: FetchFound) -> None:
    """Fetch what was found and is not here yet; what cannot be had is passed over."""
    await _fetch_all(network, job.accounts, job.statuses, _AT_ONCE)


async def fetch_accounts(network: Network, uris: Sequence[str]) -> dict[str, int]:
    """The ids of accounts by their addresses, fetched where they are not known."""
    known = await finding.account_ids(network.db, uris)
    await _fetch_all(network, [uri for uri in uris if uri not in known], [], _AT_ONCE)
    return await finding.account_ids(network.db, uris)


async def fetch_statuses(network: Network, uris: Sequence[str]) -> dict[str, int]:
    """The same for statuses; of other networks only such as are public."""
    known = await finding.status_ids(network.db, uris)
    await _fetch_all(network, [], [uri for uri in uris if uri not in known], _AT_ONCE)
    return await finding.status_ids(network.db, uris)


def _mixed(lines: Iterable[asking.Line]) -> dict[str, str]:
    """The addresses of all providers in turn, each with who named it first."""
    answers = [(line.uris or [], line.provider) for line in lines]
    longest = max((len(uris) for uris, _ in answers), default=0)
    found: dict[str, str] = {}
    for place in range(longest):
        for uris, provider in answers:
            if place < len(uris):
                found.setdefault(uris[place], provider.name or provider.host)
    return found


async def _bring(network: Network, people: Sequence[str], posts: Sequence[str]) -> None:
    """Fetch some of what is not here, unless this process has just tried to."""
    known = await finding.account_ids(network.db, people)
    known |= await finding.status_ids(network.db, posts)
    tried = _memory_of(network).tried
    missing = [uri for uri in people if uri not in known][:_AT_ONCE]
    unread = [uri for uri in posts if uri not in known][:_AT_ONCE]
    missing = [uri for uri in missing if _new(tried, uri)]
    unread = [uri for uri in unread if _new(tried, uri)]
    await _fetch_all(network, missing, unread, _AT_ONCE)


async def _fetch_all(
    network: Network, people: Sequence[str], posts: Sequence[str], at_once: int
) -> None:
    room = asyncio.Semaphore(at_once)

    async def fetch_one(uri: str, post: bool) -> None:
        async with room:
            try:
                if post:
                    await resolution.fetch_status(
                        network, uri, depth=resolution.MAX_DEPTH, check_object=_is_public
                    )
                else:
                    await remote_accounts.by_uri(network, uri)
            except (TransportError, NoiError):
                return

    foreign = [(uri, False) for uri in people] + [(uri, True) for uri in posts]
    wanted = [item for item in foreign if not network.settings.owns(item[0])]
    await asyncio.gather(*(fetch_one(uri, post) for uri, post in wanted))


def _is_public(object_: Object) -> None:
    """Posts that are not for everybody are nobody's to find, and not kept."""
    if not object_.recipients.public:
        raise Forbidden("This post is not public")


async def _leave_to_job(network: Network, people: Sequence[str], posts: Sequence[str]) -> bool:
    """Have what was not there in time fetched, and say whether there was anything new in it."""
    queued = _memory_of(network).queued

    async def wanted(uris: Sequence[str]) -> tuple[str, ...]:
        kept: list[str] = []
        for uri in uris:
            if network.settings.owns(uri):
                continue
            blocked = (await policies.of(network, authority_of(uri))).blocked
            if not blocked and _new(queued, uri):
                kept.append(uri)
        return tuple(kept)

    job = FetchFound(await wanted(people), await wanted(posts))
    if not (job.accounts or job.statuses):
        return False
    await network.db.transaction(lambda tx: jobs.enqueue(tx, job))
    return True


def _new(seen: _Tried, uri: str) -> bool:
    """Whether an address was not seen of late; it is from now on."""
    now = monotonic()
    if seen.get(uri, 0.0) > now:
        return False
    seen[uri] = now + _TRIED_SECONDS
    seen.move_to_end(uri)
    if len(seen) > _REMEMBERED:
        seen.popitem(last=False)
    return True


def _memory_of(network: Network) -> _Memory:
    memory = _memories.get(network.db)
    if memory is None:
        memory = _memories[network.db] = _Memory()
    return memory
