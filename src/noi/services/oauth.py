"""OAuth 2: codes with PKCE, app tokens, revocation, and the check that every request begins with.

See https://docs.joinmastodon.org/methods/oauth/ and RFC 6749, 7009, 7636.
"""

from urllib.parse import urlencode

import msgspec

from noi.auth import scopes, secrets
from noi.db import apps, live, tokens, users
from noi.db.database import Transaction
from noi.models.accounts import AccountState, Grant, Role, Viewer
from noi.models.errors import Forbidden, Invalid, NoiError, NotFound
from noi.models.ids import now_ms
from noi.models.live import LiveEvent, LiveKind
from noi.models.statuses import App
from noi.services import usage
from noi.services.network import Network

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CODE_LIFE_MS = 10 * 60_000
_CHALLENGE_LENGTH = 43
_VERIFIER_LENGTHS = range(43, 129)


class OAuthError(NoiError):
    """What the token endpoint answers: `code` is of RFC 6749, 5.2."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class AuthorizationRequest(msgspec.Struct, frozen=True):
    """A checked request of an app, for the person to grant or deny."""

    app: App
    redirect_uri: str
    scopes: str
    state: str
    code_challenge: str


class Answer(msgspec.Struct, frozen=True):
    """Where to send the browser; empty for out-of-band apps, whose person copies the `code`."""

    location: str
    code: str = ""


class IssuedToken(msgspec.Struct, frozen=True):
    """A new token, in clear for the only time."""

    id: int
    access_token: str
    scopes: str
    created_at: int


async def authenticate(network: Network, token: str, *, unfinished: bool = False) -> Grant | None:
    """What a token stands for at this moment, from one indexed read; None when it is no token.

    Raises Forbidden where its person is disabled or waits for confirmation or approval; with
    `unfinished` the latter two pass.
    """
    row = await tokens.authenticate(network.db, secrets.token_hash(token))
    if row is None:
        return None
    token_id, app_id, account_id, names, used_at, role, locale, revision, *standing = row
    if account_id is None:
        return Grant(token_id, app_id, scopes.granted_to(names, staff=False), None)
    confirmed_at, approved_at, state = standing
    if role is None or state is None or state >= AccountState.DELETED:
        return None
    if not unfinished:
        require_finished(confirmed_at, approved_at)
    if state >= AccountState.DISABLED:
        raise Forbidden("Your login is currently disabled")

    async def note(tx: Transaction, before: int) -> None:
        await tokens.touch(tx, token_id, before)
        await users.touch(tx, account_id, before)

    usage.note(network, token_id, used_at or 0, note)
    given = scopes.granted_to(names, staff=role != "member")
    return Grant(token_id, app_id, given, Viewer(account_id, Role(role), locale, revision))


def require_finished(confirmed_at: int | None, approved_at: int | None) -> None:
    """Raise Forbidden unless a sign-up is confirmed and approved."""
    if confirmed_at is None:
        raise Forbidden("Your login is missing a confirmed e-mail address")
    if approved_at is None:
        raise Forbidden("Your login is currently pending approval")


async def prepare_authorization(
    network: Network,
    *,
    response_type: str,
    client_id: str,
    redirect_uri: str,
    scope: str = "",
    state: str = "",
    code_challenge: str = "",
    code_challenge_method: str = "",
) -> AuthorizationRequest:
    """Check an app's request to act for someone.

    Raises Invalid, to be shown on a page: nobody is sent to an address of an unchecked request.
    """
    app = await apps.get_by_client_id(network.db, client_id)
    if app is None:
        raise Invalid("This app is not registered here", field="client_id")
    if redirect_uri not in app.redirect_uris.split("\n"):
        raise Invalid("The app gave an address it had not registered", field="redirect_uri")
    if response_type != "code":
        raise Invalid("The app asked for something unknown", field="response_type")
    wanted = scopes.parse_scopes(scope)
    if not scopes.within(wanted, app.scopes):
        raise Invalid("The app asks for more than it had registered", field="scope")
    if code_challenge_method not in ("", "S256") or (
        code_challenge and code_challenge_method != "S256"
    ):
        raise Invalid("The code challenge method must be S256.", field="code_challenge_method")
    if code_challenge_method and len(code_challenge) != _CHALLENGE_LENGTH:
        raise Invalid("The code challenge is not valid", field="code_challenge")
    return AuthorizationRequest(app, redirect_uri, wanted, state, code_challenge)


async def grant(network: Network, account_id: int, request: AuthorizationRequest) -> Answer:
    """The person agrees: make a code for the app. Raises Forbidden for scopes beyond the person."""
    code = secrets.new_token()

    async def work(tx: Transaction) -> None:
        user = await users.get(tx, account_id)
        if user is None:
            raise NotFound
        allowed = request.scopes
        if user.role is Role.MEMBER:
            allowed = scopes.for_member(request.scopes)
        if not allowed:
            raise Forbidden("The app asks for what only moderators may do")
        row = tokens.AuthorizationCode(
            app_id=request.app.id,
            account_id=account_id,
            redirect_uri=request.redirect_uri,
            scopes=allowed,
            code_challenge=request.code_challenge,
            expires_at=now_ms() + CODE_LIFE_MS,
            used_token_id=None,
        )
        await tokens.insert_code(tx, row, secrets.token_hash(code))

    await network.db.transaction(work)
    if request.redirect_uri == OUT_OF_BAND:
        return Answer("", code)
    return Answer(_with_query(request, {"code": code}), code)


def deny(request: AuthorizationRequest) -> Answer:
    """The person refuses: tell the app so (RFC 6749, 4.1.2.1)."""
    if request.redirect_uri == OUT_OF_BAND:
        return Answer("")
    refusal = {
        "error": "access_denied",
        "error_description": "The resource owner or authorization server denied the request.",
    }
    return Answer(_with_query(request, refusal))


def _with_query(request: AuthorizationRequest, values: dict[str, str]) -> str:
    if request.state:
        values = {**values, "state": request.state}
    mark = "&" if "?" in request.redirect_uri else "?"
    return f"{request.redirect_uri}{mark}{urlencode(values)}"


async def authenticate_client(network: Network, client_id: str, client_secret: str) -> App:
    """The app that shows its secret; raises OAuthError."""
    app = await apps.get_by_client_id(network.db, client_id)
    stored = await apps.secret_hash(network.db, app.id) if app else b""
    if app is None or not secrets.same(client_secret, stored):
        raise OAuthError(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication "
            "included, or unsupported authentication method.",
            401,
        )
    return app


async def exchange_code(
    network: Network, app: App, *, code: str, redirect_uri: str, code_verifier: str
) -> IssuedToken:
    """Give a token for a code. A code that comes twice may be stolen: its token is revoked.

    Raises OAuthError (`invalid_grant`).
    """
    code_hash = secrets.token_hash(code)

    async def work(tx: Transaction) -> IssuedToken | None:
        found = await tokens.get_code(tx, code_hash)
        if found is None or found.app_id != app.id:
            return None
        if found.used_token_id is not None:
            await _revoke(tx, found.used_token_id, found.account_id)
            return None
        if not _code_fits(found, redirect_uri, code_verifier):
            return None
        token_id = network.ids.next()
        if not await tokens.use_code(tx, code_hash, token_id):
            # Twice in one moment; the one that was faster has committed by now.
            used = await tokens.get_code(tx, code_hash)
            if used is not None and used.used_token_id is not None:
                await _revoke(tx, used.used_token_id, used.account_id)
            return None
        return await issue(tx, token_id, app.id, found.account_id, found.scopes)

    issued = await network.db.transaction(work)
    if issued is None:
        raise OAuthError(
            "invalid_grant",
            "The provided authorization grant is invalid, expired, revoked, does not match the "
            "redirection URI used in the authorization request, or was issued to another client.",
        )
    return issued


def _code_fits(code: tokens.AuthorizationCode, redirect_uri: str, verifier: str) -> bool:
    if code.expires_at <= now_ms() or code.redirect_uri != redirect_uri:
        return False
    if not code.code_challenge:
        return not verifier
    fits = len(verifier) in _VERIFIER_LENGTHS
    return fits and secrets.challenge_s256(verifier) == code.code_challenge


async def issue_app_token(network: Network, app: App, scope: str) -> IssuedToken:
    """A token of the app itself (client credentials); raises OAuthError (`invalid_scope`)."""
    try:
        wanted = scopes.parse_scopes(scope)
    except Invalid as error:
        raise OAuthError("invalid_scope", error.message) from None
    if not scopes.within(wanted, app.scopes):
        raise OAuthError("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    token_id = network.ids.next()
    return await network.db.transaction(lambda tx: issue(tx, token_id, app.id, None, wanted))


async def issue_for_sign_up(network: Network, app: App, account_id: int) -> IssuedToken:
    """A token for whom an app has just signed up, with all that the app had registered for."""
    names = scopes.for_member(app.scopes) or scopes.DEFAULT
    token_id = network.ids.next()
    return await network.db.transaction(lambda tx: issue(tx, token_id, app.id, account_id, names))


async def issue(
    tx: Transaction, token_id: int, app_id: int, account_id: int | None, names: str, value: str = ""
) -> IssuedToken:
    """Store a token within a transaction; `value` is the secret where it is given from outside."""
    issued = IssuedToken(token_id, value or secrets.new_token(), names, now_ms())
    row = tokens.Token(
        id=token_id,
        app_id=app_id,
        account_id=account_id,
        scopes=names,
        created_at=issued.created_at,
        last_used_at=issued.created_at,
    )
    await tokens.insert(tx, row, secrets.token_hash(issued.access_token))
    return issued


async def revoke(network: Network, app: App, token: str) -> None:
    """End one of the app's own tokens; an unknown one is no error (RFC 7009). Raises OAuthError."""

    async def work(tx: Transaction) -> None:
        found = await tokens.get_by_hash(tx, secrets.token_hash(token))
        if found is None:
            return
        if found.app_id != app.id:
            raise OAuthError(
                "unauthorized_client", "You are not authorized to revoke this token", 403
            )
        await _revoke(tx, found.id, found.account_id)

    await network.db.transaction(work)


async def authorized_apps(network: Network, account_id: int) -> list[tokens.AuthorizedApp]:
    """The tokens that act for someone, newest first."""
    return await tokens.by_account(network.db, account_id)


async def revoke_own(network: Network, account_id: int, token_id: int) -> None:
    """Someone ends an app's access to their account; raises NotFound."""

    async def work(tx: Transaction) -> None:
        own = {app.token_id for app in await tokens.by_account(tx, account_id)}
        if token_id not in own:
            raise NotFound
        await _revoke(tx, token_id, account_id)

    await network.db.transaction(work)


async def revoke_all(tx: Transaction, account_id: int) -> None:
    """End all access by apps, within a transaction (a new password, a deleted account)."""
    for token_id in await tokens.delete_of_account(tx, account_id):
        await live.publish(tx, LiveEvent(LiveKind.TOKEN_REVOKED, token_id, account_id))


async def _revoke(tx: Transaction, token_id: int, account_id: int | None) -> None:
    if await tokens.delete(tx, token_id):
        await live.publish(tx, LiveEvent(LiveKind.TOKEN_REVOKED, token_id, account_id or 0))
