"""Search accounts, hashtags and statuses.

A query with tone marks finds exactly those tones, unless nothing has them; without marks it
finds every spelling. Statuses understand `"a phrase"`, `-word` and `from:name`.
"""

import re
from collections.abc import Collection
from enum import Enum

import msgspec

from noi.db import accounts, statuses, timelines, users
from noi.db import search as index
from noi.db.search import Query, Words
from noi.models.accounts import Account, AccountState, Viewer
from noi.models.errors import NoiError, RateLimited
from noi.models.paging import MAX_ID
from noi.models.search import ALL_KINDS, SearchKind, SearchResults
from noi.models.statuses import Status, StatusRef, Tag
from noi.services import alliance_search, resolution
from noi.services.network import Network
from noi.text.characters import nfc
from noi.text.clean import clean_text
from noi.text.fold import exact_key, folded_key, has_tones, query_words, tokens
from noi.text.hashtags import display, family_key, tag_key
from noi.transport.errors import TransportError

_MAX_LENGTH = 500
_MAX_WORDS = 20
_HITS = 500
_CHUNK = 100
_TAGS = 200
_CHUNKS = re.compile(r'(-?)(?:"([^"]*)"|from:@?([^\s"]+)|([^\s"]+))')
_HANDLE = re.compile(r"@?([\w.-]+)(?:@([\w.-]+(?::\d+)?))?")
_URL = re.compile(r"https?://\S+")


class _Match(Enum):
    """How the words of a query are compared with what is written."""

    EXACT = 1
    TONES = 2
    FOLDED = 3


class _Parsed(msgspec.Struct):
    """Groups of words that must (or must not) follow one another, and whose statuses."""

    wanted: list[list[str]]
    unwanted: list[list[str]]
    author: str = ""

    @property
    def words(self) -> list[str]:
        return [word for group in self.wanted for word in group]


async def search(
    network: Network,
    viewer: Viewer | None,
    query: str,
    *,
    kinds: Collection[SearchKind] = ALL_KINDS,
    limit: int = 20,
    offset: int = 0,
    account_id: int | None = None,
    max_id: int | None = None,
    min_id: int | None = None,
    following: bool = False,
    resolve: bool = False,
    alliance: bool = False,
) -> SearchResults:
    """Find up to `limit` of each of `kinds`, best first, skipping `offset`.

    `account_id`, `max_id` and `min_id` narrow statuses, `following` narrows accounts to whom the
    viewer follows. An address of an account or status finds just that; with `resolve`, that and a
    whole handle are looked up on other servers where they are not known. With `alliance`, providers
    are asked at the same time, and what they find comes after what is here. Raises RateLimited.
    """
    text = clean_text(query).strip()[:_MAX_LENGTH]
    viewer_id = viewer.account_id if viewer else 0
    found = await _resolved(network, viewer, text) if resolve else None
    if _URL.fullmatch(text):
        return await _by_url(network, viewer_id, text, kinds, found)
    narrowed = following or account_id is not None or max_id is not None or min_id is not None
    asked = None
    if alliance and viewer_id and not narrowed:
        pages = offset // max(limit, 1) + 1
        asked = await alliance_search.begin(network, viewer_id, text, kinds, pages)
    results, enough, ids = SearchResults(), offset + limit, list[int]()
    if SearchKind.ACCOUNTS in kinds:
        named = await _by_handle(network, text)
        if isinstance(found, Account) and found.state <= AccountState.LIMITED:
            named = found.id
        results.accounts = await _accounts(
            network, viewer_id, text, enough, named=named, following=following
        )
    if SearchKind.HASHTAGS in kinds:
        results.tags = (await _tags(network, text, enough))[offset:]
    if SearchKind.STATUSES in kinds:
        ids = await _statuses(network, viewer_id, text, enough, account_id, max_id, min_id)
    if asked is not None:
        brought = await alliance_search.finish(network, viewer_id, asked)
        results.accounts_by, results.statuses_by = brought.accounts_by, brought.statuses_by
        results.pending = brought.pending
        ids = list(dict.fromkeys([*ids, *brought.statuses]))
        known = {row.id for row in results.accounts}
        rows = await accounts.get_many(network.db, brought.accounts)
        new = [id_ for id_ in brought.accounts if id_ in rows and id_ not in known]
        results.accounts += [rows[id_] for id_ in new]
    results.accounts = results.accounts[offset:enough]
    results.statuses = await timelines.by_ids(network.db, viewer_id, ids[offset:enough])
    if viewer_id:
        await alliance_search.check_again(network, results)
    return results


async def _statuses(
    network: Network,
    viewer_id: int,
    text: str,
    enough: int,
    account_id: int | None,
    max_id: int | None,
    min_id: int | None,
) -> list[int]:
    parsed = _parse(text)
    scopes = await _scopes(network, viewer_id, parsed.author, account_id)
    if not scopes or not (parsed.wanted or parsed.author):
        return []
    return await _StatusFinder(network, viewer_id, scopes, max_id, min_id).find(parsed, enough)


def _parse(text: str) -> _Parsed:
    parsed = _Parsed([], [])
    for minus, phrase, author, word in _CHUNKS.findall(text):
        if author and not minus:
            parsed.author = author
            continue
        groups = [tokens(phrase)] if phrase else [[each] for each in query_words(word or author)]
        (parsed.unwanted if minus else parsed.wanted).extend(group for group in groups if group)
    del parsed.wanted[_MAX_WORDS:], parsed.unwanted[_MAX_WORDS:]
    return parsed


def _matches(words: list[str]) -> list[_Match]:
    """The ways to compare, best first; FOLDED after TONES only where nothing else is found."""
    if any(has_tones(word) for word in words):
        return [_Match.EXACT, _Match.TONES]
    if any(exact_key(word) != folded_key(word) for word in words):
        return [_Match.EXACT, _Match.FOLDED]
    return [_Match.FOLDED]


def _keys(group: list[str], match: _Match, *, prefix: bool = False) -> Words:
    toned = match is _Match.TONES and any(has_tones(word) for word in group)
    exact = toned or match is _Match.EXACT
    key = exact_key if exact else folded_key
    return Words(tuple(key(word) for word in group), exact, prefix)


async def _scopes(
    network: Network, viewer_id: int, author: str, account_id: int | None
) -> tuple[tuple[str, ...], ...]:
    """What the index is asked for besides words; empty where the author is unknown."""
    audience = ("p", f"a{viewer_id}", f"m{viewer_id}") if viewer_id else ("p",)
    scopes: list[tuple[str, ...]] = [audience]
    if account_id is not None:
        scopes.append((f"a{account_id}",))
    if author:
        found = viewer_id if author == "me" else await _by_handle(network, author)
        if not found:
            return ()
        scopes.append((f"a{found}",))
    return tuple(scopes)


class _StatusFinder(msgspec.Struct):
    """One search of statuses, match after match, until enough are found."""

    network: Network
    viewer_id: int
    scopes: tuple[tuple[str, ...], ...]
    max_id: int | None
    min_id: int | None

    async def find(self, parsed: _Parsed, enough: int) -> list[int]:
        found: dict[int, None] = {}
        asked: list[Query] = []
        for match in _matches(parsed.words):
            query = self._query(parsed, match)
            if query not in asked and len(found) < enough:
                asked.append(query)
                await self._add(query, found, enough)
        if not found:
            query = self._query(parsed, _Match.FOLDED)
            if query not in asked:
                await self._add(query, found, enough)
        return list(found)[:enough]

    def _query(self, parsed: _Parsed, match: _Match) -> Query:
        unwanted = [_keys(group, _matches(group)[0]) for group in parsed.unwanted]
        wanted = [_keys(group, match) for group in parsed.wanted]
        return Query(tuple(wanted), tuple(unwanted), self.scopes)

    async def _add(self, query: Query, found: dict[int, None], enough: int) -> None:
        ids = await index.find(
            self.network.db,
            "status_search",
            query,
            below=self.max_id,
            above=self.min_id,
            limit=_HITS,
        )
        new = [id_ for id_ in ids if id_ not in found]
        for start in range(0, len(new), _CHUNK):
            if len(found) >= enough:
                return
            chunk = new[start : start + _CHUNK]
            seen = await index.visible_statuses(self.network.db, self.viewer_id, chunk)
            found.update((id_, None) for id_ in chunk if id_ in seen)


async def _accounts(
    network: Network, viewer_id: int, text: str, enough: int, *, named: int | None, following: bool
) -> list[Account]:
    """The account that is named, then those by the words of name and handle, the last one as it
    begins.
    """
    found: dict[int, None] = {}
    if named:
        found[named] = None
    words = query_words(text)[:_MAX_WORDS]
    if words:
        for id_ in await _account_hits(network, viewer_id, words):
            found[id_] = None
    ids = list(found)
    if following:
        followed = await index.followed(network.db, viewer_id, ids)
        ids = [id_ for id_ in ids if id_ in followed]
    ids = ids[:enough]
    rows = await accounts.get_many(network.db, ids)
    unseen = await users.unfinished(network.db, ids)
    return [rows[id_] for id_ in ids if id_ in rows and id_ not in unseen]


async def _account_hits(network: Network, viewer_id: int, words: list[str]) -> list[int]:
    ranked: dict[int, None] = {}
    for match in [*_matches(words), _Match.FOLDED]:
        if match is _Match.FOLDED and ranked and any(has_tones(word) for word in words):
            break
        groups = [_keys([word], match) for word in words[:-1]]
        query = Query((*groups, _keys(words[-1:], match, prefix=True)))
        ids = await index.find(network.db, "account_search", query, limit=_HITS)
        new = [id_ for id_ in ids if id_ not in ranked]
        hits = (await index.visible_accounts(network.db, viewer_id, new)).values()
        for hit in sorted(hits, key=lambda hit: (not hit.followed, -hit.followers_count, hit.id)):
            ranked[hit.id] = None
    return list(ranked)


async def _by_handle(network: Network, text: str) -> int | None:
    match = _HANDLE.fullmatch(nfc(text))
    if match is None:
        return None
    domain = (match[2] or "").lower()
    own = domain == network.settings.host
    return await index.account_by_handle(network.db, match[1], "" if own else domain)


async def _tags(network: Network, text: str, enough: int) -> list[Tag]:
    """Hashtags that begin like the query, whose spaces do not count: hà nội finds #HàNội."""
    typed = display("".join(text.split()))
    family = family_key(typed)
    if not family:
        return []
    found = await index.tags(network.db, family, _TAGS)
    beginning, key = typed.lower(), tag_key(typed)
    exact = [tag for tag in found if tag.key == key or tag.name.lower().startswith(beginning)]
    if exact and has_tones(typed):
        return exact[:enough]
    return found[:enough]


async def _resolved(network: Network, viewer: Viewer | None, text: str) -> Account | Status | None:
    """What a handle or an address names on another server; None where that cannot be told."""
    if viewer is None:
        return None
    try:
        return await resolution.resolve(network, text, viewer)
    except RateLimited:
        raise
    except (NoiError, TransportError):
        return None


async def _by_url(
    network: Network,
    viewer_id: int,
    url: str,
    kinds: Collection[SearchKind],
    found: Account | Status | None,
) -> SearchResults:
    results = SearchResults()
    if SearchKind.ACCOUNTS in kinds:
        known = found.id if isinstance(found, Account) else None
        id_ = known or await index.account_by_url(network.db, url)
        rows = await accounts.get_many(network.db, [id_]) if id_ else {}
        unseen = await users.unfinished(network.db, list(rows))
        results.accounts = [row for row in rows.values() if row.id not in unseen]
    if SearchKind.STATUSES in kinds and not results.accounts:
        if isinstance(found, Status):
            results.statuses = await timelines.by_ids(network.db, viewer_id, [found.id])
        else:
            results.statuses = await _status_by_url(network, viewer_id, url)
    return results


async def _status_by_url(network: Network, viewer_id: int, url: str) -> list[StatusRef]:
    status = await statuses.get_by_uri(network.db, url)
    last = url.rstrip("/").rpartition("/")[2]
    if status is None and url.startswith(f"{network.settings.origin}/") and last.isdecimal():
        status = await statuses.get(network.db, min(int(last[:19]), MAX_ID))
    if status is None:
        return []
    return await timelines.by_ids(network.db, viewer_id, [status.id])
