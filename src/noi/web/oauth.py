"""An app asks to act for someone: its person allows or refuses it."""

import re
from urllib.parse import urlencode, urlsplit

from noi.models.errors import Invalid
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, with_query
from noi.services import oauth
from noi.ui.cards import Choice

_HOST = re.compile(r"(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d+)?", re.ASCII)
_FIELDS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


@page("GET", "/oauth/authorize", access="public")
async def ask(visit: Visit) -> Answer:
    """Show what the app asks for; whoever is not signed in does that first."""
    fields = {name: visit.query[name] for name in _FIELDS if name in visit.query}
    again = "/oauth/authorize?" + urlencode(fields)
    request = await _prepared(visit, fields)
    if visit.session is None:
        return visit.redirect(with_query("/sign-in", next=again))
    visit.require_active()
    there = urlsplit(request.redirect_uri)
    visit.form_targets = _form_target(request.redirect_uri)
    return await visit.render(
        "authorize.html",
        app=request.app,
        fields=fields,
        scopes=_scopes(visit, request.scopes),
        again=again,
        redirect_host=there.hostname or there.scheme if request.redirect_uri != _OOB else "",
    )


_OOB = oauth.OUT_OF_BAND


@page("POST", "/oauth/authorize")
async def decide(visit: Visit) -> Answer:
    """Send the browser back to the app with a code, or with a refusal."""
    fields = {name: str(visit.form[name]) for name in _FIELDS if name in visit.form}
    request = await _prepared(visit, fields)
    if visit.text("decision") != "allow":
        refused = oauth.deny(request)
        return visit.redirect(refused.location or "/")
    answer = await oauth.grant(visit.network, visit.viewer_id, request)
    if answer.location:
        return visit.redirect(answer.location)
    return await visit.render("authorize_code.html", code_value=answer.code)


async def _prepared(visit: Visit, fields: dict[str, str]) -> oauth.AuthorizationRequest:
    for name in ("response_type", "client_id", "redirect_uri"):
        if not fields.get(name):
            raise Invalid("Missing parameter: {name}", field=name, name=name)
    return await oauth.prepare_authorization(
        visit.network,
        response_type=fields["response_type"],
        client_id=fields["client_id"],
        redirect_uri=fields["redirect_uri"],
        scope=fields.get("scope", ""),
        state=fields.get("state", ""),
        code_challenge=fields.get("code_challenge", ""),
        code_challenge_method=fields.get("code_challenge_method", ""),
    )


def _form_target(redirect_uri: str) -> str:
    """What the content policy has to admit, for browsers check where a form is led on to.

    Nothing for a host that could end the directive, or that a policy cannot name.
    """
    parts = urlsplit(redirect_uri)
    if parts.scheme not in ("http", "https"):
        return f"{parts.scheme}:"
    try:
        host = parts.netloc.encode("idna").decode()
    except UnicodeError:
        return ""
    return f"{parts.scheme}://{host}" if _HOST.fullmatch(host) else ""


def _scopes(visit: Visit, scopes: str) -> list[Choice]:
    return [Choice(value=name, label=_said(visit, name)) for name in scopes.split()]


def _said(visit: Visit, scope: str) -> str:
    """A scope in plain words."""
    if scope.startswith("admin:"):
        return visit.gettext("Do what moderators do")
    said = {
        "profile": visit.gettext("See who you are"),
        "read": visit.gettext("Read all that you can read"),
        "write": visit.gettext("Post and change things in your name"),
        "follow": visit.gettext("Follow, mute and block people for you"),
        "push": visit.gettext("Notify you of what is new"),
    }
    broad, _, narrow = scope.partition(":")
    if narrow and broad == "read":
        return visit.gettext("Read: {what}", what=narrow)
    if narrow:
        return visit.gettext("Change: {what}", what=narrow)
    return said.get(scope, scope)


HANDLERS = [ask, decide]
