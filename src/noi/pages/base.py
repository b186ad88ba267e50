"""How every page is declared: who may open it, the checks before it, how errors are shown."""

import errno
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, cast

from litestar.enums import HttpMethod
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from noi.auth import limits
from noi.db.database import Duplicate
from noi.models.accounts import Role
from noi.models.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NoiError,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from noi.pages.visits import Answer, Visit, WebRequest, open_visit, safe_path, with_query
from noi.services import settings
from noi.services.network import Network
from noi.ui.translation import negotiate

Access = Literal["public", "held", "person", "moderator", "admin"]
Shown = Callable[[Visit], Awaitable[Answer]]

_log = logging.getLogger("noi.web")
_PREFERRED_FORM_BYTES = 1024 * 1024


def page(
    method: Literal["GET", "POST"],
    path: str | list[str],
    *,
    access: Access = "person",
    before_setup: bool = False,
    body_limit: int = _PREFERRED_FORM_BYTES,
) -> Callable[[Shown], HTTPRouteHandler]:
    """Declare a page. `access` "held" admits people whose account is disabled too.

    Every POST is checked for the visitor's form token before the function sees it.
    """

    def declare(function: Shown) -> HTTPRouteHandler:
        async def handle(request: WebRequest) -> Answer:
            network: Network = request.app.state.network
            return await _answer(network, request, function, access, before_setup)

        handle.__name__ = function.__name__
        handle.__doc__ = function.__doc__
        return HTTPRouteHandler(
            path,
            http_method=[HttpMethod.GET, HttpMethod.HEAD]
            if method == "GET"
            else HttpMethod(method),
            status_code=200,
            include_in_schema=False,
            request_max_body_size=body_limit,
        )(handle)

    return declare


async def _answer(
    network: Network, request: WebRequest, function: Shown, access: Access, before_setup: bool
) -> Answer:
    visit: Visit | None = None
    try:
        own = await settings.get(network)
        visit = await open_visit(network, request, own)
        answer = await _checked(visit, function, access, before_setup)
    except Exception as error:
        return await failure(network, request, visit, error)
    return with_headers(network, visit, answer)


async def _checked(visit: Visit, function: Shown, access: Access, before_setup: bool) -> Answer:
    if not visit.own.setup_done and not before_setup:
        return visit.redirect("/setup")
    _count(visit)
    if access != "public" and visit.session is None:
        return _sign_in_first(visit)
    if access not in ("public", "held"):
        visit.require_active()
    _check_role(visit, access)
    if visit.request.method == "POST":
        try:
            visit.form = await visit.request.form()
        except (UnicodeError, LookupError):  # bytes that are no text, or of no known encoding
            raise BadRequest("We did not understand that") from None
        if not visit.csrf_is_right():
            raise Forbidden("This form is no longer valid. Please try again.")
    return await function(visit)


def _count(visit: Visit) -> None:
    if visit.session is not None:
        limits.check(visit.network.settings, limits.PER_ACCOUNT, visit.viewer_id)
    else:
        subject = limits.address_subject(visit.address)
        limits.check(visit.network.settings, limits.PER_ADDRESS, subject)


def _sign_in_first(visit: Visit) -> Answer:
    if visit.wants_part or visit.request.method == "POST":
        raise Unauthorized("Sign in first")
    here = visit.path + (f"?{visit.request.url.query}" if visit.request.url.query else "")
    return visit.redirect(with_query("/sign-in", next=here))


def _check_role(visit: Visit, access: Access) -> None:
    needed = {"moderator": Role.MODERATOR, "admin": Role.ADMIN}.get(access)
    # Whoever may not go there need not learn that it is there.
    if needed is not None and visit.person.role.rank < needed.rank:
        raise NotFound


def with_headers(network: Network, visit: Visit | None, answer: Answer) -> Answer:
    """Add what every page says about itself: its content policy, its cookies."""
    targets = f" {visit.form_targets}" if visit and visit.form_targets else ""
    headers = {
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "media-src 'self'; connect-src 'self'; manifest-src 'self'; "
            f"form-action 'self'{targets}; base-uri 'none'; frame-ancestors 'none'"
        ),
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "private, no-store" if visit and visit.session else "private, no-cache",
        "vary": "accept-language, cookie, hx-request",
    }
    if network.settings.secure:
        headers["strict-transport-security"] = "max-age=63072000"
    answer.headers.update({**headers, **answer.headers})
    if visit is not None:
        for cookie in visit.cookies:
            answer.set_cookie(cookie)
    return answer


async def failure(
    network: Network, request: WebRequest, visit: Visit | None, error: Exception
) -> Answer:
    """An error as a friendly page that keeps what was typed; for htmx as a sentence."""
    if visit is None:
        visit = Visit(network, request, settings.known(network))
        chosen = request.cookies.get(visit.cookie_name("lang"), "")
        visit.locale = negotiate(request.headers.get("accept-language", ""), chosen)
    return with_headers(network, visit, await _told(visit, error))


async def _told(visit: Visit, error: Exception) -> Answer:
    status, message = _described(error)
    params = error.params if isinstance(error, NoiError) else {}
    text = visit.gettext(message, **params)
    if visit.wants_part:
        return Answer(text.encode(), status_code=status, media_type="text/plain; charset=utf-8")
    title = visit.gettext(_TITLES.get(status, _TITLES[500]))
    back = safe_path(visit.text("next"), "") if visit.request.method == "POST" else ""
    try:
        return await _error_page(visit, status, title, text, back)
    except Exception:
        _log.exception("an error page failed")
        return Answer(f"{status} {title}".encode(), status_code=status, media_type="text/plain")


async def _error_page(visit: Visit, status: int, title: str, text: str, back: str) -> Answer:
    # Nothing more is read: what made the request fail may make that fail too.
    visit.me = None
    return await visit.render(
        "error.html",
        code=status,
        status=status,
        title=title,
        text="" if text == title else text,
        typed=visit.text("text"),
        back=back,
        request_id=_request_id(visit.request) if status >= 500 else "",
    )


def _request_id(request: WebRequest) -> str:
    scope = cast("Mapping[str, object]", request.scope)
    return str(scope.get("request_id", ""))


def _described(error: Exception) -> tuple[int, str]:
    match error:
        case NotFound():
            return 404, _("The page may have been deleted, or it is not for you to see.")
        case Unavailable() | RateLimited() | NoiError():
            if error.status >= 500:
                _log.warning("a page answers %s: %s", error.status, error, exc_info=error)
            return error.status, error.message
        case Duplicate():
            return Conflict.status, _("This was done at the same time by another request")
        case HTTPException(status_code=404):
            return 404, _("The page may have been deleted, or it is not for you to see.")
        case HTTPException(detail="client disconnected prematurely"):
            return 400, _TITLES[400]
        case HTTPException(status_code=400 | 405 | 413 | 415):
            return error.status_code, _TITLES.get(error.status_code, _TITLES[400])
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            _log.error("the disk is full", exc_info=error)
            return Unavailable.status, "The disk of this server is full"
        case _:
            _log.error("a page failed", exc_info=error)
            return 500, _(
                "It was not your fault. The people who run this network find it in the log."
            )


def _(message: str) -> str:
    """Marks a message for translation."""
    return message


_TITLES = {
    400: _("We did not understand that"),
    401: _("Sign in first"),
    403: _("You may not do this"),
    404: _("This page does not exist"),
    405: _("We did not understand that"),
    409: _("Two things happened at once"),
    410: _("This is gone"),
    413: _("This is too large"),
    415: _("We did not understand that"),
    422: _("This did not work"),
    429: _("A little slower, please"),
    500: _("Something went wrong on our side"),
    503: _("We will be back in a moment"),
}
