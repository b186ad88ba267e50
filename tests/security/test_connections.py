"""Clients that never finish, send too much, or lie about who they are."""

import asyncio
import resource
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest

import testrig
from noi.auth.limits import PER_ADDRESS
from visitor import HTML, visiting

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def rig() -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        yield rig


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.app.connections.HEAD_SECONDS", 0.3)
    monkeypatch.setattr("noi.app.connections.BODY_SECONDS", 0.3)


@asynccontextmanager
async def connected(rig: testrig.Rig) -> AsyncGenerator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(rig.url.rpartition(":")[2]))
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """All that comes before the server hangs up."""
    async with asyncio.timeout(10):
        with suppress(ConnectionError):
            return await reader.read()
        return b""


UNFINISHED = {
    "nothing": b"",
    "half a line": b"GET /sign-in HT",
    "half a head": b"GET /sign-in HTTP/1.1\r\nhost: x\r\nx-",
    "half a second request": b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\nGET /sign",
    "half a body": b"POST /api/v1/apps HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"content-length: 1000\r\n\r\n{",
    "half a chunk": b"POST /api/v1/apps HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    b"transfer-encoding: chunked\r\n\r\n5\r\nab",
}


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("sent", UNFINISHED.values(), ids=UNFINISHED.keys())
async def test_who_never_finishes_is_hung_up_on(rig: testrig.Rig, sent: bytes) -> None:
    async with connected(rig) as (reader, writer):
        writer.write(sent)
        answer = await until_closed(reader)
    assert b" 500 " not in answer
    assert (b" 200 " in answer) == (b"live" in sent)


@pytest.mark.usefixtures("hasty")
async def test_slow_but_steady_and_silent_but_served_stay(rig: testrig.Rig) -> None:
    token = await rig.create_account("lan")
    async with (
        rig.client(token) as client,
        client.get("/api/v1/streaming/user") as events,
        client.ws_connect("/api/v1/streaming") as socket,
        connected(rig) as (reader, writer),
    ):
        body = b'{"client_name":"a","redirect_uris":"https://a.example/"}'
        head = b"POST /api/v1/apps HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        writer.write(head + b"content-length: %d\r\n\r\n" % len(body))
        for at in range(0, len(body), 8):
            writer.write(body[at : at + 8])
            await writer.drain()
            await asyncio.sleep(0.1)
        assert b" 200 " in await reader.readline()
        assert not socket.closed
        await socket.send_json({"type": "subscribe", "stream": "user"})
        await socket.send_json({"type": "nonsense"})
        assert "error" in await socket.receive_json(timeout=10)
        assert not events.content.at_eof()


async def test_hundreds_that_never_finish_hold_nobody_up(rig: testrig.Rig) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    port = int(rig.url.rpartition(":")[2])
    lines = list(UNFINISHED.values())
    open_ones = [await asyncio.open_connection("127.0.0.1", port) for _ in range(300)]
    for n, (_, writer) in enumerate(open_ones):
        writer.write(lines[n % len(lines)])
    try:
        began = time.perf_counter()
        async with visiting(rig) as visitor:
            assert (await visitor.get("/sign-in")).status == 200
            assert (await visitor.get("/api/v2/instance")).status == 200
        assert time.perf_counter() - began < 5
    finally:
        for _, writer in open_ones:
            writer.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 200_000,
        b"GET / HTTP/1.1\r\n" + b"x-header: abcdefghijklmnop\r\n" * 10_000,
        b"GET / HTTP/1.1\r\nx: " + b"a" * 200_000,
    ],
)
async def test_heads_without_end_are_refused(rig: testrig.Rig, head: bytes) -> None:
    async with connected(rig) as (reader, writer):
        for at in range(0, len(head), 10_000):
            writer.write(head[at : at + 10_000])
            await asyncio.sleep(0)
        answer = await until_closed(reader)
    assert answer.startswith(b"HTTP/1.1 431 ") or not answer


async def endless() -> AsyncGenerator[bytes]:
    """A body that would never end; told apart from one that is announced."""
    while True:
        yield b"a" * 65_536


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/apps", "application/json"),
        ("/api/v1/apps", "application/x-www-form-urlencoded"),
        ("/api/v1/apps", "multipart/form-data; boundary=x"),
        ("/oauth/token", "application/json"),
        ("/api/v2/media", "multipart/form-data; boundary=x"),
        ("/sign-in", "application/x-www-form-urlencoded"),
        ("/sign-up", "multipart/form-data; boundary=x"),
        ("/statuses", "multipart/form-data; boundary=x"),
    ],
)
async def test_too_much_is_refused_before_it_is_read(
    rig: testrig.Rig, path: str, kind: str
) -> None:
    """Whether its length is announced or not; uploads of strangers whatever their length."""
    expected = 401 if path in ("/api/v2/media", "/statuses") else 413
    before = peak_memory()
    async with rig.client() as client:
        announced = {"content-type": kind, "content-length": str(2**40)}
        for headers, body in ((announced, b""), ({"content-type": kind}, endless)):
            status = await status_of(rig, client, path, headers, body)
            assert status == expected
    assert peak_memory() - before < 64 * 1024


async def status_of(
    rig: testrig.Rig,
    client: aiohttp.ClientSession,
    path: str,
    headers: dict[str, str],
    body: bytes | Callable[[], AsyncGenerator[bytes]],
) -> int:
    if isinstance(body, bytes):
        async with connected(rig) as (reader, writer):
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"POST {path} HTTP/1.1\r\nhost: x\r\n{lines}\r\n".encode())
            async with asyncio.timeout(10):
                return int((await reader.readline()).split()[1])
    async with (
        asyncio.timeout(10),
        client.post(path, headers=headers, data=body()) as answer,
    ):
        return answer.status


def peak_memory() -> int:
    """The most this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def test_a_lost_upload_is_no_error_of_ours(
    rig: testrig.Rig, caplog: pytest.LogCaptureFixture
) -> None:
    form = b"POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n"
    form += b"content-type: application/x-www-form-urlencoded\r\n\r\ncsrf="
    for sent in (UNFINISHED["half a body"], UNFINISHED["half a chunk"], form):
        async with connected(rig) as (_, writer):
            writer.write(sent)
            await writer.drain()
    async with visiting(rig) as visitor:
        await visitor.get("/health/ready")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def limited(rig: testrig.Rig, addresses: list[str], path: str = "/api/v2/instance") -> int:
    """How many of these requests through a proxy, one for each address, are refused."""
    refused = 0
    async with visiting(rig) as visitor:
        for address in addresses:
            page = await visitor.get(path, headers={"x-forwarded-for": address})
            refused += page.status == 429
    return refused


@pytest.fixture
async def counting(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[testrig.Rig]:
    monkeypatch.setattr("noi.auth.limits.time", lambda: 1_800_000_000)
    async with testrig.network("sqlite", rate_limits=True) as rig:
        await rig.set_up()
        yield rig


async def test_an_address_is_limited_by_network(counting: testrig.Rig) -> None:
    most = PER_ADDRESS.amount
    # A customer has a whole /64 of IPv6, and may write an IPv4 address as an IPv6 one.
    assert await limited(counting, [f"2001:db8:1:1::{n:x}" for n in range(most + 3)]) == 3
    assert await limited(counting, ["2001:db8:1:2::1", "2001:db8:2:1::1"]) == 0
    assert await limited(counting, ["192.0.2.1"] * most) == 0
    assert await limited(counting, ["192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"]) == 2
    # The proxy adds the real address behind whatever the client has claimed.
    assert await limited(counting, [f"10.9.8.{n}, 192.0.2.1" for n in range(5)]) == 5
    assert await limited(counting, ["192.0.2.1"] * 2, "/sign-in") == 2


async def test_only_proxies_may_say_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.auth.limits.time", lambda: 1_800_000_000)
    async with testrig.network("sqlite", rate_limits=True, trusted_proxies="192.0.2.0/24") as rig:
        await rig.set_up()
        claimed = [f"203.0.113.{n % 250}" for n in range(PER_ADDRESS.amount + 5)]
        assert await limited(rig, claimed) == 5


async def test_a_refusal_says_until_when(counting: testrig.Rig) -> None:
    headers = {"x-forwarded-for": "192.0.2.9"}
    assert await limited(counting, ["192.0.2.9"] * PER_ADDRESS.amount) == 0
    async with visiting(counting) as visitor:
        page = await visitor.get("/api/v2/instance", headers=headers)
        assert page.status == 429
        assert page.text == '{"error":"Too many requests, please try again later"}'
        assert page.headers["x-ratelimit-remaining"] == "0"
        assert page.headers["x-ratelimit-reset"] == "2027-01-15T08:05:00.000000Z"
        page = await visitor.get("/sign-in", headers=headers)
        assert (page.status, page.headers["content-type"]) == (429, HTML)
        # What lets people see the page that tells them stays open.
        assert (await visitor.get("/health/live", headers=headers)).status == 200


async def test_answers_come_whole_and_in_order(rig: testrig.Rig) -> None:
    async with connected(rig) as (reader, writer):
        writer.write(
            b"HEAD /api/v2/instance HTTP/1.1\r\nHost: localhost\r\n\r\n"
            b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
            b"GET /api/v1/timelines/public HTTP/1.1\r\nHost: localhost\r\n\r\n"
            b"POST /api/v1/apps HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
        )
        async with asyncio.timeout(10):
            before = await reader.readuntil(b"HTTP/1.1 100 Continue\r\n\r\n")
            writer.write(
                b"{}GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
        rest = await until_closed(reader)
    headed, alive, public, _ = before.split(b"HTTP/1.1 ")[1:]
    assert headed.startswith(b"200 ") and headed.endswith(b"\r\n\r\n")
    assert alive.endswith(b"\r\n\r\nok\n") and public.endswith(b"\r\n\r\n[]")
    assert rest.startswith(b"HTTP/1.1 422 ")
    assert rest.count(b"HTTP/1.1 ") == 2 and rest.endswith(b"\r\n\r\nok\n")
