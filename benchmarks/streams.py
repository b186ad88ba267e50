"""A thousand open streams: what each takes of memory, and when an event has reached all."""

import asyncio
import base64
import os
import time
from typing import Literal, cast

import msgspec

from benchmarks import rows
from benchmarks.load import Request, fetch
from benchmarks.server import Server

MANY = 1000
_EVENTS = 5

Transport = Literal["events", "socket"]


class Measured(msgspec.Struct):
    """KiB of memory for each stream, and milliseconds from the post's answer to the last stream."""

    kib_each: float
    milliseconds: float
    server_milliseconds: float
    """Processor time of the web process for one event to all of them."""


async def measure(server: Server, transport: Transport) -> Measured:
    """Open MANY public streams of as many people, and post some statuses."""
    await _post(server, "trước")  # what is loaded with the first event counts for no stream
    before = server.memory("Rss", "web")
    watch = _Watch()
    loop = asyncio.get_running_loop()
    readers: list[_Reader] = []
    for number in range(MANY):
        reader = _Reader(_hello(rows.token(number), transport), transport, watch)
        await loop.create_connection(lambda made=reader: made, "127.0.0.1", server.port)
        readers.append(reader)
    async with asyncio.timeout(30):
        await asyncio.gather(*(reader.open.wait() for reader in readers))
    delays: list[float] = []
    used = server.cpu("web")
    for number in range(_EVENTS):
        marker = f"dấu{os.getpid()}x{number}x"
        watch.expect(marker.encode())
        began = await _post(server, marker)
        async with asyncio.timeout(30):
            await watch.all_heard.wait()
        delays.append((watch.last - began) * 1000)
    used = server.cpu("web") - used
    after = server.memory("Rss", "web")
    for reader in readers:
        reader.close()
    return Measured((after - before) / MANY, sorted(delays)[_EVENTS // 2], used * 1000 / _EVENTS)


async def _post(server: Server, text: str) -> float:
    body = msgspec.json.encode({"status": text, "visibility": "public"})
    answer = await fetch(server.port, Request("/api/v1/statuses", token=rows.token(0), body=body))
    assert answer[0] == 200, answer
    return time.perf_counter()


class _Watch:
    """When the event that is waited for has reached every stream."""

    def __init__(self) -> None:
        self.all_heard = asyncio.Event()
        self.marker = b""
        self.left = 0
        self.last = 0.0

    def expect(self, marker: bytes) -> None:
        self.marker, self.left = marker, MANY
        self.all_heard.clear()

    def heard(self) -> None:
        self.left -= 1
        if not self.left:
            self.last = time.perf_counter()
            self.all_heard.set()


class _Reader(asyncio.Protocol):
    def __init__(self, hello: bytes, transport: Transport, watch: _Watch) -> None:
        self.open = asyncio.Event()
        self._hello = hello
        self._greeting = b":)" if transport == "events" else b"101 Switching"
        self._watch = watch
        self._heard = b""
        self._tail = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no common class.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        text = self._tail + data
        self._tail = text[-64:]
        if self._greeting in text:
            self.open.set()
        marker = self._watch.marker
        if marker and marker != self._heard and marker in text:
            self._heard = marker
            self._watch.heard()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _hello(token: str, transport: Transport) -> bytes:
    if transport == "events":
        return Request("/api/v1/streaming/public", token=token).encode()
    lines = [
        f"GET /api/v1/streaming?stream=public&access_token={token} HTTP/1.1",
        "Host: localhost:8000",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()
