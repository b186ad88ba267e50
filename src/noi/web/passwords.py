"""Forgotten passwords."""

from noi.models.errors import Forbidden, Invalid, RateLimited
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import passwords
from noi.ui.cards import Choice, Form


@page("GET", "/password/forgot", access="public")
async def forgotten(visit: Visit) -> Answer:
    """Ask for the address."""
    return await visit.render("forgot_password.html", form=Form())


@page("POST", "/password/forgot", access="public")
async def send(visit: Visit) -> Answer:
    """Send a link, and say the same whether or not someone has that address."""
    try:
        await passwords.request_reset(visit.network, visit.text("email"), address=visit.address)
    except RateLimited as error:
        form = visit.typed(error)
        return await visit.render("forgot_password.html", code=error.status, form=form)
    text = visit.gettext(
        "If {email} is the address of an account, the link is on its way.",
        email=visit.text("email"),
    )
    return await visit.render(
        "message.html",
        title=visit.gettext("Look into your mailbox"),
        paragraphs=[text],
        link=Choice(value="/sign-in", label=visit.gettext("Back to signing in")),
        action=None,
    )


@page("GET", "/password/reset", access="public")
async def choose(visit: Visit) -> Answer:
    """Ask for a new password."""
    code = visit.query.get("code", "")
    return await visit.render("reset_password.html", form=Form(), reset_token=code)


@page("POST", "/password/reset", access="public")
async def reset(visit: Visit) -> Answer:
    """Set the new password."""
    code = visit.text("token")
    try:
        await passwords.reset(visit.network, code, str(visit.form.get("password", "")))
    except (Invalid, Forbidden) as error:
        return await visit.render(
            "reset_password.html", code=error.status, form=visit.typed(error), reset_token=code
        )
    visit.tell(visit.gettext("Your password is changed. Sign in with it."))
    return visit.redirect("/sign-in")


HANDLERS = [forgotten, send, choose, reset]
