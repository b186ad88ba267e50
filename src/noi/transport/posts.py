"""Posting to other servers over kept connections, whose addresses are checked when they open."""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import cache

import aiohappyeyeballs
import msgspec

from noi.transport.exchanges import Answer, Broken, Connection

CONNECTIONS_PER_HOST = 6
KEPT_CONNECTIONS = 1024
KEPT_SECONDS = 30.0
_NEXT_ADDRESS_SECONDS = 0.25
_TIMEOUT = re.compile(r"\btimeout=(\d{1,4})\b")

Permit = Callable[[str, str], bool]
"""Whether the address of a socket may be connected to, for a scheme."""


class Forbidden(Exception):
    """None of the addresses of a host may be connected to."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where a request goes: the connection, and what its first line and `Host` say."""

    scheme: str
    host: str
    port: int
    authority: str
    target: str


class _Peer:
    """The connections to one server: those that wait, and room for those that are used."""

    def __init__(self) -> None:
        self.room = asyncio.Semaphore(CONNECTIONS_PER_HOST)
        self.users = 0
        self.kept: list[Connection] = []


_Key = tuple[str, str, int]


class Posts:
    """Kept connections; times are seconds: to connect, to hear something, for all together."""

    def __init__(
        self, permit: Permit, agent: str, *, connecting: float, silent: float, total: float
    ) -> None:
        self._permit = permit
        self._agent = agent
        self._connecting = connecting
        self._silent = silent
        self._total = total
        self._peers: dict[_Key, _Peer] = {}
        self._kept: dict[Connection, _Key] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    async def send(
        self, method: str, endpoint: Endpoint, headers: Mapping[str, str], body: bytes, limit: int
    ) -> Answer:
        """Send a request; the answer's body is read up to `limit` bytes.

        A kept connection that ends before anything was answered was most likely just being closed,
        so another takes its place; what is posted has an id, by which the peer would know it.
        Raises Forbidden, OSError (TimeoutError too), ValueError and httptools' errors.
        """
        request = _encoded(method, endpoint, headers, self._agent, body)
        deadline = asyncio.get_running_loop().time() + self._total
        key = endpoint.scheme, endpoint.host, endpoint.port
        peer = self._peers.setdefault(key, _Peer())
        peer.users += 1
        try:
            if peer.room.locked():
                async with asyncio.timeout_at(deadline):
                    await peer.room.acquire()
            else:
                await peer.room.acquire()
            try:
                return await self._send(key, peer, endpoint, request, limit, deadline)
            finally:
                peer.room.release()
        finally:
            peer.users -= 1
            self._forget(key, peer)

    async def close(self) -> None:
        """Close all kept connections."""
        for connection in list(self._kept):
            self._drop(connection)
        if self._sweeper is not None:
            self._sweeper.cancel()
            self._sweeper = None
        await asyncio.sleep(0)  # sockets close in the loop's next round

    async def _send(
        self,
        key: _Key,
        peer: _Peer,
        endpoint: Endpoint,
        request: bytes,
        limit: int,
        deadline: float,
    ) -> Answer:
        connection = self._take(peer)
        kept = connection is not None
        while True:
            if connection is None:
                connection = await self._connect(endpoint, deadline)
            try:
                answer = await connection.exchange(
                    request, limit=limit, deadline=deadline, pause=self._silent
                )
            except Broken as broken:
                if not kept or not broken.silent:
                    raise
                connection, kept = None, False
                continue
            self._keep(key, peer, connection)
            return answer

    def _take(self, peer: _Peer) -> Connection | None:
        now = asyncio.get_running_loop().time()
        while peer.kept:
            connection = peer.kept.pop()
            del self._kept[connection]
            if connection.reusable and connection.kept_until > now:
                return connection
            connection.close()
        return None

    def _keep(self, key: _Key, peer: _Peer, connection: Connection) -> None:
        seconds = _kept_seconds(connection)
        if seconds <= 0:
            connection.close()
            return
        loop = asyncio.get_running_loop()
        connection.kept_until = loop.time() + seconds
        peer.kept.append(connection)
        self._kept[connection] = key
        if len(self._kept) > KEPT_CONNECTIONS:
            self._drop(next(iter(self._kept)))
        if self._sweeper is None:
            self._sweeper = loop.call_later(KEPT_SECONDS, self._sweep)

    def _sweep(self) -> None:
        """Close what nobody took for long: the oldest come first."""
        now = asyncio.get_running_loop().time()
        for connection in list(self._kept):
            if connection.kept_until > now:
                break
            self._drop(connection)
        loop = asyncio.get_running_loop()
        self._sweeper = loop.call_later(KEPT_SECONDS, self._sweep) if self._kept else None

    def _drop(self, connection: Connection) -> None:
        connection.close()
        key = self._kept.pop(connection)
        peer = self._peers[key]
        peer.kept.remove(connection)
        self._forget(key, peer)

    def _forget(self, key: _Key, peer: _Peer) -> None:
        if not peer.users and not peer.kept:
            del self._peers[key]

    async def _connect(self, endpoint: Endpoint, deadline: float) -> Connection:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout_at(min(deadline, loop.time() + self._connecting)):
            found = await loop.getaddrinfo(
                endpoint.host, endpoint.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
            )
            # The very addresses that are connected to, so that no later answer gets around this.
            allowed = [info for info in found if self._permit(endpoint.scheme, str(info[4][0]))]
            if not allowed:
                raise Forbidden
            # The library's own stubs leave a tuple's members open.
            sock = await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType]
                allowed, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, interleave=1
            )
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                secure = endpoint.scheme == "https"
                _, connection = await loop.create_connection(
                    Connection,
                    sock=sock,
                    ssl=tls() if secure else None,
                    server_hostname=endpoint.host if secure else None,
                )
            except BaseException:
                sock.close()
                raise
        return connection


def _kept_seconds(connection: Connection) -> float:
    """How long a connection may wait; a second less than its peer says that it waits."""
    if not connection.reusable:
        return 0.0
    told = _TIMEOUT.search(connection.keep_alive)
    return min(KEPT_SECONDS, int(told[1]) - 1.0) if told else KEPT_SECONDS


def _encoded(
    method: str, endpoint: Endpoint, headers: Mapping[str, str], agent: str, body: bytes
) -> bytes:
    """A whole request; raises ValueError for headers that would break out of their line."""
    lines = [f"{method} {endpoint.target} HTTP/1.1"]
    if "Host" not in headers:
        lines.append(f"Host: {endpoint.authority}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"User-Agent: {agent}", "Accept-Encoding: identity", f"Content-Length: {len(body)}"]
    head = "\r\n".join(lines)
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1 or "\0" in head:
        raise ValueError("a header has more than one line")
    return f"{head}\r\n\r\n".encode() + body


@cache
def tls() -> ssl.SSLContext:
    """What checks certificates; made once, for that takes long."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
