"""Finding people, topics and posts."""

from urllib.parse import quote, urlsplit

from noi.models.statuses import Tag
from noi.pages.base import page
from noi.pages.people import account_cards, cards_of
from noi.pages.visits import Answer, Visit, number, safe_path, with_query
from noi.services import accounts, instance, relationships, search
from noi.services import tags as tag_views
from noi.ui.cards import AccountCard, Choice, Pager
from noi.web.posts import posts

_AT_ONCE = 20
_SUGGESTED = 8
_BESIDE = 4


@page("GET", "/search", access="public")
async def find(visit: Visit) -> Answer:
    """Results, or whom one may want to know."""
    query = visit.query.get("q", "").strip()
    if not query:
        return await visit.render(
            "search.html", query="", suggestions=await suggestions(visit), page=Pager()
        )
    offset = min(number(visit.query.get("offset", "")) or 0, 10_000)
    found = await search.search(
        visit.network, visit.viewer, query, limit=_AT_ONCE, offset=offset, resolve=True
    )
    more = max(len(found.accounts), len(found.tags), len(found.statuses)) >= _AT_ONCE
    older = with_query("/search", q=query, offset=offset + _AT_ONCE) if more else ""
    return await visit.render(
        "search.html",
        query=query,
        accounts=await cards_of(visit.network, visit.viewer_id, found.accounts),
        tags=await _tags(visit, found.tags),
        statuses=await posts(visit, found.statuses, "public"),
        page=Pager(older=older),
    )


async def _tags(visit: Visit, tags: list[Tag]) -> list[Choice]:
    views = await tag_views.views(visit.network, visit.viewer_id, tags)
    return [
        Choice(value=quote(view.tag.name), label=view.tag.name, hint=_used(visit, view))
        for view in views
    ]


def _used(visit: Visit, view: tag_views.TagView) -> str:
    people = sum(day.accounts for day in view.history)
    return visit.ngettext("{n} person this week", "{n} people this week", people)


@page("GET", "/aside")
async def aside(visit: Visit) -> Answer:
    """What stands beside the pages on wide screens, fetched when it comes into sight."""
    page_address = urlsplit(visit.request.headers.get("hx-current-url", ""))
    return visit.part(
        "parts/suggestions.html",
        suggestions=(await suggestions(visit))[:_BESIDE],
        path=safe_path(page_address.path),
    )


async def suggestions(visit: Visit) -> list[AccountCard]:
    """People of this network who want to be found and whom the viewer does not follow yet."""
    ids = await instance.directory(
        visit.network, order="active", local=True, limit=4 * _SUGGESTED, offset=0
    )
    ids = [id_ for id_ in ids if id_ != visit.viewer_id]
    if visit.viewer is not None and ids:
        known = await relationships.load(visit.network, visit.viewer_id, ids)
        taken = {
            one.target_id
            for one in known
            if one.following or one.requested or one.blocking or one.muting or one.blocked_by
        }
        ids = [id_ for id_ in ids if id_ not in taken]
    loaded = await accounts.load(visit.network, ids[:_SUGGESTED])
    views = [loaded[id_] for id_ in ids[:_SUGGESTED] if id_ in loaded]
    return await account_cards(visit.network, visit.viewer_id, views)


HANDLERS = [find, aside]
