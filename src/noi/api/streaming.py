"""Streaming: https://docs.joinmastodon.org/methods/streaming/

Plain ASGI, for a thousand streams are to be open at once. Every stream needs the token of a
person, as in Mastodon.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import msgspec

from noi.api.base import bearer
from noi.api.cors import Asgi, Receive, Scope, Send
from noi.api.params import Params, parse_query
from noi.api.streaming_channels import Channel, channel, identify, topic_of
from noi.api.streaming_events import Door, door_of
from noi.api.streaming_sessions import Session
from noi.auth.limits import address_subject
from noi.models.errors import BadRequest, NoiError, NotFound
from noi.services.network import Network

_Headers = list[tuple[bytes, bytes]]

_ROOT = "/api/v1/streaming"
_PATHS = {
    "/user": "user",
    "/user/notification": "user:notification",
    "/public": "public",
    "/public/local": "public:local",
    "/public/remote": "public:remote",
    "/hashtag": "hashtag",
    "/hashtag/local": "hashtag:local",
    "/list": "list",
    "/direct": "direct",
}
_LONGEST_MESSAGE = 4096
_JSON: _Headers = [
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"no-store"),
]
_EVENT_STREAM: _Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
]
_GREETING = b":)\n\n"


class _Message(msgspec.Struct):
    """What a socket asks for."""

    type: str
    stream: str = ""
    tag: str | None = ""
    list: str | int | None = ""


_decoder = msgspec.json.Decoder(_Message)


def with_streaming(app: Asgi, network: Network) -> Asgi:
    """Serve event streams and sockets, and leave everything else to `app`.

    Not a handler of Litestar, whose layers would stay in memory with every open stream.
    """

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope.get("path", "").startswith(_ROOT):
            await app(scope, receive, send)
            return
        socket = scope["type"] == "websocket"
        try:
            await _serve(network, scope, receive, send)
        except NoiError as error:
            body = msgspec.json.encode({"error": str(error)})
            await _answer(send, error.status, _JSON, body, socket=socket)

    return handle


async def _serve(network: Network, scope: Scope, receive: Receive, send: Send) -> None:
    path = scope["path"].rstrip("/").removeprefix(_ROOT)
    if scope["type"] == "websocket" and not path:
        await _serve_socket(network, scope, receive, send)
    elif scope["type"] == "http" and scope["method"] == "GET" and path in _PATHS:
        await _serve_events(network, scope, _PATHS[path], receive, send)
    elif scope["type"] == "http" and path == "/health":
        await _answer(send, 200, [(b"content-type", b"text/plain")], b"OK")
    else:
        raise NotFound


async def _serve_events(
    network: Network, scope: Scope, name: str, receive: Receive, send: Send
) -> None:
    params = _params(scope)
    if name.startswith("public") and params.flag("only_media"):
        name += ":media"
    door, session, _ = await _admitted(network, scope, params, socket=False)
    try:
        await _subscribe(door, session, _channel(name, params))
        await session.refresh(door.network)  # it may have been revoked while nobody was told
        await send({"type": "http.response.start", "status": 200, "headers": _EVENT_STREAM})
        session.outbox.put(_GREETING)

        async def write(frames: list[bytes]) -> None:
            # Of a hundred posts that come together each would be sent by itself.
            await send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})

        await _converse(session, _hear_end(session, receive), write)
    finally:
        door.leave(session)
    if not session.outbox.overrun:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _serve_socket(network: Network, scope: Scope, receive: Receive, send: Send) -> None:
    params = _params(scope)
    door, session, subprotocol = await _admitted(network, scope, params, socket=True)
    try:
        if name := params.text("stream"):
            await _subscribe(door, session, _channel(name, params))
        await session.refresh(door.network)
        await send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": []})

        async def write(frames: list[bytes]) -> None:
            for frame in frames:
                await send({"type": "websocket.send", "text": frame.decode(), "bytes": None})

        await _converse(session, _hear_messages(door, session, receive), write)
        if not session.gone and not session.outbox.overrun:
            await send({"type": "websocket.close", "code": 1000, "reason": None})
    finally:
        door.leave(session)


async def _admitted(
    network: Network, scope: Scope, params: Params, *, socket: bool
) -> tuple[Door, Session, str | None]:
    """Whoever may open a stream, counted in; with the subprotocol that carried the token."""
    headers = dict(scope["headers"])
    subprotocol = next(iter(scope.get("subprotocols") or ()), None)
    token = (
        bearer(headers.get(b"authorization", b"").decode("latin-1"))
        or params.text("access_token")
        or subprotocol
        or ""
    )
    grant, viewer = await identify(network, token)
    client = scope.get("client")
    address = address_subject(client[0]) if client else ""
    door = door_of(network)
    session = Session(grant, viewer, token, address, socket=socket)
    door.enter(session)
    return door, session, subprotocol


async def _converse(
    session: Session,
    hear: Coroutine[Any, Any, None],
    write: Callable[[list[bytes]], Awaitable[None]],
) -> None:
    hearing = asyncio.create_task(hear)
    hearing.add_done_callback(lambda _: session.close())
    try:
        with suppress(OSError):  # the reader has gone
            await session.outbox.empty_into(write)
    finally:
        hearing.cancel()


async def _hear_end(session: Session, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    session.gone = True


async def _hear_messages(door: Door, session: Session, receive: Receive) -> None:
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] != "websocket.receive":
            continue
        data = message.get("text") or message.get("bytes") or b""
        try:
            await _obey(door, session, _read(data))
        except NoiError as error:
            frame = {"error": str(error), "status": error.status}
            session.outbox.put(msgspec.json.encode(frame))
    session.gone = True


def _read(data: str | bytes) -> _Message:
    if len(data) > _LONGEST_MESSAGE:
        raise BadRequest("The message is too long")
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError:
        raise BadRequest("The message cannot be read") from None


async def _obey(door: Door, session: Session, message: _Message) -> None:
    params = Params({"tag": message.tag or "", "list": str(message.list or "")})
    asked = _channel(message.stream, params)
    if message.type == "subscribe":
        await _subscribe(door, session, asked)
    elif message.type == "unsubscribe":
        door.sessions.unsubscribe(session, asked)
    else:
        raise BadRequest("Unknown message type")


async def _subscribe(door: Door, session: Session, asked: Channel) -> None:
    topic = await topic_of(door.network, session.viewer, session.scopes, asked)
    door.sessions.subscribe(session, asked, topic)


def _params(scope: Scope) -> Params:
    return Params(parse_query(scope["query_string"].decode("latin-1")))


def _channel(name: str, params: Params) -> Channel:
    return channel(name, tag=params.text("tag"), list_id=params.text("list"))


async def _answer(
    send: Send, status: int, headers: _Headers, body: bytes, *, socket: bool = False
) -> None:
    kind = "websocket.http.response" if socket else "http.response"
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body, "more_body": False})
