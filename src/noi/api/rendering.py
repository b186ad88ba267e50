"""Statuses as JSON, from encoded bytes that all viewers share.

Bytes are kept by the revisions of the status and of its author, which the query that made the
page has just read; the viewer's marks, the poll, what is quoted and filter results are spliced in.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from noi.api.entities.accounts import AccountEntity, account_entity
from noi.api.entities.filters import filter_results
from noi.api.entities.polls import poll_entity
from noi.api.entities.quotes import (
    AUTHOR,
    FOLLOWER,
    NO_QUOTE,
    READER,
    STRANGER,
    Approvals,
    approvals,
    full_quote,
    middles,
    shallow_quote,
)
from noi.api.entities.reactions import spliced
from noi.api.entities.statuses import shared_status
from noi.api.status_bytes import Cache, StatusBytes, cache_of
from noi.models.accounts import Viewer
from noi.models.errors import NotFound
from noi.models.federation import QuoteState
from noi.models.filters import FilterAction
from noi.models.ids import now_ms
from noi.models.interactions import NOBODY, QuotedStanding, QuoteView
from noi.models.statuses import PollView, StatusRef, StatusView, Visibility
from noi.services import filters, interactions, polls, quotes, reactions, timelines, views
from noi.services.filter_matching import Matcher
from noi.services.interactions import SHOWN, quote_rule, state_of
from noi.services.network import Network
from noi.text.sanitize import strip_html

# An account's counters change without a new revision, so its bytes age.
_ACCOUNT_AGE_MS = 5 * 60_000

_encoder = msgspec.json.Encoder()


def _marks(bits: int) -> bytes:
    names = ("favourited", "reblogged", "bookmarked", "muted", "pinned")
    values = {name: bool(bits >> position & 1) for position, name in enumerate(names)}
    return b"," + msgspec.json.encode(values)[1:-1]


_MARKS = [_marks(bits) for bits in range(32)]
_UNFILTERED = [marks + b',"filtered":[]}' for marks in _MARKS]
_UNMARKED = [b"}"]
_OUTER = b'%b,"poll":null,"quote":null,"reblog":' % approvals(NOBODY)[STRANGER]


async def statuses_json(
    network: Network, viewer: Viewer | None, refs: Sequence[StatusRef], context: str
) -> bytes:
    """A JSON array of statuses; what a `hide` filter of `context` matches is left out."""
    parts = await status_parts(network, viewer, refs, context)
    return b"".join((b"[", b",".join([part for part in parts if part is not None]), b"]"))


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
    author = account_entity(network, view.account, view.account_emojis)
    entry = _encode(network, view, author, now_ms())
    cache_of(network).put(view.status.id, entry)
    ref = StatusRef(
        id=view.status.id,
        revision=entry.revision,
        account_id=view.account.id,
        account_revision=entry.account_revision,
        reblog_id=None,
        reblog_revision=None,
        reblog_account_id=None,
        reblog_account_revision=None,
        marks=0,
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
    cache = cache_of(network)
    now = now_ms()
    shown = [_cached(cache.entries, ref, now) for ref in refs]
    if None in shown:
        missing = [ref for ref, entries in zip(refs, shown, strict=True) if entries is None]
        loaded = await _load(network, cache, missing, now)
        shown = [entries or _found(loaded, ref) for ref, entries in zip(refs, shown, strict=True)]
    page = _Page(network, viewer, context, hide=hide)
    if viewer is not None:
        page.matcher = await filters.matcher(network, viewer) or None
    special = [
        (ref.reblog_account_id or ref.account_id, proper)
        for ref, entries in zip(refs, shown, strict=True)
        if entries is not None and (proper := entries[1] or entries[0]).special
    ]
    if special:
        await page.load(special)
    return [
        None if entries is None else page.render(ref, *entries)
        for ref, entries in zip(refs, shown, strict=True)
    ]


_Entries = tuple[StatusBytes, StatusBytes | None]
"""A status and what it reblogs."""


def _cached(cached: Mapping[int, StatusBytes], ref: StatusRef, now: int) -> _Entries | None:
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


def _found(loaded: dict[int, StatusBytes], ref: StatusRef) -> _Entries | None:
    entry = loaded.get(ref.id)
    if entry is None or ref.reblog_id is None:
        return None if entry is None else (entry, None)
    inner = loaded.get(ref.reblog_id)
    return None if inner is None else (entry, inner)


async def _load(
    network: Network, cache: Cache, refs: Sequence[StatusRef], now: int
) -> dict[int, StatusBytes]:
    """Encode statuses and what they reblog; what was deleted meanwhile is left out."""
    loaded: dict[int, StatusBytes] = {}
    authors: dict[int, AccountEntity] = {}
    reblogged = [ref.reblog_id for ref in refs if ref.reblog_id is not None]
    ids = [*(ref.id for ref in refs), *reblogged]
    for view in (await views.load(network, ids, sources=False)).values():
        if view.status.deleted_at is not None:
            continue
        author = authors.get(view.account.id)
        if author is None:
            author = account_entity(network, view.account, view.account_emojis)
            authors[view.account.id] = author
        entry = _encode(network, view, author, now)
        loaded[view.status.id] = entry
        cache.put(view.status.id, entry)
    return loaded


def _encode(network: Network, view: StatusView, author: AccountEntity, now: int) -> StatusBytes:
    status = view.status
    texts = [status.spoiler_text]
    if view.poll:
        texts += [option.title for option in view.poll.options]
    if view.media:
        texts += [media.description for media in view.media if media.description]
    local = not view.account.domain
    allowed, alone, differs = _quoting(status.interaction_policy, status.visibility, local)
    more = view.poll is not None or view.quote is not None or bool(view.reactions)
    return StatusBytes(
        status.revision,
        view.account.revision,
        now + _ACCOUNT_AGE_MS,
        _encoder.encode(shared_status(network, view, author))[:-1],
        view.poll,
        view.emojis,
        view.quote,
        view.reactions,
        allowed,
        alone,
        more or differs,
        status.content,
        texts,
    )


@lru_cache(maxsize=1024)
def _quoting(policy: str, visibility: Visibility, local: bool) -> tuple[Approvals, Approvals, bool]:
    """Who may quote such a status as its JSON says it, alone and with what follows by itself.

    The last says whether that is another thing for those who follow the author.
    """
    rule = quote_rule(policy, visibility, local=local)
    allowed = approvals(rule)
    return allowed, middles(rule), allowed[READER] != allowed[FOLLOWER]


def _searched(entry: StatusBytes) -> list[str]:
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
        self._standing = READER if viewer else STRANGER
        self._ends = _UNFILTERED if viewer else _UNMARKED
        self._context = context
        self._hide = hide
        self._votes: dict[int, list[int]] = {}
        self._followed: set[int] = set()
        self._reacted: dict[int, set[str]] = {}
        self._quoted: dict[int, tuple[StatusRef, StatusBytes]] = {}
        self._standings: dict[int, QuotedStanding] = {}
        self.matcher: Matcher | None = None
        """None where there is nothing to filter."""

    async def load(self, special: list[tuple[int, StatusBytes]]) -> None:
        """Look up what those need that need more than their bytes, given with their authors."""
        await self._load_quoted([entry.quote for _, entry in special if entry.quote is not None])
        quoted = [(ref.account_id, entry) for ref, entry in self._quoted.values()]
        if not self._viewer_id:
            return
        ids = [entry.poll.poll.id for _, entry in [*special, *quoted] if entry.poll is not None]
        if ids:
            self._votes = await polls.own_votes(self._network, self._viewer_id, ids)
        reacted = {one.reactions[0].status_id for _, one in [*special, *quoted] if one.reactions}
        if reacted:
            self._reacted = await reactions.own(self._network, self._viewer_id, reacted)
        authors = {
            author
            for author, entry in [*special, *quoted]
            if entry.approvals[READER] != entry.approvals[FOLLOWER]
        }
        if authors:
            self._followed = await interactions.followed(self._network, self._viewer_id, authors)

    async def _load_quoted(self, found: list[QuoteView]) -> None:
        """Read what is quoted, as far as the viewer may see it, and name what that quotes."""
        ids = [quote.quoted_id for quote in found if quote.state is QuoteState.ACCEPTED]
        if not ids:
            return
        network, cache, now = self._network, cache_of(self._network), now_ms()
        refs = await timelines.by_ids(network, self._viewer_id, ids)
        kept = {ref.id: _cached(cache.entries, ref, now) for ref in refs}
        missing = [ref for ref in refs if kept[ref.id] is None]
        loaded = await _load(network, cache, missing, now) if missing else {}
        for ref in refs:
            entries = kept[ref.id] or _found(loaded, ref)
            if entries is not None:
                self._quoted[ref.id] = ref, entries[0]
        within = [entry.quote.quoted_id for _, entry in self._quoted.values() if entry.quote]
        self._standings = await quotes.standings(network, self._viewer_id, [*ids, *within])

    def render(self, ref: StatusRef, entry: StatusBytes, inner: StatusBytes | None) -> bytes | None:
        """One status; None where a filter hides it."""
        end = self._end(ref, inner or entry, hide=self._hide)
        if end is None:
            return None
        if inner is None:
            if entry.special:
                return b"".join((entry.json, self._middle(ref.account_id, entry), end))
            standing = AUTHOR if ref.account_id == self._viewer_id else self._standing
            return b"".join((entry.json, entry.middles[standing], end))
        middle = self._middle(ref.reblog_account_id or 0, inner)
        return b"".join((entry.json, _OUTER, inner.json, middle, end, end))

    def _middle(self, author_id: int, entry: StatusBytes, *, quoted: bool = False) -> bytes:
        """What stands between the shared JSON and the viewer's marks."""
        standing = AUTHOR if author_id == self._viewer_id else self._standing
        if not entry.special:
            return entry.middles[standing]
        if author_id in self._followed:
            standing = FOLLOWER
        approval = entry.approvals[standing]
        if entry.reactions:
            own = self._reacted.get(entry.reactions[0].status_id, ())
            approval += spliced(self._network, entry.reactions, own)
        poll = b"null" if entry.poll is None else self._poll(entry, entry.poll)
        quote = self._shallow(entry) if quoted else self._quote(entry)
        return b'%b,"poll":%b,"reblog":null%b' % (approval, poll, quote)

    def _quote(self, entry: StatusBytes) -> bytes:
        if entry.quote is None:
            return NO_QUOTE
        state = state_of(entry.quote, self._standings.get(entry.quote.quoted_id))
        found = self._quoted.get(entry.quote.quoted_id)
        if state not in SHOWN or found is None:
            return full_quote("unauthorized" if state in SHOWN else state, None)
        ref, inner = found
        end = self._end(ref, inner, hide=False) or b"}"
        middle = self._middle(ref.account_id, inner, quoted=True)
        return full_quote(state, b"".join((inner.json, middle, end)))

    def _shallow(self, entry: StatusBytes) -> bytes:
        standing = entry.quote and self._standings.get(entry.quote.quoted_id)
        return shallow_quote(entry.quote, standing)

    def _end(self, ref: StatusRef, proper: StatusBytes, *, hide: bool) -> bytes | None:
        """The viewer's marks, and the closing brace; None where a filter hides the status."""
        if self.matcher is None:
            return self._ends[ref.marks]
        author = ref.account_id if ref.reblog_id is None else ref.reblog_account_id
        if author == self._viewer_id:
            return self._ends[ref.marks]
        matches = self.matcher.match(self._context, _searched(proper), ref.reblog_id or ref.id)
        if hide and any(match.filter.action == FilterAction.HIDE for match in matches):
            return None
        return b'%b,"filtered":%b}' % (_MARKS[ref.marks], _encoder.encode(filter_results(matches)))

    def _poll(self, entry: StatusBytes, poll: PollView) -> bytes:
        entity = poll_entity(
            self._network,
            poll,
            entry.emojis,
            viewer_id=self._viewer_id,
            own_votes=self._votes.get(poll.poll.id),
        )
        return _encoder.encode(entity)
