"""Lists and who is in them."""

from noi.models.errors import Invalid
from noi.models.paging import Page
from noi.models.search import SearchKind
from noi.pages.base import page
from noi.pages.people import cards_of
from noi.pages.visits import Answer, Visit, number
from noi.services import lists, search
from noi.ui.cards import Choice, Form

_FOUND = 10


@page("GET", "/lists")
async def index(visit: Visit) -> Answer:
    """One's lists."""
    return await _index(visit, Form())


async def _index(visit: Visit, form: Form) -> Answer:
    rows = await lists.all_of(visit.network, visit.viewer_id)
    return await visit.render(
        "lists.html",
        code=422 if form.errors else 200,
        lists=[Choice(value=str(row.id), label=row.title) for row in rows],
        form=form,
    )


@page("POST", "/lists")
async def create(visit: Visit) -> Answer:
    """Make a list."""
    try:
        made = await lists.create(visit.network, visit.viewer_id, visit.text("title"))
    except Invalid as error:
        return await _index(visit, visit.typed(error))
    return visit.redirect(f"/lists/{made.id}/edit")


@page("GET", "/lists/{id:str}/edit")
async def edit_form(visit: Visit) -> Answer:
    """A list's name, settings and members."""
    found = await lists.get(visit.network, visit.viewer_id, visit.path_id())
    values = {
        "title": found.title,
        "replies_policy": found.replies_policy,
        "exclusive": "1" if found.exclusive else "",
    }
    return await _edit_form(visit, Form(values=values))


async def _edit_form(visit: Visit, form: Form) -> Answer:
    network, list_id = visit.network, visit.path_id()
    found = await lists.get(network, visit.viewer_id, list_id)
    rows = await lists.members(network, visit.viewer_id, list_id, Page(limit=200))
    query = visit.query.get("q", "").strip()
    candidates = []
    if query:
        results = await search.search(
            network,
            visit.person,
            query,
            kinds=[SearchKind.ACCOUNTS],
            limit=_FOUND,
            following=True,
        )
        inside = {row.id for row in rows}
        candidates = [account for account in results.accounts if account.id not in inside]
    return await visit.render(
        "list_edit.html",
        code=422 if form.errors else 200,
        form=form,
        list_id=list_id,
        title=found.title,
        query=query,
        found=await cards_of(network, visit.viewer_id, candidates),
        members=await cards_of(network, visit.viewer_id, rows),
    )


@page("POST", "/lists/{id:str}/edit")
async def edit(visit: Visit) -> Answer:
    """Change a list."""
    try:
        await lists.update(
            visit.network,
            visit.viewer_id,
            visit.path_id(),
            title=visit.text("title"),
            replies_policy=visit.text("replies_policy"),
            exclusive=visit.flag("exclusive"),
        )
    except Invalid as error:
        return await _edit_form(visit, visit.typed(error))
    visit.tell(visit.gettext("Your changes are saved."))
    return visit.redirect(f"/lists/{visit.path_id()}/edit")


@page("POST", "/lists/{id:str}/accounts")
async def add(visit: Visit) -> Answer:
    """Put someone into a list."""
    await lists.add(visit.network, visit.viewer_id, visit.path_id(), [_member(visit)])
    return visit.redirect(f"/lists/{visit.path_id()}/edit")


@page("POST", "/lists/{id:str}/accounts/remove")
async def remove(visit: Visit) -> Answer:
    """Take someone out of a list."""
    await lists.remove(visit.network, visit.viewer_id, visit.path_id(), [_member(visit)])
    return visit.redirect(f"/lists/{visit.path_id()}/edit")


def _member(visit: Visit) -> int:
    return number(visit.text("account")) or 0


@page("GET", "/lists/{id:str}/delete")
async def confirm_delete(visit: Visit) -> Answer:
    """Ask before deleting."""
    found = await lists.get(visit.network, visit.viewer_id, visit.path_id())
    return await visit.render(
        "confirm.html",
        title=visit.gettext("Delete the list"),
        question=visit.gettext("Delete “{title}”? Nobody in it is unfollowed.", title=found.title),
        yes=visit.gettext("Delete"),
        grave=True,
        action=f"/lists/{found.id}/delete",
        back=f"/lists/{found.id}/edit",
        status=None,
        account=None,
    )


@page("POST", "/lists/{id:str}/delete")
async def delete(visit: Visit) -> Answer:
    """Delete a list."""
    await lists.delete(visit.network, visit.viewer_id, visit.path_id())
    return visit.redirect("/lists")


HANDLERS = [index, create, edit_form, edit, add, remove, confirm_delete, delete]
