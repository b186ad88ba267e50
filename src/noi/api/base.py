"""How every endpoint is declared: who may call it, what it is handed, how it answers.

Tokens come from the header or the `access_token` parameter; cookies are never looked at.
"""

import errno
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from litestar import Request, Response
from litestar.enums import HttpMethod
from litestar.exceptions import ClientException, HTTPException
from litestar.handlers import HTTPRouteHandler

from noi.api import multipart
from noi.api.entities.dates import timestamp
from noi.api.params import Params, nest, parse_id, parse_json, parse_query
from noi.auth import limits
from noi.auth import scopes as known_scopes
from noi.db.database import Duplicate
from noi.models.accounts import Viewer
from noi.models.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    InvalidFields,
    NoiError,
    NotFound,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from noi.services import oauth
from noi.services.network import Network

Access = Literal["public", "app", "user"]
ApiRequest = Request[Any, Any, Any]
Endpoint = Callable[["Call"], Awaitable[object]]

_log = logging.getLogger("noi.api")
JSON = "application/json; charset=utf-8"
SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
_SMALL_BODY = 2 * 1024 * 1024


class Reply(msgspec.Struct):
    """An answer with more to say than its body; `bytes` are JSON already."""

    body: object
    status: int = 200
    headers: Mapping[str, str] = {}


class Call:
    """One request: who asks (`viewer`, None for apps and strangers), with which parameters."""

    __slots__ = ("app_id", "fields", "network", "params", "request", "scopes", "token_id", "viewer")

    def __init__(self, network: Network, request: ApiRequest, params: Params) -> None:
        self.network = network
        self.request = request
        self.params = params
        self.viewer: Viewer | None = None
        self.app_id: int | None = None
        self.token_id: int | None = None
        self.scopes: frozenset[str] = frozenset()
        self.fields: list[multipart.Field] = []

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

    @property
    def address(self) -> str:
        """The caller's IP address, as trusted proxies tell it."""
        client = self.request.client
        return client.host if client else ""

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
    unfinished: bool = False,
    body_limit: int = _SMALL_BODY,
) -> Callable[[Endpoint], HTTPRouteHandler]:
    """Declare an endpoint. `scope` is what a token needs; with `access="public"` no token is.

    `unfinished` ones may be called by people who have yet to confirm their address. What the
    function returns is encoded as JSON, unless it is a `Reply`. Nothing of a body larger than usual
    is read before its sender is known.
    """
    asked = Asked(path, scope, access, unfinished, large=body_limit > _SMALL_BODY)
    methods = [HttpMethod(name) for name in ([method] if isinstance(method, str) else method)]
    methods += [HttpMethod.HEAD] if HttpMethod.GET in methods else []

    def declare(function: Endpoint) -> HTTPRouteHandler:
        async def handle(request: ApiRequest) -> Response[bytes]:
            try:
                call, headers = await received(request.app.state.network, request, asked)
            except Exception as error:
                return failure(error)
            try:
                response = _response(encoded(await function(call)))
            except Exception as error:
                response = failure(error)
            finally:
                await multipart.close_files(call.fields)
            response.headers.update(headers)
            return response

        handle.__name__ = function.__name__
        handle.__doc__ = function.__doc__
        return HTTPRouteHandler(
            path,
            http_method=methods,
            status_code=200,
            media_type=JSON,
            include_in_schema=False,
            request_max_body_size=body_limit,
        )(handle)

    return declare


class Asked(NamedTuple):
    """What an endpoint asks of a request; `large` bodies need a token that comes before them."""

    path: str
    scope: str
    access: Access
    unfinished: bool = False
    large: bool = False


async def received(
    network: Network, request: ApiRequest, asked: Asked
) -> tuple[Call, dict[str, str]]:
    """A request that may be answered, and the headers that its answer must have."""
    raw = request.scope["headers"]
    params = Params(parse_query(request.scope["query_string"].decode("latin-1")))
    call = Call(network, request, params)
    token = bearer(header(raw, b"authorization")) or params.text("access_token")
    reads = request.method in {"GET", "HEAD"}
    early = reads or asked.large or bool(token)
    headers = await _admitted(call, asked, token) if early else {}
    # Mastodon takes parameters from the bodies of GET requests too, and apps send them.
    if not reads or header(raw, b"content-type") is not None:
        params.merge(await _body(call))
    if not early:
        try:
            headers = await _admitted(call, asked, params.text("access_token"))
        except Exception:
            await multipart.close_files(call.fields)
            raise
    return call, headers


async def _admitted(call: Call, asked: Asked, token: str) -> dict[str, str]:
    """Find out who calls, count it, and see whether they may."""
    grant = None
    if token:
        grant = await oauth.authenticate(call.network, token, unfinished=asked.unfinished)
    if grant is not None:
        call.app_id, call.token_id = grant.app_id, grant.token_id
        call.scopes, call.viewer = grant.scopes, grant.viewer
    headers = limit_headers(call, asked.path)
    _check_access(call, bool(token), asked.scope, asked.access)
    return headers


def _check_access(call: Call, has_token: bool, scope: str, access: Access) -> None:
    if call.token_id is None:
        if has_token:
            raise Unauthorized("The access token is invalid")
        if access != "public":
            raise Unauthorized("This method requires an authenticated user")
        return
    if access == "user" and call.viewer is None:
        raise Invalid("This method requires an authenticated user")
    if scope and not known_scopes.allows(call.scopes, scope):
        raise Forbidden("This action is outside the authorized scopes")


def limit_headers(call: Call, path: str) -> dict[str, str]:
    """Count a request against its limits; the headers say how the nearest one stands.

    Raises RateLimited, with the same headers.
    """
    standing = limits.hit(call.network.settings, _counts(call, path))
    if standing is None:
        return {}
    reset = timestamp(standing.reset).replace("Z", "000Z")
    headers = {
        "X-RateLimit-Limit": str(standing.limit),
        "X-RateLimit-Remaining": str(standing.remaining),
        "X-RateLimit-Reset": reset,
    }
    if not standing.allowed:
        raise _Limited(headers)
    return headers


class _Limited(RateLimited):
    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("Too many requests, please try again later")
        self.headers = headers


def _counts(call: Call, path: str) -> list[tuple[limits.Limit, int | str]]:
    """What a request counts against: https://docs.joinmastodon.org/api/rate-limits/"""
    viewer, token_id = call.viewer, call.token_id
    subject = viewer.account_id if viewer else token_id
    if subject is None or token_id is None:
        subject = limits.address_subject(call.address)
        counts: list[tuple[limits.Limit, int | str]] = [(limits.PER_ADDRESS, subject)]
    elif viewer is None:
        counts = [(limits.PER_TOKEN, token_id)]
    else:
        counts = [(limits.PER_TOKEN, token_id), (limits.PER_ACCOUNT, subject)]
    if extra := _STRICTER.get((call.request.method, path)):
        counts.append((extra, subject))
    if not _PAGING.isdisjoint(call.params.names()):
        counts.append((limits.PAGING, subject))
    return counts


_PAGING = frozenset({"max_id", "min_id", "since_id", "offset", "page"})
_STRICTER = {
    ("POST", "/api/v1/statuses"): limits.STATUSES,
    ("POST", "/api/v1/statuses/{id:str}/reblog"): limits.STATUSES,
    ("DELETE", "/api/v1/statuses/{id:str}"): limits.DELETES,
    ("POST", "/api/v1/statuses/{id:str}/unreblog"): limits.DELETES,
    ("POST", "/api/v1/media"): limits.MEDIA,
    ("POST", "/api/v2/media"): limits.MEDIA,
    ("POST", "/api/v1/accounts/{id:str}/follow"): limits.FOLLOWS,
    ("POST", "/api/v1/reports"): limits.REPORTS,
}


async def _body(call: Call) -> dict[str, Any]:
    request = call.request
    content_type = header(request.scope["headers"], b"content-type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json":
        return parse_json(await request.body())
    if kind == "application/x-www-form-urlencoded":
        return parse_query((await request.body()).decode(errors="replace"))
    if kind == "multipart/form-data":
        boundary = request.content_type[1].get("boundary", "")
        if not boundary:
            raise BadRequest("The form's data cannot be read")
        call.fields = await multipart.read_fields(request.stream(), boundary)
        return nest(call.fields)
    return {}


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """The first value of a header, by its name in lower case."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None


def bearer(authorization: str | None) -> str:
    """The token of an `Authorization: Bearer …` header, else an empty string."""
    kind, _, token = (authorization or "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


class Encoded(NamedTuple):
    """An answer, ready to send but for the headers that all have."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def encoded(result: object) -> Encoded:
    """Encode what an endpoint returned."""
    if not isinstance(result, Reply):
        result = Reply(result)
    body = result.body if isinstance(result.body, bytes) else msgspec.json.encode(result.body)
    return Encoded(result.status, result.headers, body)


def encoded_failure(error: Exception) -> Encoded:
    """Encode an exception in the API's shape."""
    status, body = _described(error)
    headers = error.headers if isinstance(error, _Limited) else {}
    return Encoded(status, headers, msgspec.json.encode(body))


def _response(answer: Encoded) -> Response[bytes]:
    status, headers, body = answer
    return Response(body, status_code=status, headers={**SAFE, **headers}, media_type=JSON)


def failure(error: Exception) -> Response[bytes]:
    """Answer an exception in the API's shape, with details where a field is at fault.

    See https://docs.joinmastodon.org/entities/Error/
    """
    return _response(encoded_failure(error))


def _details(errors: list[Invalid]) -> dict[str, object]:
    details: dict[str, list[dict[str, str]]] = {}
    for error in errors:
        line = {"error": error.code, "description": str(error)}
        details.setdefault(error.field, []).append(line)
    message = ", ".join(str(error) for error in errors)
    return {"error": f"Validation failed: {message}", "details": details}


def _described(error: Exception) -> tuple[int, dict[str, object]]:
    match error:
        case InvalidFields(errors=errors):
            return error.status, _details(errors)
        case Invalid(field=field) if field:
            return error.status, _details([error])
        case NoiError():
            if error.status >= 500:
                _log.warning("the API answers %s: %s", error.status, error, exc_info=error)
            return error.status, {"error": str(error)}
        case Duplicate():
            return Conflict.status, {"error": "This was done at the same time by another request"}
        case ClientException() | HTTPException(status_code=400 | 404 | 405 | 413 | 415):
            return error.status_code, {"error": error.detail}
        case HTTPException(detail="client disconnected prematurely"):
            return 400, {"error": "The request was not sent to its end"}
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            _log.error("the disk is full", exc_info=error)
            return Unavailable.status, {"error": "The disk of this server is full"}
        case _:
            _log.error("an endpoint failed", exc_info=error)
            return 500, {"error": "Something went wrong on our side"}
