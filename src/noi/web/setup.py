"""The first page of a new network."""

from noi.models.errors import NoiError
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import setup, sign_in
from noi.ui.translation import LOCALES
from noi.web.sign_in import start_session


@page("GET", "/setup", access="public", before_setup=True)
async def form(visit: Visit) -> Answer:
    """Ask for a name, and for the owner's account."""
    if visit.own.setup_done:
        return visit.redirect("/")
    return await _form(visit, None)


async def _form(visit: Visit, error: NoiError | None) -> Answer:
    defaults = {
        "registrations": "approval",
        "language": visit.locale,
        "code": visit.query.get("code", ""),
    }
    typed = visit.typed(error)
    typed.values = {**defaults, **typed.values}
    code = error.status if error else 200
    return await visit.render("setup.html", code=code, form=typed, languages=list(LOCALES.items()))


@page("POST", "/setup", access="public", before_setup=True)
async def submit(visit: Visit) -> Answer:
    """Name the network and make its owner, who is signed in at once."""
    asked = setup.SetUp(
        code=visit.text("code"),
        name=visit.text("name"),
        language=visit.text("language") or visit.locale,
        registrations="closed" if visit.network.hub else visit.text("registrations"),
        handle=visit.text("handle").removeprefix("@"),
        email=visit.text("email"),
        password=str(visit.form.get("password", "")),
    )
    try:
        await setup.complete(visit.network, asked)
    except NoiError as error:
        return await _form(visit, error)
    done = await sign_in.sign_in(visit.network, asked.handle, asked.password, address=visit.address)
    if done.session is None:
        return visit.redirect("/sign-in")
    start_session(visit, done.session)
    if visit.network.hub:
        visit.tell(visit.gettext("The hub is open. Now write its charter."))
        return visit.redirect("/manage/charter")
    visit.tell(visit.gettext("The network is open. Now write down its rules."))
    return visit.redirect("/owner/rules")


HANDLERS = [form, submit]
