"""Joining, and confirming that an e-mail address is one's own."""

from noi.models.errors import Forbidden, Invalid, NoiError, RateLimited
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import confirmations, invitations, rules, sign_in, sign_up
from noi.ui.cards import Choice
from noi.web.sign_in import start_session


@page("GET", "/sign-up", access="public")
async def form(visit: Visit) -> Answer:
    """Ask for what an account needs."""
    if visit.session is not None:
        return visit.redirect("/")
    return await _form(visit, None)


async def _form(visit: Visit, error: NoiError | None) -> Answer:
    code = visit.text("invitation") or visit.query.get("invitation", "")
    welcome = await invitations.check(visit.network, code) if code else None
    return await visit.render(
        "sign_up.html",
        code=error.status if error else 200,
        form=visit.typed(error, invitation=code),
        invited_by=welcome.inviter.name if welcome else "",
        min_age=visit.own.min_age,
        message=visit.own.registration_message,
        rules=await rule_choices(visit),
    )


async def rule_choices(visit: Visit) -> list[Choice]:
    """The network's rules."""
    return [
        Choice(value=str(rule.id), label=rule.text, hint=rule.hint)
        for rule in await rules.fetch_all(visit.network)
    ]


@page("POST", "/sign-up", access="public")
async def submit(visit: Visit) -> Answer:
    """Make an account by the network's rules for joining."""
    asked = sign_up.SignUp(
        username=visit.text("username").removeprefix("@"),
        email=visit.text("email"),
        password=str(visit.form.get("password", "")),
        agreement=visit.flag("agreement"),
        display_name=visit.text("display_name"),
        reason=visit.text("reason"),
        invitation=visit.text("invitation"),
        locale=visit.locale,
        time_zone=visit.text("time_zone") or sign_up.DEFAULT_TIME_ZONE,
        date_of_birth=visit.text("date_of_birth"),
    )
    try:
        joined = await sign_up.sign_up(visit.network, asked, address=visit.address)
    except (Invalid, Forbidden, RateLimited) as error:
        return await _form(visit, error)
    if joined.needs_confirmation:
        return await _check_mail(visit, asked.email)
    if joined.needs_approval:
        return await _wait(visit)
    return await _enter(visit, asked)


async def _check_mail(visit: Visit, email: str) -> Answer:
    text = visit.gettext(
        "We have just sent a message to {email}. Open the link in it to go on.", email=email
    )
    spam = visit.gettext("If it is not there after a few minutes, look among the spam.")
    return await _message(visit, visit.gettext("Look into your mailbox"), text, spam)


async def _wait(visit: Visit) -> Answer:
    return await _message(
        visit,
        visit.gettext("Thank you, we have your request"),
        visit.gettext(
            "A moderator has yet to look at your request. "
            "We write to you when your account is open."
        ),
    )


async def _message(visit: Visit, title: str, *paragraphs: str) -> Answer:
    link = Choice(value="/", label=visit.gettext("To the front page"))
    return await visit.render(
        "message.html", title=title, paragraphs=paragraphs, link=link, action=None
    )


async def _enter(visit: Visit, asked: sign_up.SignUp) -> Answer:
    """Who need not wait is signed in at once."""
    done = await sign_in.sign_in(
        visit.network,
        asked.username,
        asked.password,
        address=visit.address,
        user_agent=visit.request.headers.get("user-agent", ""),
    )
    if done.session is not None:
        start_session(visit, done.session)
        return visit.redirect("/welcome")
    return visit.redirect("/sign-in")


@page("GET", "/confirm", access="public")
async def confirmation(visit: Visit) -> Answer:
    """Ask for one press, because mail programs open links by themselves."""
    return await visit.render(
        "confirm_email.html", code_value=visit.query.get("code", ""), problem=""
    )


@page("POST", "/confirm", access="public")
async def confirm(visit: Visit) -> Answer:
    """Confirm an e-mail address."""
    code = visit.text("code")
    try:
        account_id = await confirmations.confirm(visit.network, code)
    except (Forbidden, Invalid) as error:
        problem = visit.gettext(error.message, **error.params)
        return await visit.render(
            "confirm_email.html", code=error.status, code_value="", problem=problem
        )
    visit.tell(visit.gettext("Your e-mail address is confirmed."))
    here = "/settings/account" if visit.viewer_id == account_id else "/sign-in"
    return visit.redirect(here)


HANDLERS = [form, submit, confirmation, confirm]
