"""What one does not want to meet: filters, mutes, blocks, blocked networks."""

from noi.models.errors import Invalid
from noi.models.filters import FilterContext, FilterView
from noi.models.paging import Page
from noi.pages.base import page
from noi.pages.people import cards_of
from noi.pages.visits import Answer, Visit, number
from noi.services import blocks, domain_blocks, filters, mutes
from noi.services.filters import FilterChange, KeywordChange
from noi.ui.cards import Form
from noi.web.feeds import pager_of


@page("GET", "/settings/filters")
async def index(visit: Visit) -> Answer:
    """One's filters."""
    names = _context_names(visit)
    rows = await filters.all_of(visit.network, visit.viewer_id)
    return await visit.render(
        "settings/filters.html",
        filters=[
            {
                "id": row.filter.id,
                "title": row.filter.title,
                "words": ", ".join(keyword.keyword for keyword in row.keywords),
                "contexts": ", ".join(names[name] for name in row.filter.context_names),
                "expires_at": row.filter.expires_at,
            }
            for row in rows
        ],
    )


def _context_names(visit: Visit) -> dict[str, str]:
    return {
        FilterContext.HOME: visit.gettext("Home and lists"),
        FilterContext.NOTIFICATIONS: visit.gettext("Notifications"),
        FilterContext.PUBLIC: visit.gettext("Public timelines"),
        FilterContext.THREAD: visit.gettext("Conversations"),
        FilterContext.ACCOUNT: visit.gettext("Profiles"),
    }


@page("GET", "/settings/filters/{id:str}")
async def edit_form(visit: Visit) -> Answer:
    """A filter, or an empty one."""
    if visit.request.path_params["id"] == "new":
        values = {name.value: "1" for name in (FilterContext.HOME, FilterContext.PUBLIC)}
        return await _form(visit, Form(values={**values, "action": "warn", "whole_word": "1"}))
    found = await filters.get(visit.network, visit.viewer_id, visit.path_id())
    values = dict.fromkeys(found.filter.context_names, "1")
    values |= {
        "title": found.filter.title,
        "words": "\n".join(keyword.keyword for keyword in found.keywords),
        "whole_word": "1" if all(keyword.whole_word for keyword in found.keywords) else "",
        "action": found.filter.action,
        "expires_in": "keep" if found.filter.expires_at is not None else "",
    }
    return await _form(visit, Form(values=values))


async def _form(visit: Visit, form: Form) -> Answer:
    return await visit.render("settings/filter.html", code=422 if form.errors else 200, form=form)


@page("POST", "/settings/filters/{id:str}")
async def save(visit: Visit) -> Answer:
    """Make or change a filter."""
    network, viewer_id = visit.network, visit.viewer_id
    try:
        if visit.request.path_params["id"] == "new":
            await filters.create(network, viewer_id, _change(visit, None))
        else:
            found = await filters.get(network, viewer_id, visit.path_id())
            await filters.update(network, viewer_id, found.filter.id, _change(visit, found))
    except Invalid as error:
        form = visit.typed(error)
        known = {"title", "words", "context"}
        form.errors = {name if name in known else "": text for name, text in form.errors.items()}
        return await _form(visit, form)
    return visit.redirect("/settings/filters")


def _change(visit: Visit, found: FilterView | None) -> FilterChange:
    whole_word = visit.flag("whole_word")
    lines = [line.strip() for line in visit.text("words").splitlines()]
    words = list(dict.fromkeys(line for line in lines if line))
    if not words:
        raise Invalid("A keyword must not be empty", field="words")
    kept = {keyword.keyword: keyword.id for keyword in found.keywords} if found else {}
    changes = [KeywordChange(kept.get(word), word, whole_word) for word in words]
    changes += [KeywordChange(id_, remove=True) for word, id_ in kept.items() if word not in words]
    change = FilterChange(
        title=visit.text("title"),
        contexts=[context.value for context in FilterContext if visit.flag(context.value)],
        action=visit.text("action"),
        keywords=changes,
    )
    if visit.text("expires_in") == "keep":
        return change
    return FilterChange(
        title=change.title,
        contexts=change.contexts,
        action=change.action,
        keywords=changes,
        expires_in=number(visit.text("expires_in")),
    )


@page("POST", "/settings/filters/{id:str}/delete")
async def delete(visit: Visit) -> Answer:
    """Delete a filter."""
    await filters.delete(visit.network, visit.viewer_id, visit.path_id())
    return visit.redirect("/settings/filters")


@page("GET", "/settings/blocks")
async def blocked(visit: Visit) -> Answer:
    """Whom one has blocked."""
    part = visit.page(40)
    rows = await blocks.page(visit.network, visit.viewer_id, part)
    return await visit.render(
        "settings/blocks.html",
        kind="blocks",
        accounts=await cards_of(visit.network, visit.viewer_id, rows),
        page=pager_of(visit, part, [row.page_id for row in rows]),
    )


@page("GET", "/settings/mutes")
async def muted(visit: Visit) -> Answer:
    """Whom one has muted."""
    part = visit.page(40)
    rows = await mutes.page(visit.network, visit.viewer_id, part)
    return await visit.render(
        "settings/blocks.html",
        kind="mutes",
        accounts=await cards_of(visit.network, visit.viewer_id, rows),
        page=pager_of(visit, part, [row.page_id for row in rows]),
    )


@page("GET", "/settings/domains")
async def domains(visit: Visit) -> Answer:
    """Which networks one has blocked."""
    return await _domains(visit, Form())


async def _domains(visit: Visit, form: Form) -> Answer:
    rows = await domain_blocks.page(visit.network, visit.viewer_id, Page(limit=200))
    return await visit.render(
        "settings/blocks.html",
        code=422 if form.errors else 200,
        kind="domains",
        domains=[domain for _, domain in rows],
        form=form,
    )


@page("POST", "/settings/domains")
async def block_domain(visit: Visit) -> Answer:
    """Block a network for oneself."""
    try:
        await domain_blocks.block(visit.network, visit.viewer_id, visit.text("domain"))
    except Invalid as error:
        return await _domains(visit, visit.typed(error))
    return visit.redirect("/settings/domains")


@page("POST", "/settings/domains/remove")
async def unblock_domain(visit: Visit) -> Answer:
    """Unblock a network."""
    await domain_blocks.unblock(visit.network, visit.viewer_id, visit.text("domain"))
    return visit.redirect("/settings/domains")


HANDLERS = [
    index,
    edit_form,
    save,
    delete,
    blocked,
    muted,
    domains,
    block_domain,
    unblock_domain,
]
