"""The posts of a page as HTML, kept for all readers who see the same of a post.

Markup is kept by what of a reader shows in it (language, marks, likings) and for the revisions of
the status and of its author, which the query that made the page has just read. The reader's form
token, the page's address and the time that has passed stand in slots. What depends on more is
made anew each time: polls, what a filter has found something in, pictures not ready yet.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from weakref import WeakKeyDictionary

import msgspec

from noi.db.database import Database
from noi.models.ids import now_ms
from noi.models.media import MediaState
from noi.models.statuses import StatusRef, StatusView
from noi.pages.visits import Visit
from noi.services import filters
from noi.services.network import Network
from noi.ui.cards import Post, StatusCard
from noi.ui.slots import Filling, shared, slot
from noi.ui.templates import render_shared
from noi.web.feeds import Context, Shelf, card_of, results_of, searched, shelve

# Some things change without a revision: where a mention leads, whether the one answered is there.
_AGE_MS = 5 * 60_000
_CACHE_BYTES = 16 * 1024 * 1024
_CUT = slot("cut")

_Key = tuple[object, ...]
_Revisions = tuple[int | None, ...]


class _Kept(msgspec.Struct):
    """The markup of a status; `texts` are what filters look at."""

    revisions: _Revisions
    until: int
    markup: bytes
    texts: list[str]


class _Cache:
    """The least recently used go first when all markup together grows too long."""

    def __init__(self) -> None:
        self._entries: OrderedDict[_Key, _Kept] = OrderedDict()
        self._room = _CACHE_BYTES

    def get(self, key: _Key) -> _Kept | None:
        found = self._entries.get(key)
        if found is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: _Key, kept: _Kept) -> None:
        before = self._entries.pop(key, None)
        self._room += _size(before) if before else 0
        self._entries[key] = kept
        self._room -= _size(kept)
        while self._room < 0:
            self._room += _size(self._entries.popitem(last=False)[1])


def _size(kept: _Kept) -> int:
    return len(kept.markup) + 2 * sum(map(len, kept.texts)) + 500


_caches: WeakKeyDictionary[Database, _Cache] = WeakKeyDictionary()


def forget_all() -> None:
    """Empty the caches of this process, as after a start."""
    _caches.clear()


def _cache_of(network: Network) -> _Cache:
    cache = _caches.get(network.db)
    if cache is None:
        cache = _caches[network.db] = _Cache()
    return cache


async def posts(
    visit: Visit,
    refs: Sequence[StatusRef],
    context: Context,
    *,
    pinned_here: bool = False,
    path: str = "",
) -> list[Post]:
    """Posts in the order of `refs`; what a filter of `context` hides is left out.

    `path` is where their forms lead back to, by default the page that is visited.
    """
    if not refs:
        return []
    now, cache = now_ms(), _cache_of(visit.network)
    keys = {ref.id: _key(visit, ref, pinned_here) for ref in refs}
    found = {ref.id: kept for ref in refs if (kept := _valid(cache.get(keys[ref.id]), ref, now))}
    for id_ in await _filtered(visit, refs, found, context):
        del found[id_]
    markup = {id_: kept.markup for id_, kept in found.items()}
    missing = [ref for ref in refs if ref.id not in found]
    if missing:
        shelf = await shelve(visit, missing, context)
        cards = [card for ref in missing if (card := card_of(shelf, ref)) is not None]
        for card, made in zip(cards, _made(visit, cards, now, pinned_here), strict=True):
            markup[card.shown_id] = made
            if (view := _keepable(shelf, card)) is not None:
                kept = _Kept(_of_view(view), now + _AGE_MS, made, searched(view.reblog or view))
                cache.put(keys[card.shown_id], kept)
    filling = Filling(now, visit.locale, visit.zone, csrf=visit.csrf, path=path or visit.path)
    return [
        Post(id=ref.reblog_id or ref.id, shown_id=ref.id, html=visit.put(markup[ref.id] % filling))
        for ref in refs
        if ref.id in markup
    ]


def _key(visit: Visit, ref: StatusRef, pinned_here: bool) -> _Key:
    author = ref.account_id if ref.reblog_account_id is None else ref.reblog_account_id
    look = visit.look
    return (
        ref.id,
        visit.locale,
        visit.zone,
        visit.viewer_id != 0,
        author == visit.viewer_id,
        ref.favourited,
        ref.reblogged,
        ref.bookmarked,
        ref.muted,
        ref.pinned,
        pinned_here,
        look.expand_media,
        look.expand_spoilers,
    )


def _valid(kept: _Kept | None, ref: StatusRef, now: int) -> _Kept | None:
    if kept is None or kept.until < now or kept.revisions != _of_ref(ref):
        return None
    return kept


def _of_ref(ref: StatusRef) -> _Revisions:
    return ref.revision, ref.account_revision, ref.reblog_revision, ref.reblog_account_revision


def _of_view(view: StatusView) -> _Revisions:
    inner = view.reblog
    return (
        view.status.revision,
        view.account.revision,
        inner.status.revision if inner else None,
        inner.account.revision if inner else None,
    )


async def _filtered(
    visit: Visit, refs: Sequence[StatusRef], found: Mapping[int, _Kept], context: Context
) -> list[int]:
    """The kept ones that a filter of the viewer has something to say about."""
    if visit.viewer is None:
        return []
    matcher = await filters.matcher(visit.network, visit.viewer)
    if not matcher:
        return []
    return [
        ref.id
        for ref in refs
        if ref.id in found
        and visit.viewer_id != (ref.reblog_account_id or ref.account_id)
        and matcher.match(context, found[ref.id].texts, ref.reblog_id or ref.id)
    ]


def _made(
    visit: Visit, cards: Sequence[StatusCard], now: int, pinned_here: bool
) -> Iterable[bytes]:
    """The markup of each card, with slots."""
    for card in cards:
        card.pinned_here = pinned_here
    printed = render_shared(
        "parts/insides.html",
        visit.locale,
        {
            "statuses": cards,
            "me": visit.viewer is not None,
            "csrf": slot("csrf"),
            "path": slot("path"),
            "cut": _CUT,
        },
        zone=visit.zone,
        now=now,
    )
    return map(shared, printed.split(_CUT)[:-1])


def _keepable(shelf: Shelf, card: StatusCard) -> StatusView | None:
    view = shelf.loaded[card.shown_id]
    proper = view.reblog or view
    if proper.poll is not None or proper.quote is not None or proper.reactions:
        return None
    if results_of(shelf, proper):
        return None
    if any(attachment.state is not MediaState.READY for attachment in proper.media):
        return None
    return view
