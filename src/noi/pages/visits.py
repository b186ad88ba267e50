"""One request of the pages: who asks, in which language, with what typed, and how to answer."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import count
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode

from litestar import Request, Response
from litestar.datastructures import Cookie, FormMultiDict, UploadFile

from noi.auth import secrets
from noi.models.accounts import AccountState, Role, Viewer
from noi.models.errors import Forbidden, InvalidFields, NoiError, NotFound, Unauthorized
from noi.models.paging import MAX_ID, Page
from noi.pages.people import account_card
from noi.services import accounts, appearance, notifications, sessions
from noi.services.composing import MAX_CHARACTERS
from noi.services.network import Network
from noi.services.settings import NetworkSettings
from noi.ui import translation
from noi.ui.cards import Form, Me, Notice, Site
from noi.ui.dates import DEFAULT_ZONE
from noi.ui.html import Html
from noi.ui.slots import fill, slot
from noi.ui.templates import render

WebRequest: TypeAlias = Request[Any, Any, Any]
Answer: TypeAlias = Response[bytes]

HTML = "text/html"  # the charset is added by Response
_IN_ADDRESSES = "%/?#[]@!$&'()*+,;=:~"
_UNREAD_LIMIT = 100
_LANGUAGE_SECONDS = 365 * 86_400
_NOTICE_SECONDS = 60


class Visit:
    """What a page is handed. `viewer` is None for visitors who are not signed in."""

    def __init__(self, network: Network, request: WebRequest, own: NetworkSettings) -> None:
        self.network = network
        self.request = request
        self.own = own
        self.session: sessions.Session | None = None
        self.me: accounts.OwnAccount | None = None
        self.look = appearance.Appearance()
        self.locale = ""
        self.form = FormMultiDict([])
        self.query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        self.cookies: list[Cookie] = []
        self.form_targets = ""
        self._csrf = ""
        self._markup: dict[bytes, bytes] = {}
        self._slots = count(1)

    @property
    def viewer(self) -> Viewer | None:
        return self.session.viewer if self.session else None

    @property
    def viewer_id(self) -> int:
        """The reader's account id, 0 for someone not signed in."""
        return self.session.viewer.account_id if self.session else 0

    @property
    def person(self) -> Viewer:
        """The signed-in person; raises Unauthorized where there is none."""
        if self.session is None:
            raise Unauthorized("Sign in first")
        return self.session.viewer

    @property
    def mine(self) -> accounts.OwnAccount:
        """One's own account; raises Unauthorized for someone not signed in."""
        if self.me is None:
            raise Unauthorized("Sign in first")
        return self.me

    @property
    def zone(self) -> str:
        return self.me.user.time_zone if self.me else DEFAULT_ZONE

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def address(self) -> str:
        """The caller's IP address, as trusted proxies tell it."""
        client = self.request.client
        return client.host if client else ""

    @property
    def wants_part(self) -> bool:
        """Whether htmx asks, for a part of the page only."""
        return self.request.headers.get("hx-request") == "true"

    def gettext(self, message: str, /, **params: object) -> str:
        return translation.gettext(self.locale, message, **params)

    def ngettext(self, one: str, many: str, n: int, /) -> str:
        return translation.ngettext(self.locale, one, many, n)

    # What was typed.

    def text(self, name: str, default: str = "") -> str:
        """A field of the form, without spaces around it."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def flag(self, name: str) -> bool:
        return bool(self.text(name))

    def texts(self, name: str) -> list[str]:
        return [value for value in self.form.getall(name, []) if isinstance(value, str)]

    def file(self, name: str) -> UploadFile | None:
        """An uploaded file, where one was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def path_id(self, name: str = "id") -> int:
        """An id from the path; raises NotFound for what cannot be one."""
        id_ = number(str(self.request.path_params[name]))
        if not id_:
            raise NotFound
        return id_

    def page(self, limit: int = 20) -> Page:
        """Which part of a list the address asks for."""
        return Page(
            limit=limit,
            max_id=number(self.query.get("max_id", "")),
            min_id=number(self.query.get("min_id", "")),
        )

    def typed(self, error: NoiError | None = None, **more: str) -> Form:
        """The form as it was sent, with what is wrong with it."""
        values = {
            name: value
            for name, value in self.form.multi_items()
            if isinstance(value, str) and "password" not in name
        }
        return Form(values={**values, **more}, errors=self.errors(error))

    def errors(self, error: NoiError | None) -> dict[str, str]:
        """What is wrong, by field; an empty name is the whole form."""
        if error is None:
            return {}
        each = error.errors if isinstance(error, InvalidFields) else [error]
        return {getattr(one, "field", ""): self.gettext(one.message, **one.params) for one in each}

    # Answers.

    @property
    def csrf(self) -> str:
        """The token of this visitor's forms; a stranger's is also kept in a cookie."""
        if self.session is not None:
            return self.session.csrf_token
        if not self._csrf:
            self._csrf = self.request.cookies.get(self.cookie_name("form"), "")
        if not self._csrf:
            self._csrf = secrets.new_token()
            self.set_cookie("form", self._csrf, None)
        return self._csrf

    def csrf_is_right(self) -> bool:
        """Whether a form that changes something is one of ours."""
        origin = self.request.headers.get("origin", "")
        if origin not in ("", "null", self.network.settings.origin):
            return False
        expected = (
            self.session.csrf_token
            if self.session
            else self.request.cookies.get(self.cookie_name("form"), "")
        )
        given = self.request.headers.get("x-csrf-token") or self.text("csrf")
        return bool(expected) and hmac.compare_digest(expected.encode(), given.encode())

    def cookie_name(self, name: str) -> str:
        return f"__Host-noi-{name}" if self.network.settings.secure else f"noi-{name}"

    def set_cookie(self, name: str, value: str, seconds: int | None) -> None:
        """Keep a value in the browser, out of reach for scripts and other sites."""
        self.cookies.append(
            Cookie(
                key=self.cookie_name(name),
                value=value,
                max_age=seconds,
                path="/",
                secure=self.network.settings.secure,
                httponly=True,
                samesite="lax",
            )
        )

    def tell(self, text: str, kind: str = "done") -> None:
        """A sentence for the next page that is shown."""
        packed = urlsafe_b64encode(json.dumps([kind, text]).encode()).decode()
        self.set_cookie("notice", packed, _NOTICE_SECONDS)

    def _notices(self) -> list[Notice]:
        packed = self.request.cookies.get(self.cookie_name("notice"))
        if not packed:
            return []
        self.set_cookie("notice", "", 0)
        try:
            kind, text = json.loads(urlsafe_b64decode(packed))
        except (ValueError, TypeError):
            return []
        return [Notice(text=str(text), kind="problem" if kind == "problem" else "done")]

    def redirect(self, path: str) -> Answer:
        """Go on to another page of ours (303, so that a reload repeats nothing)."""
        # A header holds ASCII only; what is escaped already stays as it is.
        headers = {"location": quote(path, safe=_IN_ADDRESSES)}
        return Response(b"", status_code=303, headers=headers, media_type=HTML)

    def back(self, default: str = "/") -> Answer:
        """Go to where the form says it came from."""
        return self.redirect(safe_path(self.text("next"), default))

    async def render(self, name: str, *, code: int = 200, **context: object) -> Answer:
        """Answer with a page."""
        frame: dict[str, object] = {
            "site": self.site,
            "me": await self._me_card(),
            "csrf": self.csrf,
            "notices": self._notices() if code < 400 else [],
            "scheme": self.look.scheme,
            "path": self.path,
        }
        return Response(self._printed(name, frame, context), status_code=code, media_type=HTML)

    def part(self, name: str, **context: object) -> Answer:
        """Answer with a fragment for htmx."""
        frame: dict[str, object] = {
            "site": self.site,
            "me": self._plain_me(),
            "csrf": self.csrf,
            "path": self.path,
        }
        return Response(self._printed(name, frame, context), media_type=HTML)

    def put(self, markup: bytes) -> Html:
        """The slot of markup in the next page or fragment, which is long and need not be copied."""
        name = f"put{next(self._slots)}"
        self._markup[name.encode()] = markup
        return slot(name)

    def _printed(self, name: str, frame: dict[str, object], context: dict[str, object]) -> bytes:
        body = render(name, self.locale, {**frame, **context}, zone=self.zone)
        if self._markup:
            body = fill(body, self._markup)
            self._markup.clear()
        return body

    @property
    def site(self) -> Site:
        return Site(
            name=self.own.name,
            host=self.network.settings.host,
            description=self.own.short_description,
            registrations="closed" if self.network.hub else self.own.registrations.value,
            max_chars=MAX_CHARACTERS,
            theme=f"/theme/{colour[1:]}.css" if (colour := self.own.accent_colour) else "",
            hub=self.network.hub,
        )

    async def _me_card(self) -> Me | None:
        me = self._plain_me()
        if me is not None and self.me is not None:
            me.unread_notifications = await notifications.count_unread(
                self.network, self.viewer_id, limit=_UNREAD_LIMIT
            )
        return me

    def _plain_me(self) -> Me | None:
        if self.me is None:
            return None
        account, role = self.me.account, self.me.user.role
        return Me(
            account=account_card(self.network, account, self.me.emojis),
            follow_requests=self.me.follow_requests,
            moderator=role.rank >= Role.MODERATOR.rank,
            owner=role.rank >= Role.ADMIN.rank,
            shortcuts=self.look.shortcuts,
        )

    def require_active(self) -> None:
        """Raise Forbidden for someone whose account is disabled."""
        if self.session is not None and self.session.state >= AccountState.DISABLED:
            raise Forbidden("Your login is currently disabled")


async def open_visit(network: Network, request: WebRequest, own: NetworkSettings) -> Visit:
    """Find out who asks and in which language they read."""
    visit = Visit(network, request, own)
    token = request.cookies.get(visit.cookie_name("session"), "")
    visit.session = await sessions.look_up(network, token) if token else None
    if visit.session is not None:
        visit.me = await accounts.own(network, visit.viewer_id)
        visit.look = appearance.of_user(visit.me.user)
    asked = visit.query.get("lang", "")
    if asked in translation.LOCALES:
        visit.set_cookie("lang", asked, _LANGUAGE_SECONDS)
    kept = request.cookies.get(visit.cookie_name("lang"), "")
    own_choice = visit.viewer.locale if visit.viewer else ""
    # A hub has no page of preferences: there its links of languages count for everyone.
    chosen = asked or (kept or own_choice if network.hub else own_choice or kept)
    visit.locale = translation.negotiate(request.headers.get("accept-language", ""), chosen)
    return visit


def number(text: str) -> int | None:
    """A whole number of a cursor or an id; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    return min(int(text), MAX_ID)


def safe_path(path: str, default: str = "/") -> str:
    """`path` if it is one of this network's own, for going on after a form."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if plain and path.isprintable() and "\\" not in path else default


def with_query(path: str, **values: object) -> str:
    """An address of ours with parameters; empty ones are left out."""
    kept = {name: str(value) for name, value in values.items() if value}
    return f"{quote(path, safe='/@%')}?{urlencode(kept)}" if kept else path
