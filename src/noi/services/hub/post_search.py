"""Search the public posts of people who want theirs to be found.

Of the newest hits, those that match as typed come first, then words that stand together count and
how new a post is; no author has more than a few on a page.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from noi.db.hub import search, visible
from noi.db.hub.search import Query
from noi.models.hub_finding import FoundPosts, PostHit
from noi.models.ids import first_id_at, id_time
from noi.models.paging import MAX_ID
from noi.services.hub import queries
from noi.services.hub.queries import Match, Parsed
from noi.services.network import Network

MAX_LIMIT = 50
OF_ONE_AUTHOR = 3
_HITS = 500
_FADE_MS = 60 * 86_400_000


class _Range(msgspec.Struct, frozen=True):
    """Between which ids is looked, both outside."""

    above: int
    below: int


class _Hits(msgspec.Struct):
    """Ids, newest first; which of them match as typed, and in which the words stand together."""

    ids: list[int]
    exact: set[int]
    adjacent: set[int]


async def find(
    network: Network,
    term: str,
    *,
    limit: int = 20,
    after: str = "",
    language: str = "",
    host: str = "",
    since: int | None = None,
    until: int | None = None,
) -> FoundPosts:
    """A page of posts, best first; `after` is what the page before answered as `next`.

    `language` finds its kinds too (zh finds zh-TW), `host` is a server, `since` and `until` are
    times in ms. Of a search 500 posts can be seen at most. Raises Invalid.
    """
    top, page = queries.read_cursor(after)
    parsed = queries.parse(term, language, host)
    if not parsed.all_words:
        return FoundPosts([])
    below = top + 1 if until is None else min(top + 1, first_id_at(max(until, 0)))
    within = _Range(-1 if since is None else first_id_at(max(since, 0)) - 1, min(below, MAX_ID))
    hits = await _hits(network, parsed, within)
    authors = await visible.written(network.db, hits.ids)
    shown = [id_ for id_ in hits.ids if id_ in authors]
    size = min(max(limit, 1), MAX_LIMIT)
    pages = islice(spread(_ranked(shown, hits), authors, size), page, page + 2)
    ids = next(pages, None)
    if ids is None:
        return FoundPosts([])
    newest = top if after else max(shown)
    more = queries.cursor(newest, page + 1) if next(pages, None) else ""
    return FoundPosts(await with_authors(network, ids), more)


async def with_authors(network: Network, ids: Sequence[int]) -> list[PostHit]:
    """Posts with their authors, those that may be found, in the order of `ids`."""
    rows = await visible.posts(network.db, ids)
    authors = await visible.authors(network.db, [post.account_id for post in rows.values()])
    posts = [rows[id_] for id_ in ids if id_ in rows and rows[id_].account_id in authors]
    return [PostHit(post, authors[post.account_id]) for post in posts]


def spread(ids: Sequence[int], authors: Mapping[int, int], size: int) -> Iterator[list[int]]:
    """Pages on which nobody has more than a few posts, unless nobody else has any."""
    most = OF_ONE_AUTHOR if len({authors[id_] for id_ in ids}) > 1 else size
    left = list(ids)
    while left:
        counts: dict[int, int] = {}
        page: list[int] = []
        later: list[int] = []
        for place, id_ in enumerate(left):
            author = authors[id_]
            count = counts.get(author, 0)
            if count == most:
                later.append(id_)
                continue
            counts[author] = count + 1
            page.append(id_)
            if len(page) == size:
                later += left[place + 1 :]
                break
        yield page
        left = later


async def _hits(network: Network, parsed: Parsed, within: _Range) -> _Hits:
    """The newest posts that match, and how."""
    match = queries.broad(parsed)
    typed, exact = queries.query(parsed, match), queries.query(parsed, Match.EXACT)
    if typed == exact:
        ids = await _find(network, exact, within)
        as_typed = set(ids)
    else:
        # Ranked are the newest hits; to look for exact ones behind them could mean to read much.
        ids, as_typed = await search.find_twice(
            network.db,
            "hub_post_search",
            typed,
            exact,
            above=within.above,
            below=within.below,
            limit=_HITS,
        )
    if not ids and match is not Match.FOLDED:
        ids = await _find(network, queries.query(parsed, Match.FOLDED), within)
    return _Hits(ids, as_typed, await _adjacent(network, parsed, ids))


async def _adjacent(network: Network, parsed: Parsed, ids: Sequence[int]) -> set[int]:
    query = queries.adjacent(parsed)
    if query is None or not ids:
        return set()
    return set(await _find(network, query, _Range(ids[-1] - 1, ids[0] + 1)))


async def _find(network: Network, query: Query, within: _Range) -> list[int]:
    return await search.find(
        network.db,
        "hub_post_search",
        query,
        above=within.above,
        below=within.below,
        limit=_HITS,
    )


def _ranked(ids: Sequence[int], hits: _Hits) -> list[int]:
    """Best first: as typed, then by how near the words stand and how new a post is."""
    if not ids:
        return []
    newest = id_time(max(ids))
    worth = [
        (
            id_ in hits.exact,
            (2.0 if id_ in hits.adjacent else 1.0) / (1 + (newest - id_time(id_)) / _FADE_MS),
            id_,
        )
        for id_ in ids
    ]
    worth.sort(reverse=True)
    return [id_ for _, _, id_ in worth[:_HITS]]
