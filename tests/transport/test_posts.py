import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web

from noi.config import Settings
from noi.transport import posts
from noi.transport.client import Client, Response
from noi.transport.errors import Refused, TooLarge, Unreachable
from other_servers import LOCAL, client, raw_server, self_signed, serving

OK = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]


class Peer:
    """A server that counts its connections, and the requests that it has read."""

    def __init__(self) -> None:
        self.url = ""
        self.connections = 0
        self.requests: list[bytes] = []


@asynccontextmanager
async def peer(answer: Answering) -> AsyncGenerator[Peer]:
    """`answer` gets each connection's streams and its number, from 1 on."""
    made = Peer()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.connections += 1
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await answer(reader, writer, made.connections)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/inbox"
    try:
        yield made
    finally:
        server.close()


async def read(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


async def post(
    outbound: Client, url: str, body: bytes = b"{}", limit: int = 100, truncate: bool = True
) -> Response:
    return await outbound.request(
        "POST", url, headers={"X-Noi": "1"}, body=body, limit_bytes=limit, truncate=truncate
    )


def posted(
    answer: bytes, *, close: bool = True, limit: int = 100, truncate: bool = True
) -> Response:
    """What a post comes to where the peer answers with these bytes."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        if not close:
            await asyncio.sleep(30)

    async def run() -> Response:
        async with raw_server(send) as origin, client(total_timeout=5) as outbound:
            return await post(outbound, origin, truncate=truncate)

    return asyncio.run(run())


def test_a_request_as_it_is_sent() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        seen.append(await read(reader))
        writer.write(OK)

    seen: list[bytes] = []

    async def run() -> None:
        async with peer(answer) as other, client() as outbound:
            assert (await post(outbound, other.url, "xin chào".encode())).status == 202

    asyncio.run(run())
    head, _, body = seen[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert body.decode() == "xin chào"
    assert lines[0] == "POST /inbox HTTP/1.1"
    assert lines[1].startswith("Host: 127.0.0.1:")
    assert "X-Noi: 1" in lines
    assert "User-Agent: Noi/1.2.3 (+http://localhost:8000)" in lines
    assert "Content-Length: 9" in lines


def test_a_connection_is_kept_and_used_again() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        while await read(reader):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nRetry-After: 7\r\n\r\nxin")

    async def run() -> None:
        async with peer(answer) as other, client() as outbound:
            for _ in range(3):
                response = await post(outbound, other.url)
                assert (response.body, response.headers["retry-after"]) == (b"xin", "7")
            assert other.connections == 1

    asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxi\r\n1\r\nn\r\n0\r\n\r\n",
            b"xin",
        ),
        (
            b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n" + OK.replace(b"0\r\n", b"3\r\n") + b"xin",
            b"xin",
        ),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK, b""),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", b"to the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (OK + OK, b""),
    ],
)
def test_answers_of_every_form(answer: bytes, body: bytes) -> None:
    response = posted(answer)
    assert (response.status // 100, response.body) == (2, body)
    assert "x" not in response.headers


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"5\r\nxin",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_broken_answers_are_unreachable(answer: bytes) -> None:
    with pytest.raises(Unreachable):
        posted(answer)


@pytest.mark.parametrize("close", [True, False])
def test_too_long_an_answer_is_cut_or_refused(close: bool) -> None:
    long = b"HTTP/1.1 400 No\r\nContent-Length: 100000\r\n\r\n" + b"x" * 5000
    endless = b"HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + b"x" * 5000
    for answer in (long, endless):
        assert posted(answer, close=close).body == b"x" * 100
        with pytest.raises(TooLarge):
            posted(answer, close=close, truncate=False)


def test_an_answer_that_was_cut_leaves_nothing_for_the_next() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        while await read(reader):
            writer.write(b"HTTP/1.1 400 No\r\nContent-Length: 200\r\n\r\n" + b"x" * 200)

    async def run() -> None:
        async with peer(answer) as other, client() as outbound:
            for _ in range(3):
                assert (await post(outbound, other.url)).status == 400
            assert other.connections == 3

    asyncio.run(run())


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def say_nothing(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


@pytest.mark.parametrize(
    ("answer", "which"),
    [
        (drip, "total_timeout"),
        (say_nothing, "total_timeout"),
        (say_nothing, "read_timeout"),
    ],
)
def test_slow_peers_end_in_time(
    answer: Callable[[asyncio.StreamWriter], Awaitable[None]], which: str
) -> None:
    async def run() -> float:
        loop = asyncio.get_running_loop()
        async with raw_server(answer) as origin, client(LOCAL, **{which: 0.3}) as outbound:
            started = loop.time()
            with pytest.raises(Unreachable):
                await post(outbound, origin, limit=10_000)
            return loop.time() - started

    assert asyncio.run(run()) < 2


def test_a_peer_that_reads_slowly_is_waited_for() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        await asyncio.sleep(0.6)  # longer than it may be silent
        await read(reader)
        writer.write(OK)

    async def run() -> None:
        async with peer(answer) as other, client(read_timeout=0.3) as outbound:
            assert (await post(outbound, other.url, b"x" * 20_000_000)).status == 202

    asyncio.run(run())


@pytest.mark.parametrize("reads", [True, False])
def test_a_kept_connection_that_closes_is_replaced(reads: bool) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        await read(reader)
        writer.write(OK)
        if reads:
            await read(reader)  # and hangs up

    async def run() -> None:
        async with peer(answer) as other, client() as outbound:
            for _ in range(3):
                assert (await post(outbound, other.url)).status == 202
            assert other.connections == 3

    asyncio.run(run())


def test_what_was_answered_in_part_is_not_sent_again() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        await read(reader)
        writer.write(OK)
        await read(reader)
        writer.write(b"HTTP/1.1 2")
        await writer.drain()

    async def run() -> None:
        async with peer(answer) as other, client() as outbound:
            await post(outbound, other.url)
            with pytest.raises(Unreachable):
                await post(outbound, other.url)
            assert other.connections == 1

    asyncio.run(run())


def test_a_new_connection_that_closes_is_not_replaced() -> None:
    async def answer(reader: asyncio.StreamReader, _: asyncio.StreamWriter, __: int) -> None:
        await read(reader)

    async def run() -> None:
        async with peer(answer) as other, client() as outbound:
            with pytest.raises(Unreachable):
                await post(outbound, other.url)
            assert other.connections == 1

    asyncio.run(run())


@pytest.mark.parametrize(
    "last",
    [b"Connection: close\r\n", b"Keep-Alive: timeout=1, max=9\r\n", b"Content-Length: 0\r\n"],
)
def test_connections_that_are_not_kept(last: bytes) -> None:
    surplus = b"HTTP/1.1 200 OK\r\n" if last.startswith(b"Content") else b""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" if not surplus else b"HTTP/1.1 200 OK\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        while await read(reader):
            writer.write(head + last + b"\r\n" + surplus)

    async def run() -> None:
        async with peer(answer) as other, client() as outbound:
            for _ in range(2):
                assert (await post(outbound, other.url)).status == 200
            assert other.connections == 2

    asyncio.run(run())


def test_a_cancelled_post_leaves_its_connection_to_nobody() -> None:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await read(reader)
        if number == 1:
            asked.set()
            await asyncio.sleep(30)
        writer.write(OK)

    asked = asyncio.Event()

    async def run() -> None:
        async with peer(answer) as other, client() as outbound:
            first = asyncio.create_task(post(outbound, other.url))
            await asked.wait()
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            assert (await post(outbound, other.url)).status == 202
            assert other.connections == 2

    asyncio.run(run())


def test_kept_connections_are_bounded_and_close_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "KEPT_CONNECTIONS", 2)
    monkeypatch.setattr(posts, "KEPT_SECONDS", 0.2)
    ended = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        nonlocal ended
        await read(reader)
        writer.write(OK)
        await reader.read()
        ended += 1

    async def run() -> None:
        loop = asyncio.get_running_loop()
        async with peer(answer) as a, peer(answer) as b, peer(answer) as c, client() as outbound:
            for other in (a, b, c):
                await post(outbound, other.url)
            deadline = loop.time() + 5
            while ended < 3 and loop.time() < deadline:
                await asyncio.sleep(0.01)
            assert ended == 3

    asyncio.run(run())


def test_tls_is_checked_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.scheme} {await request.text()}")

    async def run(trusted: bool) -> str:
        async with serving(hello, tls) as origin, client() as outbound:
            if not trusted:
                with pytest.raises(Unreachable, match="certificate"):
                    await post(outbound, origin)
                return ""
            return (await post(outbound, origin, b"xin")).body.decode()

    tls, certificate = self_signed(tmp_path)
    monkeypatch.setattr(posts, "tls", posts.tls.__wrapped__)
    asyncio.run(run(False))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert asyncio.run(run(True)) == "https xin"


@pytest.mark.parametrize(
    ("url", "settings"),
    [
        ("https://localhost:9/", Settings(host="noi.example")),
        ("https://[::ffff:10.0.0.1]:9/", Settings(host="noi.example")),
        ("https://2130706433:9/", Settings(host="noi.example")),
        ("https://169.254.169.254/", Settings(host="noi.example")),
        ("http://1.1.1.1:9/", Settings(host="noi.example", federation_private_peers="127.0.0.0/8")),
        ("http://noi.example/", Settings(host="noi.example")),
        ("https://a:b@localhost/", Settings()),
        ("https://localhost:0/", Settings()),
        ("https:///inbox", Settings()),
    ],
)
def test_addresses_that_are_not_for_us_are_refused(url: str, settings: Settings) -> None:
    async def run() -> None:
        async with client(settings) as outbound:
            await post(outbound, url)

    with pytest.raises(Refused):
        asyncio.run(run())


def test_headers_stay_in_their_line() -> None:
    async def run() -> None:
        async with client() as outbound:
            await outbound.request("POST", "http://127.0.0.1:1/", headers={"A": "b\r\nC: d"})

    with pytest.raises(Unreachable, match="line"):
        asyncio.run(run())


def test_few_connections_for_each_host() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: int) -> None:
        while await read(reader):
            await asyncio.sleep(0.01)
            writer.write(OK)

    async def run() -> None:
        async with peer(answer) as other, client() as outbound:
            await asyncio.gather(*(post(outbound, other.url) for _ in range(30)))
            assert other.connections == posts.CONNECTIONS_PER_HOST

    asyncio.run(run())
