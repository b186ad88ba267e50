"""Endpoints that are called all the time, answered before the framework sees them.

Its routing, and its handling of requests and responses, cost as much as a cached timeline. It has
these endpoints, too: what is not a plain GET of a timeline, or asks for their paths in another
spelling, is its.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from litestar import Request
from litestar.handlers import HTTPRouteHandler

from noi.api import multipart
from noi.api.base import (
    JSON,
    SAFE,
    Access,
    ApiRequest,
    Asked,
    Call,
    Encoded,
    Endpoint,
    encoded,
    encoded_failure,
    endpoint,
    header,
    received,
)
from noi.api.cors import Asgi, Receive, Scope, Send
from noi.services.network import Network

_HEADERS = [
    (b"content-type", JSON.encode()),
    *((name.lower().encode(), text.encode()) for name, text in SAFE.items()),
]


class _Hot(NamedTuple):
    asked: Asked
    function: Endpoint
    handler: HTTPRouteHandler
    """The same endpoint as the framework has it."""
    parameter: str


_posted: dict[str, _Hot] = {}
_plain: dict[str, _Hot] = {}
_with_parameter: dict[str, _Hot] = {}
"""By the path up to the parameter."""


def hot_endpoint(
    path: str, *, scope: str, access: Access = "user", method: Literal["GET", "POST"] = "GET"
) -> Callable[[Endpoint], HTTPRouteHandler]:
    """Declare an endpoint as `endpoint` does; only the end of a GET's path may be a parameter."""

    def declare(function: Endpoint) -> HTTPRouteHandler:
        handler = endpoint(method, path, scope=scope, access=access)(function)
        stem, _, name = path.partition("{")
        parameter = name.removesuffix(":str}")
        hot = _Hot(Asked(path, scope, access), function, handler, parameter)
        found = _with_parameter if parameter else _plain
        (_posted if method == "POST" else found)[stem] = hot
        return handler

    return declare


def with_hot_paths(app: Asgi, network: Network) -> Asgi:
    """Answer the hot endpoints, and leave everything else to `app`."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        hot = _find(scope)
        if hot is None:
            await app(scope, receive, send)
        else:
            await _answer(network, hot, scope, receive, send)

    return handle


def _find(scope: Scope) -> _Hot | None:
    if scope["type"] != "http":
        return None
    path: str = scope["path"]
    if scope["method"] == "POST":
        return _posted.get(path)
    if scope["method"] not in ("GET", "HEAD"):
        return None
    hot, value = _plain.get(path), ""
    if hot is None:
        stem, slash, value = path.rpartition("/")
        hot = _with_parameter.get(stem + slash) if value else None
    # Apps may send parameters in bodies of GET requests, which are not for here.
    if hot is None or header(scope["headers"], b"content-type") is not None:
        return None
    scope["path_params"] = {hot.parameter: value}
    return hot


async def _answer(network: Network, hot: _Hot, scope: Any, receive: Any, send: Send) -> None:
    scope["route_handler"], scope["path_template"] = hot.handler, hot.asked.path
    request: ApiRequest = Request(scope, receive)
    headers: dict[str, str] = {}
    try:
        call, headers = await received(network, request, hot.asked)
        status, more, body = await _done(hot.function, call)
    except Exception as error:
        status, more, body = encoded_failure(error)
    raw = [
        *_HEADERS,
        (b"content-length", b"%d" % len(body)),
        *[(name.lower().encode(), text.encode()) for name, text in headers.items()],
        *[(name.lower().encode(), text.encode()) for name, text in more.items()],
    ]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _done(function: Endpoint, call: Call) -> Encoded:
    try:
        return encoded(await function(call))
    finally:
        if call.fields:
            await multipart.close_files(call.fields)
