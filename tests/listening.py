"""Clients of streaming for tests: event streams and sockets that wait for one event at a time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from testrig import Rig

SECONDS = 30


class Heard(msgspec.Struct):
    """An event as it came; `payload` is decoded where it is JSON."""

    event: str
    payload: Any
    stream: list[str] = []


class EventStream:
    """An open event stream."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self) -> Heard:
        """The next event, heartbeats and comments aside; raises TimeoutError, EOFError."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(SECONDS):
            while True:
                line = (await self.response.content.readline()).decode()
                if not line:
                    raise EOFError
                if line == "\n" and "event" in fields:
                    return Heard(fields["event"], _decoded(fields["data"]))
                name, colon, value = line.rstrip("\n").partition(": ")
                if name and colon:
                    fields[name] = f"{fields[name]}\n{value}" if name in fields else value


class Socket:
    """An open WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def ask(self, **message: object) -> None:
        """Send a message, as `ask(type="subscribe", stream="user")`."""
        await self.socket.send_json(message)

    async def frame(self) -> dict[str, Any]:
        """The next frame; raises TimeoutError, EOFError."""
        message = await self.socket.receive(timeout=SECONDS)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise EOFError(message)
        return msgspec.json.decode(message.data, type=dict[str, Any])

    async def next(self) -> Heard:
        """The next event; raises TimeoutError, EOFError."""
        frame = await self.frame()
        return Heard(frame["event"], _decoded(frame.get("payload", "")), frame["stream"])


Stream = EventStream | Socket


@asynccontextmanager
async def event_stream(rig: Rig, token: str, path: str) -> AsyncGenerator[EventStream]:
    """Listen at `/api/v1/streaming/{path}`; entered once the stream is open."""
    async with rig.client(token) as client, client.get(f"/api/v1/streaming/{path}") as response:
        assert response.status == 200, await response.text()
        assert await response.content.readline() == b":)\n"
        yield EventStream(response)


@asynccontextmanager
async def socket(rig: Rig, token: str, *streams: str) -> AsyncGenerator[Socket]:
    """A socket that has subscribed to some streams."""
    async with rig.client(token) as client, client.ws_connect("/api/v1/streaming") as opened:
        listening = Socket(opened)
        for stream in streams:
            await listening.ask(type="subscribe", stream=stream)
        # Messages are obeyed in order, so the answer to a bad one says that the others are done.
        await listening.ask(type="hello", stream="public")
        assert "error" in await listening.frame()
        yield listening


def _decoded(payload: str) -> Any:
    try:
        return msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return payload
