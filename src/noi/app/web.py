"""The web application: the doors, what surrounds them, and the server that carries them."""

import asyncio
import importlib
import pkgutil
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from litestar import Litestar, Request, Response, get, route
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.exceptions import NotFoundException

import noi.api
import noi.federation
import noi.web
from noi.api.base import failure as api_failure
from noi.api.cors import OPEN_PATHS, with_cors
from noi.api.hot_paths import with_hot_paths
from noi.api.streaming import with_streaming
from noi.app import live, metrics
from noi.app.composition import on_terminate, open_network, processes_folder
from noi.app.connections import Connection
from noi.app.requests import App, Receive, Scope, Send, surrounded
from noi.config import Settings
from noi.federation.inbox import with_inboxes
from noi.federation.negotiation import with_documents
from noi.jobs.presence import present
from noi.models.errors import Unavailable
from noi.pages.base import failure as page_failure
from noi.pages.base import with_headers
from noi.services.network import Network

_READ = [HttpMethod.GET, HttpMethod.HEAD]

_DRAIN_SECONDS = 8
_LONGEST_SOCKET_MESSAGE = 64 * 1024


def collect(door: Any) -> list[Any]:
    """The `HANDLERS` of every module of a door, imported here: once, before forking."""
    handlers: list[Any] = []
    for module in pkgutil.iter_modules(door.__path__, f"{door.__name__}."):
        handlers += getattr(importlib.import_module(module.name), "HANDLERS", [])
    return handlers


_HANDLERS = [*collect(noi.api), *collect(noi.federation), *collect(noi.web)]


class Server(uvicorn.Server):
    """uvicorn without signal handlers: whoever runs it decides when it ends."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def make_doors(handlers: Sequence[Any] = _HANDLERS) -> Litestar:
    """All doors, still without a network: `noi serve` makes them once, before it forks."""
    return Litestar(
        route_handlers=[alive, ready, numbers, *handlers],
        exception_handlers={Exception: _not_handled},
        openapi_config=None,
        logging_config=None,
    )


def build(network: Network, doors: Litestar) -> App:
    """The ASGI application of one network, which these doors then lead to."""
    doors.state["network"] = network
    inner: Any = doors
    settings = network.settings
    inner = with_hot_paths(with_documents(inner), network)
    opened = with_inboxes(with_cors(with_streaming(inner, network)), network)
    meters = metrics.open_meters(settings)
    return surrounded(opened, network.ids, access_log=settings.access_log, meters=meters)


def _not_handled(request: Any, error: Exception) -> Any:
    """What goes wrong before a door's own function runs, such as an unknown path."""
    if request.scope["path"].startswith(OPEN_PATHS):
        return api_failure(error)
    return _ErrorPage(request, error)


class _ErrorPage:
    """A page made when it is sent: Litestar's handlers of exceptions cannot wait for one."""

    def __init__(self, request: Any, error: Exception) -> None:
        self._request = request
        self._error = error

    def to_asgi_response(self, **_options: object) -> App:
        return self._send

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        network: Network = self._request.app.state.network
        page = await page_failure(network, self._request, None, self._error)
        answer: Any = with_headers(network, None, page)
        response = answer.to_asgi_response(app=None, request=self._request)
        await response(scope, receive, send)


def _socket_protocol(**options: Any) -> Any:
    """What speaks WebSocket, imported with the first of them: no other request waits for it."""
    from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

    return WSProtocol(**options)


def server(app: App, settings: Settings) -> Server:
    """A server for `app`; `serve(sockets=[…])` runs it until `should_exit`."""
    config = uvicorn.Config(
        app,
        http=Connection,
        ws=cast("Any", _socket_protocol),
        ws_per_message_deflate=False,
        ws_max_size=_LONGEST_SOCKET_MESSAGE,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    return Server(config)


Build = Callable[[Network, Litestar], App]


async def serve_web(
    settings: Settings, listener: socket.socket, doors: Litestar, build: Build, *, hub: bool = False
) -> None:
    """Answer requests until SIGTERM, then end what is under way."""
    with present(processes_folder(settings)) as name:
        meters = metrics.open_meters(settings)
        async with open_network(settings, name, meters, hub=hub) as network:
            running = server(build(network, doors), settings)

            def stop() -> None:
                running.should_exit = True
                network.bus.close()  # open streams would hold the end up

            on_terminate(stop)
            with live.following(network):
                await running.serve(sockets=[listener])


@route("/health/live", http_method=_READ, media_type="text/plain", include_in_schema=False)
async def alive() -> str:
    """Whether this process answers."""
    return "ok\n"


@route("/health/ready", http_method=_READ, media_type="text/plain", include_in_schema=False)
async def ready(state: State) -> Response[str]:
    """Whether the database answers too."""
    network: Network = state["network"]
    try:
        async with asyncio.timeout(3):
            await network.db.fetch_value("SELECT 1")
    except (Unavailable, TimeoutError):
        return Response("the database is away\n", status_code=503)
    return Response("ok\n")


@get("/metrics", include_in_schema=False)
async def numbers(request: Request[Any, Any, State]) -> Response[bytes]:
    """The numbers of this machine for Prometheus, if they are kept; never for the public."""
    network: Network = request.app.state.network
    meters = metrics.open_meters(network.settings)
    asking = request.client.host if request.client else ""
    if meters is None or not metrics.may_read(network.settings, asking):
        raise NotFoundException
    text = await meters.exposition(network.db)
    return Response(text, headers={"content-type": "text/plain; version=0.0.4; charset=utf-8"})
