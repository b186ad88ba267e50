"""What the alliance is called, and whom one writes to."""

from noi.models.errors import Invalid
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import settings
from noi.ui.cards import Form
from noi.ui.translation import LOCALES

_GREEN = "#1b6b45"
_TEXTS = (
    "name",
    "short_description",
    "language",
    "description",
    "privacy_policy",
    "contact_email",
)


@page("GET", "/manage/settings", access="admin")
async def form(visit: Visit) -> Answer:
    """The settings as they are."""
    values = {name: str(getattr(visit.own, name)) for name in _TEXTS}
    values["accent_colour"] = visit.own.accent_colour or _GREEN
    return await _form(visit, Form(values=values))


async def _form(visit: Visit, form: Form) -> Answer:
    return await visit.render(
        "hub/manage/settings.html",
        code=422 if form.errors else 200,
        form=form,
        languages=list(LOCALES.items()),
    )


@page("POST", "/manage/settings", access="admin")
async def submit(visit: Visit) -> Answer:
    """Change them."""
    changes: dict[str, object] = {name: visit.text(name) for name in _TEXTS}
    colour = visit.text("accent_colour").lower()
    changes["accent_colour"] = "" if colour == _GREEN else colour
    try:
        await settings.update(visit.network, visit.person, changes)
    except Invalid as error:
        return await _form(visit, visit.typed(error))
    visit.tell(visit.gettext("Your changes are saved."))
    return visit.redirect("/manage/settings")


HANDLERS = [form, submit]
