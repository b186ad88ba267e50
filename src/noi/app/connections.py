"""Connections of clients that never finish: they are closed, and cost little until then.

The server by itself waits for ever, and keeps as many headers as it is sent. It also sends the head
of an answer by itself; here it goes together with what follows.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0
"""For the whole head of a request."""
BODY_SECONDS = 60.0
"""Between two pieces of a body."""
HEAD_BYTES = 64 * 1024


class _Joining(asyncio.Transport):
    """A transport that sends two writes of the same moment, such as a head and its body, as one.

    A head that is sent by itself takes as long as a third of a timeline does to make.
    """

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._held:
            held, self._held = self._held, b""
            self._transport.writelines((held, data))
        else:
            self._held = bytes(data)
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what waits: nothing came with it."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self.flush()
        self._transport.close()


class Connection(HttpToolsProtocol):
    """The server's own, with limits. Requests that come in one piece set no timer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._joining = _Joining(transport, self.loop)
        self._in_head = self._in_body = False
        self._head_bytes = 0
        self._timer: asyncio.TimerHandle | None = self._later(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body = False, True
        super().on_headers_complete()
        if self.cycle:  # none for a WebSocket
            self.cycle.transport = self._joining

    def on_message_complete(self) -> None:
        self._in_body = False
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse()
            elif self._timer is None:
                self._timer = self._later(HEAD_SECONDS)
            return
        self._head_bytes = 0
        self._cancel()
        if self._in_body:
            self._timer = self._later(BODY_SECONDS)

    def shutdown(self) -> None:
        self._joining.flush()
        super().shutdown()

    def _later(self, seconds: float) -> asyncio.TimerHandle:
        return self.loop.call_later(seconds, self._too_slow)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        if not self._in_head and self.flow.read_paused:
            # The client waits for us: what it has sent is yet to be read.
            self._timer = self._later(BODY_SECONDS)
        else:
            self.transport.close()

    def _refuse(self) -> None:
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
            b"content-length: 0\r\nconnection: close\r\n\r\n"
        )
        self.transport.close()
