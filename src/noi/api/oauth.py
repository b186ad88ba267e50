"""OAuth's endpoints for apps: https://docs.joinmastodon.org/methods/oauth/

The page on which a person allows an app is in `web`.
"""

import base64
import binascii
from urllib.parse import unquote_plus

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import account_entity
from noi.auth import scopes
from noi.models.statuses import App
from noi.services import accounts, oauth

_PRIVATE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@endpoint("POST", "/oauth/token", access="public")
async def token(call: Call) -> Reply:
    """Exchange a code, or the client's own secret, for an access token."""
    try:
        return Reply(token_json(await _issue(call)), headers=_PRIVATE)
    except oauth.OAuthError as error:
        return _refusal(error)


async def _issue(call: Call) -> oauth.IssuedToken:
    grant_type = call.params.text("grant_type")
    if not grant_type:
        raise oauth.OAuthError("invalid_request", "Missing required parameter: grant_type.")
    if grant_type not in ("authorization_code", "client_credentials"):
        raise oauth.OAuthError(
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.",
        )
    app = await _client(call)
    if grant_type == "client_credentials":
        return await oauth.issue_app_token(call.network, app, call.params.text("scope"))
    return await oauth.exchange_code(
        call.network,
        app,
        code=call.params.text("code"),
        redirect_uri=call.params.text("redirect_uri"),
        code_verifier=call.params.text("code_verifier"),
    )


def token_json(issued: oauth.IssuedToken) -> dict[str, object]:
    """Token: https://docs.joinmastodon.org/entities/Token/"""
    return {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "scope": issued.scopes,
        "created_at": issued.created_at // 1000,
    }


@endpoint("POST", "/oauth/revoke", access="public")
async def revoke(call: Call) -> Reply:
    """End a token that belongs to the client; one that is gone already is no error."""
    try:
        app = await _client(call)
        await oauth.revoke(call.network, app, call.params.text("token"))
    except oauth.OAuthError as error:
        return _refusal(error)
    return Reply({}, headers=_PRIVATE)


@endpoint(["GET", "POST"], "/oauth/userinfo", scope="profile")
async def userinfo(call: Call) -> object:
    """Who has signed in, in OpenID Connect's words."""
    account = await accounts.get(call.network, call.person.account_id)
    return {
        "iss": f"{call.network.settings.origin}/",
        "sub": account.uri,
        "name": account.display_name,
        "preferred_username": account.username,
        "profile": account.url,
        "picture": account_entity(call.network, account).avatar,
    }


@endpoint("GET", "/.well-known/oauth-authorization-server", access="public")
async def metadata(call: Call) -> object:
    """RFC 8414."""
    origin = call.network.settings.origin
    return {
        "issuer": f"{origin}/",
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/token",
        "app_registration_endpoint": f"{origin}/api/v1/apps",
        "revocation_endpoint": f"{origin}/oauth/revoke",
        "userinfo_endpoint": f"{origin}/oauth/userinfo",
        "scopes_supported": list(scopes.SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }


async def _client(call: Call) -> App:
    """The app, which shows its secret in the header or in the body; raises OAuthError."""
    client_id, secret = call.params.text("client_id"), call.params.text("client_secret")
    kind, _, encoded = call.request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            pair = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            pair = ""
        # Both halves are form-encoded (RFC 6749, 2.3.1).
        client_id, _, secret = (unquote_plus(part) for part in pair.partition(":"))
    return await oauth.authenticate_client(call.network, client_id, secret)


def _refusal(error: oauth.OAuthError) -> Reply:
    body = {"error": error.code, "error_description": str(error)}
    headers = {**_PRIVATE}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="oauth"'
    return Reply(body, error.status, headers)


HANDLERS = [token, revoke, userinfo, metadata]
