"""One status: its page, its versions, who shared it, and what readers do with it."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from litestar import Response

from noi.db import statuses as status_rows
from noi.models.accounts import PagedAccount
from noi.models.errors import NotFound
from noi.models.interactions import Permission
from noi.models.paging import Page
from noi.models.statuses import StatusRef
from noi.pages.base import page
from noi.pages.people import cards_of, with_emojis
from noi.pages.visits import HTML, Answer, Visit, number
from noi.services import (
    accounts,
    bookmarks,
    conversations,
    favourites,
    interactions,
    pins,
    polls,
    quotes,
    reactions,
    reblogs,
    statuses,
    threads,
    timelines,
    views,
)
from noi.services.network import Network
from noi.ui.cards import Post, StatusCard
from noi.ui.html import Html
from noi.web.feeds import one_card, pager_of
from noi.web.posts import posts

_VERBS: dict[str, Callable[[Network, int, int], Awaitable[object]]] = {
    "reblog": reblogs.reblog,
    "unreblog": reblogs.unreblog,
    "favourite": favourites.favourite,
    "unfavourite": favourites.unfavourite,
    "bookmark": bookmarks.bookmark,
    "unbookmark": bookmarks.unbookmark,
    "mute": conversations.mute,
    "unmute": conversations.unmute,
    "pin": pins.pin,
    "unpin": pins.unpin,
    "unquote": quotes.withdraw,
}


async def show(visit: Visit, handle: str, status_id: int) -> Answer:
    """A status with what it answers and what answers it."""
    focus = await one_card(visit, status_id)
    author = await accounts.get_by_handle(visit.network, handle)
    if author.id != focus.account.id or focus.id != status_id:
        return visit.redirect(focus.path)
    above, below = await threads.context(visit.network, visit.viewer_id, status_id)
    return await visit.render(
        "thread.html",
        focus=focus,
        ancestors=await posts(visit, above, "thread"),
        replies=_nested(await posts(visit, below, "thread"), await _parents(visit, below)),
        noindex=not author.indexable,
        idempotency_key=f"{visit.network.ids.next():x}",
        reply_text=await reply_start(visit, focus),
        reply_warning=await reply_warning(visit, focus.id) if visit.viewer else "",
    )


async def _parents(visit: Visit, refs: list[StatusRef]) -> dict[int, int]:
    rows = await status_rows.get_many(visit.network.db, [ref.id for ref in refs])
    return {id_: row.in_reply_to_id or 0 for id_, row in rows.items()}


def _nested(replies: list[Post], parents: dict[int, int]) -> list[Post]:
    """Replies with their depth; direct answers have none."""
    depths: dict[int, int] = {}
    for reply in replies:
        depths[reply.id] = reply.depth = depths.get(parents.get(reply.id, 0), -1) + 1
    return replies


async def reply_start(visit: Visit, card: StatusCard) -> str:
    """The names that a reply begins with: the author's, and of those the status names."""
    view = await views.load_one(visit.network, card.id)
    handles = [] if card.account.id == visit.viewer_id else [card.account.handle]
    for mention in view.mentions if view else []:
        handle = f"@{mention.handle}"
        if mention.account_id != visit.viewer_id and handle not in handles:
            handles.append(handle)
    return "".join(f"{handle} " for handle in handles)


async def reply_warning(visit: Visit, status_id: int) -> str:
    """What to know before answering: that the author takes no answer of the viewer's."""
    status = await status_rows.get(visit.network.db, status_id)
    if status is None:
        return ""
    network, viewer_id = visit.network, visit.viewer_id
    match await interactions.may_reply(network.db, network, viewer_id, status):
        case Permission.DENIED:
            return visit.gettext(
                "The author does not take answers from you: others will not see yours there."
            )
        case Permission.MANUAL:
            return visit.gettext("The author looks at each answer before others see it.")
        case _:
            return ""


@page("POST", "/statuses/{id:str}/{verb:str}")
async def act(visit: Visit) -> Answer:
    """Reblog, like, save, mute or pin a status, or take it back."""
    verb, status_id = str(visit.request.path_params["verb"]), visit.path_id()
    if verb not in _VERBS:
        raise NotFound
    await _VERBS[verb](visit.network, visit.viewer_id, status_id)
    return await _changed(visit, status_id)


@page("POST", ["/statuses/{id:str}/react", "/statuses/{id:str}/unreact"])
async def react(visit: Visit) -> Answer:
    """React to a status with an emoji, or take that back."""
    status_id = visit.path_id()
    verb = reactions.unreact if visit.path.endswith("unreact") else reactions.react
    await verb(visit.network, visit.viewer_id, status_id, visit.text("emoji"))
    return await _changed(visit, status_id)


@page("POST", "/statuses/{id:str}/vote")
async def vote(visit: Visit) -> Answer:
    """Vote in the poll of a status."""
    status_id = visit.path_id()
    await one_card(visit, status_id)
    view = await views.load_one(visit.network, status_id)
    if view is None or view.poll is None:
        raise NotFound
    choices = [choice for text in visit.texts("choice") if (choice := number(text)) is not None]
    await polls.vote(visit.network, visit.viewer_id, view.poll.poll.id, choices)
    return await _changed(visit, status_id)


async def _changed(visit: Visit, status_id: int) -> Answer:
    """The status as it is now, in the place where it stood."""
    if not visit.wants_part:
        return visit.back(f"/statuses/{status_id}")
    # What is shown may be one's own reblog, just taken back, and the status hidden since.
    for id_ in (number(visit.text("shown")) or status_id, status_id):
        with suppress(NotFound):
            card = await one_card(visit, id_)
            return visit.part("parts/status_one.html", s=card, is_focus=visit.flag("focus"))
    return Response(b"", media_type=HTML)


@page("GET", "/statuses/{id:str}", access="public")
async def by_id(visit: Visit) -> Answer:
    """Lead from an id to the page of a status."""
    return visit.redirect((await one_card(visit, visit.path_id())).path)


@page("GET", "/{handle:str}/{id:str}/{part:str}", access="public")
async def beside(visit: Visit) -> Answer:
    """Earlier versions of a status, or who shared or likes it."""
    card = await one_card(visit, visit.path_id())
    match visit.request.path_params["part"]:
        case "history":
            return await _history(visit, card)
        case "reblogs":
            title = visit.gettext("Reposted by")
            return await _people(visit, card, title, reblogs.reblogged_by)
        case "quotes":
            return await _quotes(visit, card)
        case "favourites":
            title = visit.gettext("Liked by")
            return await _people(visit, card, title, favourites.favourited_by)
        case _:
            raise NotFound


async def _history(visit: Visit, card: StatusCard) -> Answer:
    status, edits = await statuses.history(visit.network, visit.viewer_id, card.id)
    view = await views.load_one(visit.network, card.id)
    emojis = view.emojis if view else []
    current = {
        "created_at": status.edited_at or status.created_at,
        "warning": status.spoiler_text,
        "content": card.content,
    }
    earlier = [
        {
            "created_at": edit.created_at,
            "warning": edit.spoiler_text,
            "content": with_emojis(visit.network, Html(edit.content), emojis),
        }
        for edit in edits
    ]
    return await visit.render("history.html", back=card.path, versions=[current, *earlier])


async def _quotes(visit: Visit, card: StatusCard) -> Answer:
    part = visit.page(20)
    ids = await quotes.quoting(visit.network, visit.viewer_id, card.id, part)
    refs = await timelines.by_ids(visit.network, visit.viewer_id, ids)
    return await visit.render(
        "quotes.html",
        back=card.path,
        posts=await posts(visit, refs, "thread"),
        page=pager_of(visit, part, ids),
    )


async def _people(
    visit: Visit,
    card: StatusCard,
    title: str,
    fetch: Callable[[Network, int, int, Page], Awaitable[list[PagedAccount]]],
) -> Answer:
    part = visit.page(40)
    rows = await fetch(visit.network, visit.viewer_id, card.id, part)
    return await visit.render(
        "accounts.html",
        title=title,
        back=card.path,
        links=[],
        nothing="",
        accounts=await cards_of(visit.network, visit.viewer_id, rows),
        page=pager_of(visit, part, [row.page_id for row in rows]),
    )


HANDLERS = [act, react, vote, by_id, beside]
