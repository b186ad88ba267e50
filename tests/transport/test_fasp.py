"""Calling a peer over the alliance's interface, and answers that are not to be believed."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from aiohttp import web

from noi.activitypub import fasp as wire
from noi.activitypub.signatures import Request
from noi.models.ids import now_ms
from noi.transport import fasp
from noi.transport.errors import (
    Busy,
    Denied,
    Gone,
    Refused,
    TooLarge,
    TransportError,
    Unreachable,
)
from noi.transport.fasp import Peer
from other_servers import client, serving
from strange_networks import Strange

BODY = b'{"a":"\xc3\xa1"}'
Signed = Callable[[int, bytes], dict[str, str]]


def peer_at(url: str, server: Strange) -> Peer:
    return Peer(url + "/fasp/", "42", OURS.private_key, server.pair.public_key)


OURS = wire.new_pair()


async def answered(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    server: Strange,
    method: fasp.Method = "POST",
    path: str = "/x",
    body: bytes = BODY,
) -> fasp.Answer:
    async with serving(handler) as url, client() as http:
        return await fasp.call(http, peer_at(url, server), method, path, body, limit_bytes=2000)


@pytest.mark.parametrize(
    ("method", "body"), [("GET", b""), ("POST", BODY), ("POST", b""), ("DELETE", b"")]
)
async def test_a_call_is_signed_and_its_answer_read(method: fasp.Method, body: bytes) -> None:
    server, seen = Strange(), list[Request]()

    async def handle(request: web.Request) -> web.Response:
        origin = f"http://{request.host}"
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append(
            Request(request.method, origin, request.raw_path, headers, await request.read())
        )
        return web.Response(status=201, body=b"[1]", headers=server.signed(201, b"[1]"))

    answer = await answered(handle, server, method, "/s?term=%C4%91%C3%A0%20l%E1%BA%A1t&x", body)
    assert (answer.status, answer.body) == (201, b"[1]")
    message = seen[0]
    assert message.target == "/fasp/s?term=%C4%91%C3%A0%20l%E1%BA%A1t&x"
    assert message.body == body
    wire.check_request(message, "42", OURS.public_key, now_ms())
    assert message.headers["signature-input"].startswith(
        'sig1=("@method" "@target-uri" "content-digest");created='
    )
    assert message.headers["signature-input"].endswith(';keyid="42"')
    assert message.headers.get("content-type") == ("application/json" if body else None)
    assert set(message.headers["accept-encoding"].split(", ")) == {"identity"}


async def test_the_same_call_is_never_signed_alike() -> None:
    """Peers take each signature once, and signatures count seconds."""
    server, seen = Strange(), set[str]()

    async def handle(request: web.Request) -> web.Response:
        seen.add(request.headers["signature"])
        return web.Response(status=204, headers=server.signed(204, b""))

    async with serving(handle) as url, client() as http:
        for _ in range(5):
            await fasp.call(http, peer_at(url, server), "DELETE", "/membership")
    assert len(seen) == 5


def other_key(server: Strange, status: int, body: bytes) -> dict[str, str]:
    return Strange().signed(status, body)


def unsigned(server: Strange, status: int, body: bytes) -> dict[str, str]:
    return {"content-digest": server.signed(status, body)["content-digest"]}


def nothing(server: Strange, status: int, body: bytes) -> dict[str, str]:
    return {}


def no_digest(server: Strange, status: int, body: bytes) -> dict[str, str]:
    headers = server.signed(status, body)
    return {name: headers[name] for name in ("signature", "signature-input")}


def other_body(server: Strange, status: int, body: bytes) -> dict[str, str]:
    return server.signed(status, body + b" ")


def other_status(server: Strange, status: int, body: bytes) -> dict[str, str]:
    return server.signed(status + 1, body)


def stale(server: Strange, status: int, body: bytes) -> dict[str, str]:
    return server.signed(status, body, now_ms() - 302_000)


def early(server: Strange, status: int, body: bytes) -> dict[str, str]:
    return server.signed(status, body, now_ms() + 305_000)


@pytest.mark.parametrize(
    "signing", [other_key, unsigned, nothing, no_digest, other_body, other_status, stale, early]
)
async def test_other_answers_are_not_believed(
    signing: Callable[[Strange, int, bytes], dict[str, str]],
) -> None:
    server = Strange()

    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=b"[]", headers=signing(server, 200, b"[]"))

    with pytest.raises(Refused):
        await answered(handle, server)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, Denied),
        (403, Denied),
        (404, Gone),
        (410, Gone),
        (429, Busy),
        (500, Unreachable),
        (503, Busy),
        (302, Refused),
    ],
)
async def test_other_statuses_are_errors(status: int, error: type[TransportError]) -> None:
    server = Strange()

    async def handle(request: web.Request) -> web.Response:
        headers = {"Retry-After": "60", "Location": "/elsewhere"}
        body = msgspec.json.encode({"error": "Vì lý do này"})
        return web.Response(status=status, body=body, headers=headers)

    with pytest.raises(error) as raised:
        await answered(handle, server)
    if status != 302:
        assert str(status) in str(raised.value)
        assert "Vì lý do này" in str(raised.value)
    if isinstance(raised.value, Busy):
        assert raised.value.retry_at is not None


async def test_huge_and_slow_answers_end() -> None:
    server = Strange()

    async def huge(request: web.Request) -> web.Response:
        body = b"x" * 3000
        return web.Response(body=body, headers=server.signed(200, body))

    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    with pytest.raises(TooLarge):
        await answered(huge, server)
    async with serving(slow) as url, client() as http:
        for method in ("GET", "POST"):
            with pytest.raises(Unreachable, match="in time"):
                await fasp.call(http, peer_at(url, server), method, "/x", seconds=0.05)


async def test_a_peer_with_a_broken_key_is_refused() -> None:
    server = Strange()

    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=b"[]", headers=server.signed(200, b"[]"))

    async with serving(handle) as url, client() as http:
        for change in ({"public_key": ""}, {"private_key": ""}):
            peer = msgspec.structs.replace(peer_at(url, server), **change)
            with pytest.raises(Refused):
                await fasp.call(http, peer, "GET", "/x")
