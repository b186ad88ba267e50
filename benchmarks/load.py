"""A small HTTP client that costs little itself: kept-alive connections, answers only counted."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from typing import Protocol, cast

import msgspec

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Request(msgspec.Struct, frozen=True):
    """A request; with a `body` it is a POST of JSON."""

    path: str
    token: str = ""
    cookie: str = ""
    body: bytes = b""

    def encode(self) -> bytes:
        head = [f"{'POST' if self.body else 'GET'} {self.path} HTTP/1.1", "Host: localhost:8000"]
        if self.token:
            head.append(f"Authorization: Bearer {self.token}")
        if self.cookie:
            head.append(f"Cookie: {self.cookie}")
        if self.body:
            head += ["Content-Type: application/json", f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*head, "", ""]).encode() + self.body


class Encoded(Protocol):
    """What can be sent."""

    def encode(self) -> bytes: ...


class Load(msgspec.Struct):
    """What a load came to; `bytes` are of all answers."""

    answers: int
    seconds: float
    bytes: int


async def fetch(port: int, request: Encoded) -> tuple[int, bytes]:
    """One request on a connection of its own: the status and the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        return int(head[9:12]), body
    except asyncio.IncompleteReadError as error:
        raise ConnectionError from error
    finally:
        writer.close()


async def load(port: int, requests: Sequence[Encoded], *, connections: int = 8) -> Load:
    """Send requests, some at a time; raises RuntimeError for an answer that is no success."""
    loop = asyncio.get_running_loop()
    pending = iter([request.encode() for request in requests])
    counts = _Counts()
    began = time.perf_counter()
    opened: list[_Connection] = []
    for _ in range(min(connections, len(requests))):
        protocol = _Connection(pending, counts, loop.create_future())
        await loop.create_connection(lambda made=protocol: made, "127.0.0.1", port)
        opened.append(protocol)
    try:
        await asyncio.gather(*(protocol.done for protocol in opened))
    finally:
        for protocol in opened:
            protocol.close()
    return Load(counts.answers, time.perf_counter() - began, counts.bytes)


class _Counts:
    answers = 0
    bytes = 0


class _Connection(asyncio.Protocol):
    def __init__(
        self, pending: Iterator[bytes], counts: _Counts, done: asyncio.Future[None]
    ) -> None:
        self.done = done
        self._pending = pending
        self._counts = counts
        self._head = b""
        self._missing = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no common class.
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._counts.bytes += len(data)
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._head)
            empty = self._head[9:12] == b"204"
            if self._head[9:10] != b"2" or not (length or empty):
                self._fail(RuntimeError(self._head[:2000].decode(errors="replace")))
                return
            self._missing = int(length[1] if length else 0) - (len(self._head) - end - 4)
            self._head = b""
        if self._missing == 0:
            self._counts.answers += 1
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("closed by the server"))

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)

    def _next(self) -> None:
        request = next(self._pending, None)
        if request is not None and self._transport is not None:
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)
