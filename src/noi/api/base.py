"""How every endpoint is declared: who may call it, what it is handed, how it answers.

Tokens come from the header or the `access_token` parameter; cookies are never looked at.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.exceptions import ClientException, HTTPException
from litestar.handlers import HTTPRouteHandler

from noi.api.params import Params, nest, parse_id, parse_json, parse_query
from noi.auth import scopes as known_scopes
from noi.db.database import Duplicate
from noi.models.accounts import Viewer
from noi.models.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NoiError,
    NotFound,
    Unauthorized,
)
from noi.services import oauth
from noi.services.network import Network

Access = Literal["public", "app", "user"]
ApiRequest = Request[Any, Any, Any]
Endpoint = Callable[["Call"], Awaitable[object]]

_log = logging.getLogger("noi.api")
_JSON = "application/json; charset=utf-8"


class Reply(msgspec.Struct):
    """An answer with more to say than its body; `bytes` are JSON already."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = {}


class Call:
    """One request: who asks (`viewer`, None for apps and strangers), with which parameters."""

    __slots__ = ("app_id", "network", "params", "request", "scopes", "viewer")

    def __init__(self, network: Network, request: ApiRequest, params: Params) -> None:
        self.network = network
        self.request = request
        self.params = params
        self.viewer: Viewer | None = None
        self.app_id: int | None = None
        self.scopes: frozenset[str] = frozenset()

    @property
    def person(self) -> Viewer:
        """The signed-in person; raises as Mastodon does where there is none."""
        if self.viewer is None:
            raise Invalid("This method requires an authenticated user")
        return self.viewer

    @property
    def viewer_id(self) -> int:
        """The reader's account id, 0 for someone not signed in."""
        return self.viewer.account_id if self.viewer else 0

    def path_id(self, name: str = "id") -> int:
        """An id from the path; raises NotFound for what cannot be one."""
        id_ = parse_id(self.request.path_params[name])
        if not id_:
            raise NotFound
        return id_


def endpoint(
    method: str | Sequence[str],
    path: str,
    *,
    scope: str = "",
    access: Access = "user",
    body_limit: int = 2 * 1024 * 1024,
) -> Callable[[Endpoint], HTTPRouteHandler]:
    """Declare an endpoint. `scope` is what a token needs; with `access="public"` no token is.

    What the function returns is encoded as JSON, unless it is a `Reply`.
    """
    methods = [HttpMethod(name) for name in ([method] if isinstance(method, str) else method)]

    def declare(function: Endpoint) -> HTTPRouteHandler:
        async def handle(request: ApiRequest) -> Response[bytes]:
            try:
                call = await _received(request, scope, access)
                return _answer(await function(call))
            except Exception as error:
                return failure(error)

        handle.__name__ = function.__name__
        handle.__doc__ = function.__doc__
        return HTTPRouteHandler(
            path,
            http_method=methods,
            status_code=200,
            media_type=_JSON,
            include_in_schema=False,
            request_max_body_size=body_limit,
        )(handle)

    return declare


async def _received(request: ApiRequest, scope: str, access: Access) -> Call:
    network: Network = request.app.state.network
    params = Params(parse_query(request.scope["query_string"].decode("latin-1")))
    call = Call(network, request, params)
    if request.method not in {"GET", "HEAD"}:
        params.merge(await _body(request))
    await _identify(call, scope, access)
    return call


async def _identify(call: Call, scope: str, access: Access) -> None:
    token = bearer(call.request.headers.get("authorization")) or call.params.text("access_token")
    if not token:
        if access != "public":
            raise Unauthorized("This method requires an authenticated user")
        return
    grant = await oauth.authenticate(call.network, token)
    if grant is None:
        raise Unauthorized("The access token is invalid")
    call.app_id, call.scopes, call.viewer = grant.app_id, grant.scopes, grant.viewer
    if access == "user" and grant.viewer is None:
        raise Invalid("This method requires an authenticated user")
    if scope and not known_scopes.allows(grant.scopes, scope):
        raise Forbidden("This action is outside the authorized scopes")


async def _body(request: ApiRequest) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        return parse_json(await request.body())
    if kind == "application/x-www-form-urlencoded":
        return parse_query((await request.body()).decode(errors="replace"))
    if kind == "multipart/form-data":
        return nest((await request.form()).multi_items())
    return {}


def bearer(header: str | None) -> str:
    """The token of an `Authorization: Bearer …` header, else an empty string."""
    kind, _, token = (header or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _answer(result: object) -> Response[bytes]:
    if not isinstance(result, Reply):
        result = Reply(result)
    body = result.body if isinstance(result.body, bytes) else msgspec.json.encode(result.body)
    return Response(body, status_code=result.status, headers=result.headers, media_type=_JSON)


def failure(error: Exception) -> Response[bytes]:
    """Answer an exception in the API's shape, with details where a field is at fault.

    See https://docs.joinmastodon.org/entities/Error/
    """
    status, body = _described(error)
    return Response(msgspec.json.encode(body), status_code=status, media_type=_JSON)


def _described(error: Exception) -> tuple[int, dict[str, object]]:
    match error:
        case Invalid(field=field, code=code) if field:
            details = {field: [{"error": code, "description": str(error)}]}
            return error.status, {"error": f"Validation failed: {error}", "details": details}
        case NoiError():
            if error.status >= 500:
                _log.warning("the API answers %s: %s", error.status, error, exc_info=error)
            return error.status, {"error": str(error)}
        case Duplicate():
            return Conflict.status, {"error": "This was done at the same time by another request"}
        case ClientException() | HTTPException(status_code=400 | 404 | 405 | 413 | 415):
            return error.status_code, {"error": error.detail}
        case _:
            _log.error("an endpoint failed", exc_info=error)
            return 500, {"error": "Something went wrong on our side"}
