"""Writing: new statuses, replies, edits, drafts, scheduled statuses, deleting."""

from functools import partial

from noi.models.accounts import User
from noi.models.composition import Composition
from noi.models.errors import Invalid, NoiError, NotFound, TooLarge
from noi.models.paging import Page
from noi.models.statuses import VISIBILITIES, Status, StatusView, Visibility
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number, safe_path
from noi.services import accounts, drafts, quotes, scheduled, statuses, views
from noi.ui.cards import Form, StatusCard
from noi.web import composer
from noi.web.feeds import one_card
from noi.web.statuses import reply_start, reply_warning

# Four of the largest films that the settings allow by default, and the text.
_UPLOAD_LIMIT = 4 * 100 * 1024 * 1024


@page("GET", "/compose")
async def compose(visit: Visit) -> Answer:
    """An empty composer, or one for a reply, a mention, a draft."""
    names = ("reply", "quote", "mention", "draft")
    query = {name: number(visit.query.get(name, "")) for name in names}
    if query["draft"]:
        return await _draft(visit, query["draft"])
    start = Composition(text=visit.query.get("text", ""))
    reply_to = quoted = None
    warning = ""
    if query["reply"]:
        reply_to = await one_card(visit, query["reply"])
        start = await _reply(visit, reply_to)
        warning = await reply_warning(visit, reply_to.id)
    elif query["quote"]:
        found = await quotes.quotable(visit.network, visit.viewer_id, query["quote"])
        quoted = await one_card(visit, found.id)
        start = Composition(quoted_status_id=found.id, visibility=_of_quote(visit, found))
    elif query["mention"]:
        account = await accounts.get(visit.network, query["mention"])
        start = Composition(text=f"@{account.handle} ")
    values = composer.values_of(visit, start)
    if visit.query.get("visibility") in VISIBILITIES:
        values["visibility"] = visit.query["visibility"]
    return await composer.shown(
        visit,
        _title(visit, reply_to, quoted),
        Form(values=values),
        reply_to=reply_to,
        quoted=quoted,
        warning=warning,
    )


def _title(visit: Visit, reply_to: StatusCard | None, quoted: StatusCard | None) -> str:
    if quoted:
        return visit.gettext("Quote a post")
    return visit.gettext("Reply") if reply_to else visit.gettext("New post")


def _of_quote(visit: Visit, quoted: Status) -> str:
    own = VISIBILITIES[visit.mine.user.default_visibility]
    return Visibility.PRIVATE.api_name if quoted.visibility > Visibility.UNLISTED else own.api_name


async def _quoted(visit: Visit, text: str | int | None) -> StatusCard | None:
    """What a form quotes, as far as the viewer still sees it."""
    quoted_id = number(str(text or ""))
    if not quoted_id:
        return None
    try:
        return await one_card(visit, quoted_id)
    except NotFound:
        return None


async def _reply(visit: Visit, card: StatusCard) -> Composition:
    """A reply begins with the names, the warning and the narrower audience of what it answers."""
    view = await views.load_one(visit.network, card.id)
    if view is None:
        raise NotFound
    return Composition(
        text=await reply_start(visit, card),
        visibility=_narrower(visit.mine.user, view),
        spoiler_text=view.status.spoiler_text,
        local_only=view.status.local_only,
        in_reply_to_id=card.id,
    )


def _narrower(user: User, view: StatusView) -> str:
    own = VISIBILITIES[user.default_visibility]
    return max(own, view.status.visibility).api_name


async def _draft(visit: Visit, draft_id: int) -> Answer:
    draft = await drafts.get(visit.network, visit.viewer_id, draft_id)
    written = draft.composition
    values = {**composer.values_of(visit, written), "draft_id": str(draft.id)}
    reply_to = None
    if written.in_reply_to_id:
        try:
            reply_to = await one_card(visit, written.in_reply_to_id)
        except NotFound:
            values["in_reply_to_id"] = ""
    return await composer.shown(
        visit,
        visit.gettext("Draft"),
        Form(values=values),
        attached=await composer.own_media(visit, written.media_ids),
        reply_to=reply_to,
        quoted=await _quoted(visit, written.quoted_status_id),
        back="/drafts",
    )


@page("POST", "/statuses", body_limit=_UPLOAD_LIMIT)
async def create(visit: Visit) -> Answer:
    """Publish, schedule, or keep as a draft."""
    attached = composer.Attached([], [])
    try:
        attached = await composer.attachments(visit)
        await composer.describe(visit, attached)
        return await _created(visit, attached)
    except (Invalid, TooLarge) as error:
        return await _again(visit, attached, error)


async def _again(visit: Visit, attached: composer.Attached, error: NoiError) -> Answer:
    """Show the form once more, with everything that was typed and sent."""
    parent, reply_to = number(visit.text("in_reply_to_id")), None
    if parent:
        reply_to = await one_card(visit, parent)
    quoted = await _quoted(visit, visit.text("quoted_status_id"))
    return await composer.shown(
        visit,
        _title(visit, reply_to, quoted),
        composer.typed(visit, error),
        attached=await composer.own_media(visit, attached.ids),
        reply_to=reply_to,
        quoted=quoted,
    )


async def _created(visit: Visit, attached: composer.Attached) -> Answer:
    network, viewer_id = visit.network, visit.viewer_id
    asked = composer.composition(visit, attached.ids, composer.poll(visit))
    draft_id = number(visit.text("draft_id"))
    if visit.text("do") == "draft":
        await drafts.save(network, viewer_id, asked, draft_id)
        visit.tell(visit.gettext("Your draft is kept."))
        return visit.redirect("/drafts")
    await composer.wait_until_ready(visit, attached.ids)
    key, at = visit.text("idempotency_key"), composer.publication_time(visit)
    if at is not None:
        await scheduled.schedule(network, viewer_id, asked, at, idempotency_key=key)
        if draft_id is not None:
            await drafts.delete(network, viewer_id, draft_id)
        visit.tell(visit.gettext("Your post is scheduled."))
    else:
        forget = partial(drafts.remove, account_id=viewer_id, draft_id=draft_id or 0)
        await statuses.create(network, viewer_id, asked, idempotency_key=key, also=forget)
        visit.tell(visit.gettext("Your post is published."))
    return visit.redirect("/drafts" if at is not None else _after(visit))


def _after(visit: Visit) -> str:
    if parent := number(visit.text("in_reply_to_id")):
        return safe_path(visit.text("next"), f"/statuses/{parent}")
    return safe_path(visit.text("next"))


async def _own(visit: Visit) -> StatusView:
    status = await statuses.own(visit.network, visit.viewer_id, visit.path_id())
    view = await views.load_one(visit.network, status.id)
    if view is None:
        raise NotFound
    return view


@page("GET", "/statuses/{id:str}/edit")
async def edit_form(visit: Visit) -> Answer:
    """The composer with one's own status."""
    view = await _own(visit)
    values = composer.values_of(visit, composer.written(view))
    return await _edit_form(visit, view, Form(values=values))


async def _edit_form(visit: Visit, view: StatusView, form: Form) -> Answer:
    card = await one_card(visit, view.status.id)
    return await composer.shown(
        visit,
        visit.gettext("Edit"),
        form,
        action=f"/statuses/{view.status.id}/edit",
        attached=card.media,
        quoted=card.quote and card.quote.status,
        editing=True,
        back=card.path,
    )


@page("POST", "/statuses/{id:str}/edit", body_limit=_UPLOAD_LIMIT)
async def edit(visit: Visit) -> Answer:
    """Change one's own status; the earlier version stays readable."""
    view = await _own(visit)
    try:
        attached = await composer.attachments(visit)
        new = set(attached.ids) - {attachment.id for attachment in view.media}
        await composer.wait_until_ready(visit, sorted(new))
        asked = composer.composition(visit, attached.ids, composer.poll(visit))
        await statuses.edit(visit.network, visit.viewer_id, view.status.id, asked, attached.changes)
    except (Invalid, TooLarge) as error:
        return await _edit_form(visit, view, composer.typed(visit, error))
    visit.tell(visit.gettext("Your changes are saved."))
    return visit.redirect(f"/statuses/{view.status.id}")


@page("GET", ["/statuses/{id:str}/delete", "/statuses/{id:str}/redraft"])
async def confirm(visit: Visit) -> Answer:
    """Ask before deleting."""
    verb = visit.path.rpartition("/")[2]
    view = await _own(visit)
    card = await one_card(visit, view.status.id)
    again = verb == "redraft"
    question = (
        visit.gettext(
            "The post is deleted, with its likes and reposts, and its text comes back to you "
            "as a draft."
        )
        if again
        else visit.gettext(
            "The post is deleted for ever, here and, as far as they obey, elsewhere."
        )
    )
    title = visit.gettext("Delete and write again") if again else visit.gettext("Delete the post")
    return await visit.render(
        "confirm.html",
        title=title,
        question=question,
        yes=visit.gettext("Delete"),
        grave=True,
        action=f"/statuses/{card.id}/{verb}",
        back=card.path,
        status=card,
        account=None,
    )


@page("POST", "/statuses/{id:str}/delete")
async def delete(visit: Visit) -> Answer:
    """Delete one's own status."""
    await statuses.delete(visit.network, visit.viewer_id, visit.path_id())
    visit.tell(visit.gettext("The post is deleted."))
    return visit.redirect("/")


@page("POST", "/statuses/{id:str}/redraft")
async def redraft(visit: Visit) -> Answer:
    """Delete one's own status and keep what it was made from as a draft."""
    view = await statuses.delete(visit.network, visit.viewer_id, visit.path_id(), keep_media=True)
    draft = await drafts.save(visit.network, visit.viewer_id, composer.written(view))
    return visit.redirect(f"/compose?draft={draft.id}")


@page("GET", "/drafts")
async def waiting(visit: Visit) -> Answer:
    """What waits to be published."""
    network, viewer_id = visit.network, visit.viewer_id
    rows = await scheduled.fetch_page(network, viewer_id, Page(limit=100))
    kept = await drafts.fetch_all(network, viewer_id)
    return await visit.render(
        "drafts.html",
        scheduled=[
            {"id": row.id, "text": row.composition.text, "at": row.scheduled_at, "error": row.error}
            for row in rows
        ],
        drafts=[{"id": row.id, "text": row.composition.text, "at": row.updated_at} for row in kept],
    )


@page("POST", "/drafts/{id:str}/delete")
async def delete_draft(visit: Visit) -> Answer:
    """Throw a draft away."""
    await drafts.delete(visit.network, visit.viewer_id, visit.path_id())
    return visit.redirect("/drafts")


@page("POST", "/scheduled/{id:str}/delete")
async def unschedule(visit: Visit) -> Answer:
    """Do not publish after all; what was written becomes a draft."""
    row = await scheduled.get(visit.network, visit.viewer_id, visit.path_id())
    await scheduled.delete(visit.network, visit.viewer_id, row.id)
    await drafts.save(visit.network, visit.viewer_id, row.composition)
    visit.tell(visit.gettext("It is not published; you find it among your drafts."))
    return visit.redirect("/drafts")


HANDLERS = [
    compose,
    create,
    edit_form,
    edit,
    confirm,
    delete,
    redraft,
    waiting,
    delete_draft,
    unschedule,
]
