"""Statuses as JSON, from encoded bytes that all viewers share.

Bytes are kept by the revisions of the status and of its author, which the query that made the
page has just read; the viewer's marks, the poll and filter results are spliced in.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from weakref import WeakKeyDictionary

import msgspec

from noi.api.entities.accounts import account_entity
from noi.api.entities.filters import filter_results
from noi.api.entities.polls import poll_entity
from noi.api.entities.statuses import shared_status
from noi.db.database import Database
from noi.models.accounts import Viewer
from noi.models.errors import NotFound
from noi.models.filters import FilterAction
from noi.models.ids import now_ms
from noi.models.statuses import CustomEmoji, PollView, StatusRef, StatusView
from noi.services import filters, polls, timelines, views
from noi.services.filter_matching import Matcher
from noi.services.network import Network
from noi.text.sanitize import strip_html

# An account's counters change without a new revision, so its bytes age.
_ACCOUNT_AGE_MS = 5 * 60_000
_CACHE_BYTES = 32 * 1024 * 1024

_encoder = msgspec.json.Encoder()


class _StatusBytes(msgspec.Struct):
    """The shared JSON of one status with its author, without poll, reblog and its end."""

    revision: int
    account_revision: int
    until: int
    json: bytes
    poll: PollView | None
    emojis: list[CustomEmoji]
    html: str
    texts: list[str]
    """What filters look at besides the HTML: warning, choices, descriptions."""
    plain: str | None = None


class _Cache:
    """Encoded statuses by id. Beyond its size, those encoded longest ago go first.

    What is read often is encoded anew every few minutes, so it is never among them.
    """

    def __init__(self) -> None:
        self.entries: OrderedDict[int, _StatusBytes] = OrderedDict()
        self._room = _CACHE_BYTES

    def put(self, status_id: int, entry: _StatusBytes) -> None:
        before = self.entries.pop(status_id, None)
        if before is not None:
            self._room += _size(before)
        self.entries[status_id] = entry
        self._room -= _size(entry)
        while self._room < 0:
            self._room += _size(self.entries.popitem(last=False)[1])


def _size(entry: _StatusBytes) -> int:
    return len(entry.json) + 500


_caches: WeakKeyDictionary[Database, _Cache] = WeakKeyDictionary()


def forget_all() -> None:
    """Empty the caches of this process, as after a start."""
    _caches.clear()


def _cache_of(network: Network) -> _Cache:
    cache = _caches.get(network.db)
    if cache is None:
        cache = _caches[network.db] = _Cache()
    return cache


def _marks(bits: int) -> bytes:
    names = ("favourited", "reblogged", "bookmarked", "muted", "pinned")
    values = {name: bool(bits >> position & 1) for position, name in enumerate(names)}
    return b"," + msgspec.json.encode(values)[1:-1]


_MARKS = [_marks(bits) for bits in range(32)]
_UNFILTERED = [marks + b',"filtered":[]}' for marks in _MARKS]
_ALONE = b',"poll":null,"reblog":null'


async def statuses_json(
    network: Network, viewer: Viewer | None, refs: Sequence[StatusRef], context: str
) -> bytes:
    """A JSON array of statuses; what a `hide` filter of `context` matches is left out."""
    parts = await status_parts(network, viewer, refs, context)
    return b"[%b]" % b",".join([part for part in parts if part is not None])


async def status_json(network: Network, viewer: Viewer | None, status_id: int) -> bytes:
    """One status as JSON; raises NotFound if the viewer may not see it."""
    viewer_id = viewer.account_id if viewer else 0
    refs = await timelines.by_ids(network, viewer_id, [status_id])
    parts = await status_parts(network, viewer, refs, "thread", hide=False)
    if not parts or parts[0] is None:
        raise NotFound
    return parts[0]


def new_status_json(network: Network, viewer: Viewer, view: StatusView) -> bytes:
    """A status that its author has posted in this moment, on which there are no marks yet."""
    author = _encoder.encode(account_entity(network, view.account, view.account_emojis))
    entry = _encode(network, view, author, now_ms())
    _cache_of(network).put(view.status.id, entry)
    ref = StatusRef(
        id=view.status.id,
        revision=entry.revision,
        account_id=view.account.id,
        account_revision=entry.account_revision,
        reblog_id=None,
        reblog_revision=None,
        reblog_account_id=None,
        reblog_account_revision=None,
        favourited=False,
        reblogged=False,
        bookmarked=False,
        muted=False,
        pinned=False,
        page_id=view.status.id,
    )
    parts = _Page(network, viewer, "thread", hide=False).render(ref, entry, None)
    assert parts is not None
    return parts


async def status_parts(
    network: Network,
    viewer: Viewer | None,
    refs: Sequence[StatusRef],
    context: str,
    *,
    hide: bool = True,
) -> list[bytes | None]:
    """Each status as JSON in the order of `refs`; None for what a filter hides."""
    cache = _cache_of(network)
    now = now_ms()
    shown = [_cached(cache.entries, ref, now) for ref in refs]
    if None in shown:
        missing = [ref for ref, entries in zip(refs, shown, strict=True) if entries is None]
        loaded = await _load(network, cache, missing, now)
        shown = [entries or _found(loaded, ref) for ref, entries in zip(refs, shown, strict=True)]
    page = _Page(network, viewer, context, hide=hide)
    if viewer is not None:
        page.matcher = await filters.matcher(network, viewer) or None
        await page.load_votes(shown)
    return [
        None if entries is None else page.render(ref, *entries)
        for ref, entries in zip(refs, shown, strict=True)
    ]


_Entries = tuple[_StatusBytes, _StatusBytes | None]
"""A status and what it reblogs."""


def _cached(cached: Mapping[int, _StatusBytes], ref: StatusRef, now: int) -> _Entries | None:
    entry = cached.get(ref.id)
    if (
        entry is None
        or entry.revision != ref.revision
        or entry.account_revision != ref.account_revision
        or entry.until < now
    ):
        return None
    if ref.reblog_id is None:
        return entry, None
    inner = cached.get(ref.reblog_id)
    if (
        inner is None
        or inner.revision != ref.reblog_revision
        or inner.account_revision != ref.reblog_account_revision
        or inner.until < now
    ):
        return None
    return entry, inner


def _found(loaded: dict[int, _StatusBytes], ref: StatusRef) -> _Entries | None:
    entry = loaded.get(ref.id)
    if entry is None or ref.reblog_id is None:
        return None if entry is None else (entry, None)
    inner = loaded.get(ref.reblog_id)
    return None if inner is None else (entry, inner)


async def _load(
    network: Network, cache: _Cache, refs: Sequence[StatusRef], now: int
) -> dict[int, _StatusBytes]:
    """Encode statuses and what they reblog; what was deleted meanwhile is left out."""
    loaded: dict[int, _StatusBytes] = {}
    authors: dict[int, bytes] = {}
    reblogged = [ref.reblog_id for ref in refs if ref.reblog_id is not None]
    for view in (await views.load(network, [*(ref.id for ref in refs), *reblogged])).values():
        if view.status.deleted_at is not None:
            continue
        author = authors.get(view.account.id)
        if author is None:
            author = _encoder.encode(account_entity(network, view.account, view.account_emojis))
            authors[view.account.id] = author
        entry = _encode(network, view, author, now)
        loaded[view.status.id] = entry
        cache.put(view.status.id, entry)
    return loaded


def _encode(network: Network, view: StatusView, author: bytes, now: int) -> _StatusBytes:
    status = view.status
    texts = [status.spoiler_text]
    if view.poll:
        texts += [option.title for option in view.poll.options]
    if view.media:
        texts += [media.description for media in view.media if media.description]
    shared = _encoder.encode(shared_status(network, view))
    return _StatusBytes(
        status.revision,
        view.account.revision,
        now + _ACCOUNT_AGE_MS,
        b'%b,"account":%b' % (shared[:-1], author),
        view.poll,
        view.emojis,
        status.content,
        texts,
    )


def _searched(entry: _StatusBytes) -> list[str]:
    if entry.plain is None:
        entry.plain = strip_html(entry.html)
    return [entry.plain, *entry.texts]


class _Page:
    """What rendering one page for one viewer needs at hand."""

    def __init__(
        self, network: Network, viewer: Viewer | None, context: str, *, hide: bool
    ) -> None:
        self._network = network
        self._viewer_id = viewer.account_id if viewer else 0
        self._context = context
        self._hide = hide
        self._votes: dict[int, list[int]] = {}
        self.matcher: Matcher | None = None
        """None where there is nothing to filter."""

    async def load_votes(self, shown: Iterable[_Entries | None]) -> None:
        """Read the viewer's votes in the polls of this page, in one query."""
        ids = [
            entry.poll.poll.id
            for entries in shown
            if entries is not None
            for entry in entries
            if entry is not None and entry.poll is not None
        ]
        if ids:
            self._votes = await polls.own_votes(self._network, self._viewer_id, ids)

    def render(
        self, ref: StatusRef, entry: _StatusBytes, inner: _StatusBytes | None
    ) -> bytes | None:
        """One status; None where a filter hides it."""
        end = self._end(ref, inner or entry)
        if end is None:
            return None
        if inner is None:
            return b"".join((entry.json, self._poll(entry), end))
        reblogged = inner.json, self._poll(inner), end
        return b"".join((entry.json, b',"poll":null,"reblog":', *reblogged, end))

    def _end(self, ref: StatusRef, proper: _StatusBytes) -> bytes | None:
        """The viewer's marks, and the closing brace; None where a filter hides the status."""
        if not self._viewer_id:
            return b"}"
        bits = (
            ref.favourited
            | ref.reblogged << 1
            | ref.bookmarked << 2
            | ref.muted << 3
            | ref.pinned << 4
        )
        if self.matcher is None:
            return _UNFILTERED[bits]
        author = ref.account_id if ref.reblog_id is None else ref.reblog_account_id
        if author == self._viewer_id:
            return _UNFILTERED[bits]
        matches = self.matcher.match(self._context, _searched(proper), ref.reblog_id or ref.id)
        if self._hide and any(match.filter.action == FilterAction.HIDE for match in matches):
            return None
        return b'%b,"filtered":%b}' % (_MARKS[bits], _encoder.encode(filter_results(matches)))

    def _poll(self, entry: _StatusBytes) -> bytes:
        """The poll, and that nothing is reblogged."""
        if entry.poll is None:
            return _ALONE
        entity = poll_entity(
            self._network,
            entry.poll,
            entry.emojis,
            viewer_id=self._viewer_id,
            own_votes=self._votes.get(entry.poll.poll.id),
        )
        return b',"poll":%b,"reblog":null' % _encoder.encode(entity)
