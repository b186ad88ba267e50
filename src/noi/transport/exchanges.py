"""A connection to another server that requests are sent over, one after the other.

`aiohttp` takes 150 µs of processor time for what is done here in a quarter of that, which counts
where a post goes to a thousand servers.
"""

import asyncio
from typing import cast

import httptools
import msgspec

MAX_HEAD_BYTES = 64 * 1024
_SWITCHING = 101


class Answer(msgspec.Struct):
    """What came back: names of headers in lower case, the body as it was sent.

    `cut` where the body is longer than was wanted, and only its beginning is here.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    cut: bool


class Broken(ConnectionError):
    """The connection ended before the answer did; `silent` where nothing of it had come."""

    def __init__(self, message: str, *, silent: bool) -> None:
        super().__init__(message)
        self.silent = silent


class Connection(asyncio.Protocol):
    """HTTP/1.1 as a client; `kept_until` (loop time) is for whoever keeps it."""

    def __init__(self) -> None:
        self.kept_until = 0.0
        self._transport: asyncio.Transport | None = None
        # Holds on to this object, until the connection is lost.
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[Answer] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._keeps = False
        self._begin(0, 0.0, 0.0)

    def _begin(self, limit: int, deadline: float, pause: float) -> None:
        self._limit, self._deadline, self._pause = limit, deadline, pause
        self._received = self._head_size = self._size = self._status = 0
        self._head_read = self._framed = False
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []

    @property
    def reusable(self) -> bool:
        """Whether another request may be sent."""
        transport = self._transport
        return self._keeps and transport is not None and not transport.is_closing()

    @property
    def keep_alive(self) -> str:
        """The last answer's header of that name."""
        return next((value for name, value in self._headers if name == "keep-alive"), "")

    async def exchange(
        self, request: bytes, *, limit: int, deadline: float, pause: float
    ) -> Answer:
        """Send a request and read its answer, up to `limit` bytes of the body.

        It ends by `deadline` (loop time), and when nothing was heard for `pause` seconds. Raises
        TimeoutError, Broken, and httptools' errors for what is no HTTP.
        """
        if self._transport is None or self._transport.is_closing():
            raise Broken("closed", silent=True)
        loop = asyncio.get_running_loop()
        self._begin(limit, deadline, pause)
        self._keeps = False
        self._heard = loop.time()
        self._waiter = loop.create_future()
        self._transport.write(request)
        self._timer = loop.call_at(min(deadline, self._heard + pause), self._check_time)
        try:
            return await self._waiter
        except BaseException:
            self.close()
            raise
        finally:
            self._waiter = None
            self._timer.cancel()

    def close(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no common class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._parser is None:
            self.close()  # nobody asked
            return
        self._heard = asyncio.get_running_loop().time()
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(error)
        if not self._head_read and self._received > MAX_HEAD_BYTES:
            self._fail(_too_long())

    def connection_lost(self, exc: Exception | None) -> None:
        self._parser = None
        self._keeps = False
        if self._head_read and not self._framed and exc is None:
            self._finish()
        self._fail(Broken(str(exc or "closed by the peer"), silent=not self._received))

    def on_message_begin(self) -> None:
        """Called by the parser, as the methods below are."""
        if self._answered:  # one answer too many, which is nobody's
            self._keeps = False
            self._headers, self._body = [], []

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_size += len(name) + len(value)
        if self._head_size > MAX_HEAD_BYTES:
            self._fail(_too_long())
        lowered = name.decode("latin-1").lower()
        self._framed |= lowered in ("content-length", "transfer-encoding")
        self._headers.append((lowered, value.decode("utf-8", "replace")))

    def on_headers_complete(self) -> None:
        if self._parser is None or self._answered:
            self._keeps = False
            return
        self._status = self._parser.get_status_code()
        self._head_read = self._status >= 200
        self._keeps = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        self._body.append(body)
        if self._size > self._limit:
            self._keeps = False
            self._finish()

    def on_message_complete(self) -> None:
        if self._status >= 200:
            self._finish()
        elif self._status != _SWITCHING:
            self._headers.clear()
            self._framed = False

    @property
    def _answered(self) -> bool:
        return self._waiter is None or self._waiter.done()

    def _finish(self) -> None:
        if self._waiter is None or self._waiter.done():
            return
        transport, cut = self._transport, self._size > self._limit
        # Who answers before it has read everything leaves the rest in the way of the next request.
        self._keeps &= transport is not None and not transport.get_write_buffer_size()
        body = b"".join(self._body)[: self._limit]
        self._waiter.set_result(Answer(self._status, self._headers, body, cut))

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def _check_time(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._transport is not None and self._transport.get_write_buffer_size():
            self._heard = now  # it is still our turn
        next_check = min(self._deadline, self._heard + self._pause)
        if next_check <= now:
            self._fail(TimeoutError())
        else:
            self._timer = loop.call_at(next_check, self._check_time)


def _too_long() -> Broken:
    return Broken("the headers are too long", silent=False)
