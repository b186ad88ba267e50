"""Statuses as JSON, from encoded bytes that all viewers share.

Bytes are kept by the revisions of the status and of its author, which the query that made the
page has just read; the viewer's marks, the poll and filter results are spliced in.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Generic, TypeVar
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
_STATUS_BYTES = 32 * 1024 * 1024
_ACCOUNT_BYTES = 8 * 1024 * 1024

V = TypeVar("V")
_encoder = msgspec.json.Encoder()


class _StatusBytes(msgspec.Struct):
    """The shared JSON of one status: an object without its end."""

    revision: int
    json: bytes
    poll: PollView | None
    emojis: list[CustomEmoji]
    html: str
    texts: list[str]
    """What filters look at besides the HTML: warning, choices, descriptions."""
    plain: str | None = None


class _AccountBytes(msgspec.Struct):
    revision: int
    json: bytes
    until: int


class _Bounded(Generic[V]):
    """The least recently used go first when the sizes add up to more than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._entries: OrderedDict[int, tuple[V, int]] = OrderedDict()
        self._room = limit

    def get(self, key: int) -> V | None:
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def put(self, key: int, value: V, size: int) -> None:
        before = self._entries.pop(key, None)
        if before is not None:
            self._room += before[1]
        self._entries[key] = (value, size)
        self._room -= size
        while self._room < 0:
            _, (_, freed) = self._entries.popitem(last=False)
            self._room += freed


class _Cache:
    def __init__(self) -> None:
        self.statuses: _Bounded[_StatusBytes] = _Bounded(_STATUS_BYTES)
        self.accounts: _Bounded[_AccountBytes] = _Bounded(_ACCOUNT_BYTES)


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


async def statuses_json(
    network: Network, viewer: Viewer | None, refs: Sequence[StatusRef], context: str
) -> bytes:
    """A JSON array of statuses; what a `hide` filter of `context` matches is left out."""
    parts = await status_parts(network, viewer, refs, context)
    return b"[" + b",".join(part for part in parts if part is not None) + b"]"


async def status_json(network: Network, viewer: Viewer | None, status_id: int) -> bytes:
    """One status as JSON; raises NotFound if the viewer may not see it."""
    viewer_id = viewer.account_id if viewer else 0
    refs = await timelines.by_ids(network, viewer_id, [status_id])
    parts = await status_parts(network, viewer, refs, "thread", hide=False)
    if not parts or parts[0] is None:
        raise NotFound
    return parts[0]


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
    missing = [ref for ref in refs if not _cached(cache, ref, now)]
    loaded = await _load(network, cache, missing, now) if missing else {}
    page = _Page(network, cache, loaded, viewer)
    if viewer is not None:
        page.matcher = await filters.matcher(network, viewer)
        await page.load_votes(refs)
    return [page.render(ref, context, hide=hide) for ref in refs]


def _cached(cache: _Cache, ref: StatusRef, now: int) -> bool:
    if ref.reblog_id is not None and not (
        _fresh(cache.statuses.get(ref.reblog_id), ref.reblog_revision)
        and _young(cache.accounts.get(ref.reblog_account_id or 0), ref.reblog_account_revision, now)
    ):
        return False
    return _fresh(cache.statuses.get(ref.id), ref.revision) and _young(
        cache.accounts.get(ref.account_id), ref.account_revision, now
    )


def _fresh(entry: _StatusBytes | None, revision: int | None) -> bool:
    return entry is not None and entry.revision == revision


def _young(entry: _AccountBytes | None, revision: int | None, now: int) -> bool:
    return entry is not None and entry.revision == revision and entry.until > now


class _Loaded(msgspec.Struct):
    status: _StatusBytes
    account: _AccountBytes


async def _load(
    network: Network, cache: _Cache, refs: Sequence[StatusRef], now: int
) -> dict[int, _Loaded]:
    """Encode what is not cached. The answer holds it too, for a cache smaller than a page."""
    loaded: dict[int, _Loaded] = {}
    found = await views.load(network, [ref.id for ref in refs])
    shown = [*found.values(), *(view.reblog for view in found.values() if view.reblog)]
    for view in shown:
        if view.status.deleted_at is not None:
            continue
        entry = _Loaded(_encode_status(network, view), _encode_account(network, view, now))
        loaded[view.status.id] = entry
        cache.statuses.put(view.status.id, entry.status, len(entry.status.json) + 500)
        cache.accounts.put(view.account.id, entry.account, len(entry.account.json) + 200)
    return loaded


def _encode_status(network: Network, view: StatusView) -> _StatusBytes:
    status = view.status
    options = [option.title for option in view.poll.options] if view.poll else []
    return _StatusBytes(
        revision=status.revision,
        json=_encoder.encode(shared_status(network, view))[:-1],
        poll=view.poll,
        emojis=view.emojis,
        html=status.content,
        texts=[
            status.spoiler_text,
            *options,
            *(media.description for media in view.media if media.description),
        ],
    )


def _searched(entry: _StatusBytes) -> list[str]:
    if entry.plain is None:
        entry.plain = strip_html(entry.html)
    return [entry.plain, *entry.texts]


def _encode_account(network: Network, view: StatusView, now: int) -> _AccountBytes:
    entity = account_entity(network, view.account, view.account_emojis)
    return _AccountBytes(
        view.account.revision, _encoder.encode(entity), until=now + _ACCOUNT_AGE_MS
    )


class _Page:
    """What rendering one page for one viewer needs at hand."""

    def __init__(
        self,
        network: Network,
        cache: _Cache,
        loaded: dict[int, _Loaded],
        viewer: Viewer | None,
    ) -> None:
        self._network = network
        self._cache = cache
        self._loaded = loaded
        self._viewer_id = viewer.account_id if viewer else 0
        self._votes: dict[int, list[int]] = {}
        self.matcher: Matcher | None = None

    async def load_votes(self, refs: Sequence[StatusRef]) -> None:
        """Read the viewer's votes in the polls of this page, in one query."""
        shown = [self._status(ref.reblog_id or ref.id) for ref in refs]
        ids = [entry.poll.poll.id for entry in shown if entry is not None and entry.poll]
        if ids:
            self._votes = await polls.own_votes(self._network, self._viewer_id, ids)

    def render(self, ref: StatusRef, context: str, *, hide: bool) -> bytes | None:
        """One status; None where a filter hides it or it went away meanwhile."""
        proper = self._status(ref.reblog_id or ref.id)
        author = ref.reblog_account_id if ref.reblog_id is not None else ref.account_id
        if proper is None:
            return None
        marks = self._viewer_marks(ref, proper, author, context, hide=hide)
        if marks is None:
            return None
        if ref.reblog_id is None:
            return self._assemble(ref.id, ref.account_id, b"null", marks)
        inner = self._assemble(ref.reblog_id, ref.reblog_account_id or 0, b"null", marks)
        if inner is None:
            return None
        return self._assemble(ref.id, ref.account_id, inner, marks)

    def _viewer_marks(
        self, ref: StatusRef, proper: _StatusBytes, author: int | None, context: str, *, hide: bool
    ) -> bytes | None:
        if not self._viewer_id:
            return b""
        bits = (
            ref.favourited
            | ref.reblogged << 1
            | ref.bookmarked << 2
            | ref.muted << 3
            | ref.pinned << 4
        )
        matcher = self.matcher
        if not matcher or author == self._viewer_id:
            return _MARKS[bits] + b',"filtered":[]'
        matches = matcher.match(context, _searched(proper), ref.reblog_id or ref.id)
        if hide and any(match.filter.action == FilterAction.HIDE for match in matches):
            return None
        return _MARKS[bits] + b',"filtered":' + _encoder.encode(filter_results(matches))

    def _assemble(
        self, status_id: int, account_id: int, reblog: bytes, marks: bytes
    ) -> bytes | None:
        status, account = self._status(status_id), self._account(account_id, status_id)
        if status is None or account is None:
            return None
        poll = b"null" if status.poll is None else self._poll(status.poll, status.emojis)
        return b"".join(
            (
                status.json,
                b',"account":',
                account.json,
                b',"poll":',
                poll,
                b',"reblog":',
                reblog,
                marks,
                b"}",
            )
        )

    def _poll(self, view: PollView, emojis: list[CustomEmoji]) -> bytes:
        votes = self._votes.get(view.poll.id)
        entity = poll_entity(
            self._network, view, emojis, viewer_id=self._viewer_id, own_votes=votes
        )
        return _encoder.encode(entity)

    def _status(self, status_id: int) -> _StatusBytes | None:
        entry = self._loaded.get(status_id)
        return entry.status if entry is not None else self._cache.statuses.get(status_id)

    def _account(self, account_id: int, status_id: int) -> _AccountBytes | None:
        entry = self._loaded.get(status_id)
        return entry.account if entry is not None else self._cache.accounts.get(account_id)
