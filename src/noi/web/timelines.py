"""Home, this network, everywhere, hashtags, lists, and what one has saved or liked."""

from collections.abc import Sequence
from urllib.parse import quote

from noi.db import tags as tag_rows
from noi.models.paging import Page
from noi.models.statuses import StatusRef
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import instance, lists, tags, timelines
from noi.text.hashtags import family_key
from noi.ui.cards import Choice
from noi.web.feeds import Context, pager
from noi.web.posts import posts


async def _timeline(
    visit: Visit,
    title: str,
    part: Page,
    refs: Sequence[StatusRef],
    context: Context,
    *,
    timelines: bool = False,
    live: str = "",
    back: str = "",
    edit: str = "",
) -> Answer:
    return await visit.render(
        "timeline.html",
        title=title,
        statuses=await posts(visit, refs, context),
        page=pager(visit, part, refs),
        timelines=timelines,
        live=live,
        back=back,
        edit=edit,
    )


@page("GET", "/", access="public")
async def home(visit: Visit) -> Answer:
    """What those one follows post; for visitors, what this network is."""
    part = visit.page()
    if visit.viewer is None:
        return await _landing(visit, part)
    refs = await timelines.home(visit.network, visit.person, part)
    first = part.max_id is None and part.min_id is None
    return await _timeline(
        visit,
        visit.gettext("Home"),
        part,
        refs,
        "home",
        timelines=True,
        live="user" if first else "",
    )


async def _landing(visit: Visit, part: Page) -> Answer:
    refs: list[StatusRef] = []
    if visit.own.local_timeline_public:
        refs = await timelines.public(visit.network, 0, part, local=True)
    return await visit.render(
        "landing.html",
        stats=await stats(visit),
        statuses=await posts(visit, refs, "public"),
        page=pager(visit, part, refs),
    )


async def stats(visit: Visit) -> dict[str, int]:
    """The three figures that visitors see."""
    usage = await instance.usage(visit.network)
    return {"people": usage.users, "statuses": usage.statuses, "active": usage.active_month}


@page("GET", "/local", access="public")
async def local(visit: Visit) -> Answer:
    """Public statuses of this network."""
    return await _public(visit, visit.gettext("This network"), local=True)


@page("GET", "/public", access="public")
async def public(visit: Visit) -> Answer:
    """Public statuses from everywhere."""
    return await _public(visit, visit.gettext("Everywhere"), local=False)


async def _public(visit: Visit, title: str, *, local: bool) -> Answer:
    if visit.viewer is None and not visit.own.local_timeline_public:
        return visit.redirect("/sign-in")
    part = visit.page()
    refs = await timelines.public(visit.network, visit.viewer_id, part, local=local)
    return await _timeline(visit, title, part, refs, "public", timelines=True)


@page("GET", "/tags/{name:str}", access="public")
async def tag(visit: Visit) -> Answer:
    """Public statuses with a hashtag, in all its spellings or in one."""
    if visit.viewer is None and not visit.own.local_timeline_public:
        return visit.redirect("/sign-in")
    name = str(visit.request.path_params["name"]).lstrip("#")
    part, exact = visit.page(), visit.query.get("exact") == "1"
    refs = await timelines.hashtag(visit.network, visit.viewer_id, name, part, exact=exact)
    spellings = await tag_rows.family(visit.network.db, family_key(name))
    view = await tags.get(visit.network, visit.viewer_id, name)
    return await visit.render(
        "tag.html",
        tag=name,
        people=sum(day.accounts for day in view.history),
        followed=view.following,
        exact=exact,
        spellings=[
            Choice(value=quote(found.name), label=found.name, hint=str(count))
            for found, count in spellings
        ],
        statuses=await posts(visit, refs, "public"),
        page=pager(visit, part, refs),
    )


@page("POST", "/tags/{name:str}/{verb:str}")
async def follow_tag(visit: Visit) -> Answer:
    """Follow a hashtag, or follow it no more."""
    name = str(visit.request.path_params["name"])
    if visit.request.path_params["verb"] == "follow":
        await tags.follow(visit.network, visit.viewer_id, name)
    else:
        await tags.unfollow(visit.network, visit.viewer_id, name)
    return visit.redirect(f"/tags/{quote(name)}")


@page("GET", "/bookmarks")
async def bookmarks(visit: Visit) -> Answer:
    """What one has saved."""
    part = visit.page()
    refs = await timelines.bookmarked(visit.network, visit.person, part)
    return await _timeline(visit, visit.gettext("Saved"), part, refs, "home")


@page("GET", "/favourites")
async def favourites(visit: Visit) -> Answer:
    """What one likes."""
    part = visit.page()
    refs = await timelines.favourited(visit.network, visit.person, part)
    return await _timeline(visit, visit.gettext("Liked"), part, refs, "home", back="/me")


@page("GET", "/lists/{id:str}")
async def of_list(visit: Visit) -> Answer:
    """What the members of a list post."""
    list_id, part = visit.path_id(), visit.page()
    found = await lists.get(visit.network, visit.viewer_id, list_id)
    refs = await timelines.list_timeline(visit.network, visit.person, list_id, part)
    edit = f"/lists/{list_id}/edit"
    return await _timeline(visit, found.title, part, refs, "home", back="/lists", edit=edit)


HANDLERS = [home, local, public, tag, follow_tag, bookmarks, favourites, of_list]
