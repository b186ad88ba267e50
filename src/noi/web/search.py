"""Finding people, topics and posts."""

from urllib.parse import urlsplit

import msgspec

from noi.models.search import SearchResults
from noi.pages.base import page
from noi.pages.people import cards_of
from noi.pages.visits import Answer, Visit, number, safe_path, with_query
from noi.services import search
from noi.ui.cards import AccountCard, Pager, Post
from noi.web.explore import explore, suggested, tag_choices
from noi.web.posts import posts

_AT_ONCE = 20
_BESIDE = 4


class Group(msgspec.Struct, frozen=True):
    """What one provider of the alliance has found."""

    name: str
    accounts: list[AccountCard]
    statuses: list[Post]


@page("GET", "/search", access="public")
async def find(visit: Visit) -> Answer:
    """Results, or what there is to find."""
    query = visit.query.get("q", "").strip()
    if not query:
        return await explore(visit)
    offset = min(number(visit.query.get("offset", "")) or 0, 10_000)
    found = await search.search(
        visit.network,
        visit.viewer,
        query,
        limit=_AT_ONCE,
        offset=offset,
        resolve=True,
        alliance=True,
    )
    more = max(len(found.accounts), len(found.tags), len(found.statuses)) >= _AT_ONCE
    older = with_query("/search", q=query, offset=offset + _AT_ONCE) if more else ""
    own = [row for row in found.accounts if row.id not in found.accounts_by]
    written = [ref for ref in found.statuses if ref.id not in found.statuses_by]
    return await visit.render(
        "search.html",
        query=query,
        accounts=await cards_of(visit.network, visit.viewer_id, own),
        tags=await tag_choices(visit, found.tags),
        statuses=await posts(visit, written, "public"),
        groups=await _groups(visit, found),
        pending=with_query("/search", q=query) if found.pending and not offset else "",
        page=Pager(older=older),
    )


async def _groups(visit: Visit, found: SearchResults) -> list[Group]:
    """What the alliance has found, by who has."""
    groups: list[Group] = []
    for name in dict.fromkeys([*found.accounts_by.values(), *found.statuses_by.values()]):
        rows = [row for row in found.accounts if found.accounts_by.get(row.id) == name]
        refs = [ref for ref in found.statuses if found.statuses_by.get(ref.id) == name]
        if rows or refs:
            cards = await cards_of(visit.network, visit.viewer_id, rows)
            groups.append(Group(name, cards, await posts(visit, refs, "public")))
    return groups


@page("GET", "/aside")
async def aside(visit: Visit) -> Answer:
    """What stands beside the pages on wide screens, fetched when it comes into sight."""
    page_address = urlsplit(visit.request.headers.get("hx-current-url", ""))
    return visit.part(
        "parts/suggestions.html",
        suggestions=[one.account for one in await suggested(visit, _BESIDE)],
        path=safe_path(page_address.path),
    )


HANDLERS = [find, aside]
