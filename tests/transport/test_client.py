import asyncio
import gzip
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from noi.config import Settings
from noi.transport.client import LONGEST_PAUSE_MS, Method, Response, exact
from noi.transport.errors import Refused, TooLarge, Unreachable
from noi.transport.posts import CONNECTIONS_PER_HOST
from other_servers import LOCAL, Handler, client, raw_server, self_signed, serving


def fetch(handler: Handler, path: str = "/", limit: int = 1000, truncate: bool = False) -> Response:
    async def run() -> Response:
        async with serving(handler) as origin, client() as outbound:
            return await outbound.get(
                origin + path, accept="*/*", limit_bytes=limit, truncate=truncate
            )

    return asyncio.run(run())


def refused(url: str, settings: Settings = LOCAL) -> bool:
    async def run() -> None:
        async with client(settings) as outbound:
            await outbound.get(url, accept="*/*")

    try:
        asyncio.run(run())
    except Refused:
        return True
    except Unreachable:
        return False
    return False


async def hello(request: web.Request) -> web.Response:
    return web.Response(
        text=f"xin chào {request.headers['User-Agent']} {request.headers['Accept']}",
        content_type="Text/HTML",
        charset="UTF-8",
        headers={"X-Noi": "1"},
    )


def test_get_answers_with_everything() -> None:
    response = fetch(hello)
    assert response.status == 200
    assert response.body.decode() == "xin chào Noi/1.2.3 (+http://localhost:8000) */*"
    assert response.content_type == "text/html"
    assert response.charset == "utf-8"
    assert response.headers["x-noi"] == "1"


def test_an_error_status_is_an_answer() -> None:
    async def gone(request: web.Request) -> web.Response:
        return web.Response(status=410)

    assert fetch(gone).status == 410


def test_importing_the_client_does_not_import_aiohttp() -> None:
    code = "import sys, noi.transport.client; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_body_cap_and_truncation() -> None:
    async def long(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 1001)

    with pytest.raises(TooLarge):
        fetch(long)
    assert fetch(long, truncate=True).body == b"x" * 1000
    assert len(fetch(long, limit=1001).body) == 1001


def test_a_compressed_bomb_is_cut_off() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)

    async def boom(request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    with pytest.raises(TooLarge):
        fetch(boom, limit=1_000_000)


def test_redirects_are_followed_three_times() -> None:
    async def count_down(request: web.Request) -> web.Response:
        left = int(request.path.strip("/"))
        if left == 0:
            return web.Response(text="here")
        return web.Response(status=302, headers={"Location": f"/{left - 1}"})

    response = fetch(count_down, "/3")
    assert response.body == b"here"
    assert response.url.endswith("/0")
    with pytest.raises(Refused):
        fetch(count_down, "/4")


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "file:///etc/passwd",
        "http://a:b@localhost/",
    ],
)
def test_redirects_are_checked_again(target: str) -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": target})

    with pytest.raises(Refused):
        fetch(redirect)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a00:1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "0.0.0.0",
        "[fe80::1]",
    ],
)
def test_private_addresses_are_refused_in_every_spelling(host: str) -> None:
    assert refused(f"https://{host}:9/", Settings(host="noi.example"))
    assert refused(f"http://{host}:9/", Settings())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "gopher://example.org",
        "javascript:alert(1)",
        "//example.org/",
        "/path",
        "",
        "https://",
        "https://user:secret@example.org/",
        "https://example.org:99999/",
        "https://[::1",
        "http://example.org/",
    ],
)
def test_unusable_addresses_are_refused(url: str) -> None:
    assert refused(url, Settings(host="noi.example"))


def test_plain_http_only_to_listed_peers() -> None:
    settings = Settings(host="noi.example", federation_private_peers="127.0.0.0/8")
    assert refused("http://1.1.1.1:9/", settings)

    async def run() -> int:
        async with serving(hello) as origin, client(settings) as outbound:
            return (await outbound.get(origin, accept="*/*")).status

    assert asyncio.run(run()) == 200


def test_a_name_that_changes_its_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from aiohttp import resolver

    async def resolve(*args: object, **kwargs: object) -> list[dict[str, object]]:
        return [
            {"hostname": "r", "host": "127.0.0.1", "port": 443, "family": 2, "proto": 6, "flags": 0}
        ]

    monkeypatch.setattr(resolver.ThreadedResolver, "resolve", resolve)
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", resolver.ThreadedResolver)
    assert refused("https://rebind.example/", Settings(host="noi.example"))


def test_environment_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert fetch(hello).status == 200


def test_cookies_are_not_kept() -> None:
    seen: list[str] = []

    async def cookie(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Cookie", ""))
        return web.Response(headers={"Set-Cookie": "a=b"})

    async def run() -> None:
        async with serving(cookie) as origin, client() as outbound:
            await outbound.get(origin, accept="*/*")
            await outbound.get(origin, accept="*/*")

    asyncio.run(run())
    assert seen == ["", ""]


def test_a_slow_dripping_peer_ends_at_the_total_timeout() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1000):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def run() -> float:
        loop = asyncio.get_running_loop()
        async with raw_server(drip) as origin, client(total_timeout=0.3) as outbound:
            started = loop.time()
            with pytest.raises(Unreachable):
                await outbound.get(origin, accept="*/*")
            return loop.time() - started

    assert asyncio.run(run()) < 2


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_broken_peers_raise_our_errors(answer: bytes) -> None:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    async def run() -> None:
        async with raw_server(send) as origin, client() as outbound:
            await outbound.get(origin, accept="*/*")

    with pytest.raises((Unreachable, Refused)):
        asyncio.run(run())


def test_unreachable_peers() -> None:
    async def run(url: str) -> None:
        async with client() as outbound:
            await outbound.get(url, accept="*/*")

    for url in ("http://127.0.0.1:1/", "http://nothing.invalid/", "http://" + "a" * 70 + ".test/"):
        with pytest.raises(Unreachable):
            asyncio.run(run(url))


def test_an_untrusted_certificate_is_unreachable(tmp_path: Path) -> None:
    async def run() -> None:
        tls, _ = self_signed(tmp_path)
        async with serving(hello, tls) as origin, client() as outbound:
            await outbound.get(origin, accept="*/*")

    with pytest.raises(Unreachable):
        asyncio.run(run())


def test_few_connections_for_each_host() -> None:
    open_now = 0
    most = 0

    async def count(request: web.Request) -> web.Response:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0.01)
        open_now -= 1
        return web.Response()

    async def run() -> None:
        async with serving(count) as origin, client() as outbound:
            await asyncio.gather(*(outbound.get(origin, accept="*/*") for _ in range(30)))

    asyncio.run(run())
    assert most == CONNECTIONS_PER_HOST


def test_a_post_sends_what_it_is_given_and_follows_no_redirect() -> None:
    seen: list[tuple[str, str, str, bytes]] = []

    async def inbox(request: web.Request) -> web.Response:
        body = await request.read()
        seen.append((request.method, request.raw_path, request.headers["X-Noi"], body))
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async def run() -> Response:
        async with serving(inbox) as origin, client() as outbound:
            return await outbound.request(
                "POST", f"{origin}/a%7Eb/../i?q=%41&x", headers={"X-Noi": "1"}, body=b"xin"
            )

    response = asyncio.run(run())
    assert seen == [("POST", "/a%7Eb/../i?q=%41&x", "1", b"xin")]
    assert response.status == 307
    assert response.location.endswith("/elsewhere")


async def drip_head(writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 1000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def say_nothing(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("answer", [drip_head, say_nothing])
def test_asking_a_slow_peer_ends_at_the_total_timeout(
    answer: Callable[[asyncio.StreamWriter], Awaitable[None]], method: Method
) -> None:
    async def run() -> float:
        loop = asyncio.get_running_loop()
        async with raw_server(answer) as origin, client(total_timeout=0.3) as outbound:
            started = loop.time()
            with pytest.raises(Unreachable):
                await outbound.request(method, origin, headers={}, body=b"x")
            return loop.time() - started

    assert asyncio.run(run()) < 2


def test_a_kept_connection_that_just_closed_is_tried_anew() -> None:
    served = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        await reader.readuntil(b"\r\n\r\n")
        served += 1
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await reader.readuntil(b"\r\n\r\n")  # and hangs up at the next request
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server, client() as outbound:
            for _ in range(2):
                answer = await outbound.request("POST", url, headers={}, body=b"")
                assert answer.status == 202

    asyncio.run(run())
    assert served == 2


def test_two_content_types_are_none() -> None:
    async def both(writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n"
            b"Content-Type: text/html\r\nContent-Length: 2\r\n\r\n{}"
        )
        await writer.drain()

    async def run() -> Response:
        async with raw_server(both) as origin, client() as outbound:
            return await outbound.get(origin, accept="*/*")

    assert asyncio.run(run()).content_type == ""


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("120", 1_120_000),
        ("0", 1_000_000),
        ("999999999999", 1_000_000 + LONGEST_PAUSE_MS),
        ("Thu, 01 Jan 1970 00:20:00 GMT", 1_200_000),
        ("Thu, 01 Jan 1970 00:00:01 GMT", 1_000_000),
        ("Thu, 01 Jan 2070 00:00:01 GMT", 1_000_000 + LONGEST_PAUSE_MS),
        ("soon", None),
        ("-5", None),
        ("٣", None),
    ],
)
def test_retry_after(header: str, expected: int | None) -> None:
    headers = {"retry-after": header} if header else {}
    response = Response("http://x/", 429, headers, b"", "", "")
    assert response.retry_at(1_000_000) == expected


@given(st.text(max_size=40))
def test_retry_after_reads_anything(header: str) -> None:
    at = Response("http://x/", 429, {"retry-after": header}, b"", "", "").retry_at(5)
    assert at is None or 5 <= at <= 5 + LONGEST_PAUSE_MS


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example/x%7Ey?q=%41#f", "https://a.example/x%7Ey?q=%41#f"),
        ("https://a.example/người dùng", "https://a.example/ng%C6%B0%E1%BB%9Di%20d%C3%B9ng"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_addresses_are_sent_as_they_are_signed(url: str, sent: str) -> None:
    assert exact(url) == sent
    assert exact(sent) == sent


@pytest.mark.parametrize("url", ["http://[::1", "https://a.example:x/ ", "https://a.example:x/"])
def test_what_is_no_address_is_not_made_exact(url: str) -> None:
    with pytest.raises(Refused):
        exact(url)


def test_where_hosts_are_looked_for() -> None:
    async def run() -> None:
        async with client() as lenient, client(Settings(host="noi.example")) as strict:
            assert lenient.schemes("localhost:80") == ("http",)
            assert lenient.schemes("peer.example") == ("https", "http")
            assert strict.schemes("peer.example") == ("https",)

    asyncio.run(run())
