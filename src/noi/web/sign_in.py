"""Signing in and out."""

from urllib.parse import parse_qs, urlsplit

from noi.db import apps
from noi.models.errors import NoiError, RateLimited, Unauthorized
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, safe_path
from noi.services import sessions, sign_in
from noi.services.sign_in import Standing
from noi.ui.cards import Choice

_SESSION_SECONDS = sessions.LIFE_MS // 1000


@page("GET", "/sign-in", access="public")
async def form(visit: Visit) -> Answer:
    """Ask for a name and a password."""
    there = safe_path(visit.query.get("next", ""))
    if visit.session is not None:
        return visit.redirect(there)
    return await _form(visit, there, None)


async def _form(visit: Visit, there: str, error: NoiError | None) -> Answer:
    return await visit.render(
        "sign_in.html",
        code=error.status if error else 200,
        form=visit.typed(error),
        next=there,
        client=await _client_name(visit, there),
    )


async def _client_name(visit: Visit, there: str) -> str:
    """The app that sent someone here, where one did."""
    parts = urlsplit(there)
    if parts.path != "/oauth/authorize":
        return ""
    client_id = parse_qs(parts.query).get("client_id", [""])[0]
    app = await apps.get_by_client_id(visit.network.db, client_id)
    return app.name if app else ""


@page("POST", "/sign-in", access="public")
async def submit(visit: Visit) -> Answer:
    """Start a session."""
    there = safe_path(visit.text("next"))
    try:
        done = await sign_in.sign_in(
            visit.network,
            visit.text("email"),
            str(visit.form.get("password", "")),
            address=visit.address,
            user_agent=visit.request.headers.get("user-agent", ""),
        )
    except (Unauthorized, RateLimited) as error:
        return await _form(visit, there, error)
    if done.session is None:
        return await _waiting(visit, done.standing)
    if visit.session is not None:
        await _end_session(visit)
    start_session(visit, done.session)
    return visit.redirect("/decisions" if done.standing is Standing.DISABLED else there)


def start_session(visit: Visit, session: sessions.NewSession) -> None:
    """Keep a new session in the browser."""
    visit.set_cookie("session", session.token, _SESSION_SECONDS)
    visit.set_cookie("form", "", 0)


async def _waiting(visit: Visit, standing: Standing) -> Answer:
    unconfirmed = visit.gettext(
        "Your address is not confirmed yet. Open the link that we sent you by e-mail."
    )
    pending = visit.gettext(
        "A moderator has yet to look at your request. We write to you when your account is open."
    )
    return await visit.render(
        "message.html",
        title=visit.gettext("Almost there"),
        paragraphs=[unconfirmed if standing is Standing.UNCONFIRMED else pending],
        link=Choice(value="/", label=visit.gettext("To the front page")),
        action=None,
    )


@page("POST", "/sign-out", access="held")
async def sign_out(visit: Visit) -> Answer:
    """End this session."""
    await _end_session(visit)
    visit.set_cookie("session", "", 0)
    return visit.back("/")


async def _end_session(visit: Visit) -> None:
    token = visit.request.cookies.get(visit.cookie_name("session"), "")
    await sessions.end(visit.network, visit.viewer_id, token)


HANDLERS = [form, submit, sign_out]
