import asyncio
import gzip
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.activitypub import signing_keys

from noi.activitypub import signatures as sigs
from noi.activitypub.keys import parse_public_key
from noi.config import Settings
from noi.models.ids import now_ms
from noi.transport import signed, verification
from noi.transport.client import Client
from noi.transport.errors import (
    Busy,
    Denied,
    Gone,
    Refused,
    TooLarge,
    TransportError,
    Unreachable,
    WrongType,
)
from noi.transport.signed import (
    ACTIVITY_TYPE,
    Answer,
    Document,
    SigningKey,
    Target,
    get_document,
    post_prepared,
    prepare_posts,
    require_origin,
)
from other_servers import LOCAL, Handler, client, raw_server, serving
from posting import post_activity

PROFILE = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
BODY = '{"id":"x","nội":"dung"}'.encode()


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed, "_took", OrderedDict[str, str]())


def key() -> SigningKey:
    return SigningKey(
        account_id=7,
        actor_uri="https://noi.example/users/lan",
        key_id="https://noi.example/users/lan#main-key",
        private_key=signing_keys.rsa_private(),
        ed25519_key_id="https://noi.example/users/lan#ed25519-key",
        ed25519_private_key=signing_keys.ed25519_private(),
    )


async def signature_of(request: web.Request) -> str:
    """The kind of signature by `key` that a request has; raises BadSignature for a wrong one."""
    message = sigs.Request(
        request.method,
        f"http://{request.host}",
        request.raw_path,
        sigs.join_headers(request.raw_headers),
        await request.read(),
    )
    claim = verification.read(message, now_ms())
    assert claim.key_id == key().key_id
    sigs.verify(claim, parse_public_key(signing_keys.pair("rsa").public_key))
    return "rfc9421" if "Signature-Input" in request.headers else "cavage"


def activity(text: str = "{}") -> web.Response:
    return web.Response(text=text, content_type=ACTIVITY_TYPE)


def fetch(
    handler: Handler, path: str = "/", by: SigningKey | None = None, settings: Settings = LOCAL
) -> Document:
    async def run() -> Document:
        async with serving(handler) as origin, client(settings) as outbound:
            return await get_document(outbound, origin + path, by)

    return asyncio.run(run())


def fetch_raw(answer: bytes) -> Document:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    async def run() -> Document:
        async with raw_server(send) as origin, client() as outbound:
            return await get_document(outbound, origin, None)

    return asyncio.run(run())


@asynccontextmanager
async def inbox(
    answer: Callable[[str, web.Request], Awaitable[web.Response]],
) -> AsyncGenerator[tuple[str, Client, list[str]]]:
    """A server whose `answer` is told which signature each request has; and a client for it."""
    seen: list[str] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(await signature_of(request))
        return await answer(seen[-1], request)

    async with serving(handle) as origin, client() as outbound:
        yield f"{origin}/inbox?a=%41", outbound, seen


def post(answers: Callable[[str], int], known: str = "") -> tuple[Answer, list[str]]:
    async def answer(kind: str, _request: web.Request) -> web.Response:
        return web.Response(status=answers(kind), text="vì thế")

    async def run() -> tuple[Answer, list[str]]:
        async with inbox(answer) as (url, outbound, seen):
            return await post_activity(outbound, url, BODY, key(), known), seen

    return asyncio.run(run())


def test_every_hop_of_a_fetch_is_signed() -> None:
    seen: list[str] = []

    async def hop(request: web.Request) -> web.Response:
        seen.append(f"{request.path}{await signature_of(request)}")
        assert ACTIVITY_TYPE in request.headers["Accept"]
        assert PROFILE in request.headers["Accept"]
        left = int(request.path.strip("/"))
        if left:
            return web.Response(status=302, headers={"Location": f"/{left - 1}?q=%C3%A9"})
        return activity('{"a":1}')

    document = fetch(hop, "/3", key())
    assert document.body == b'{"a":1}'
    assert document.url.endswith("/0?q=%C3%A9")
    assert seen == ["/3cavage", "/2cavage", "/1cavage", "/0cavage"]
    with pytest.raises(Refused):
        fetch(hop, "/4", key())


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1/", "https://[::ffff:10.0.0.1]/", "file:///etc/passwd", "ftp://x.example/",
     "javascript:alert(1)", "http://u:p@localhost/", "http://[::1", "https://a.example:x/"],
)  # fmt: skip
def test_redirects_elsewhere_are_refused(target: str) -> None:
    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": target})

    for by in (None, key()):
        with pytest.raises((Refused, Unreachable)):
            fetch(redirect, by=by)


def test_a_loop_of_redirects_ends() -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=301, headers={"Location": str(request.url)})

    with pytest.raises(Refused):
        fetch(redirect, by=key())


@pytest.mark.parametrize(
    ("content_type", "read"),
    [
        (ACTIVITY_TYPE, True),
        ("Application/Activity+JSON; charset=utf-8", True),
        (PROFILE, True),
        ("application/ld+json;profile=https://www.w3.org/ns/activitystreams", True),
        ('application/ld+json; charset=utf-8; Profile="x https://www.w3.org/ns/activitystreams"',
         True),
        ("application/ld+json", False),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams-not"', False),
        ("application/json", False),
        ("text/html", False),
        ("image/png; application/activity+json", False),
        ("", False),
    ],
)  # fmt: skip
def test_only_activity_streams_are_read(content_type: str, read: bool) -> None:
    head = f"Content-Type: {content_type}\r\n" if content_type else ""
    answer = f"HTTP/1.1 200 OK\r\n{head}Content-Length: 2\r\n\r\n{{}}".encode()
    if read:
        assert fetch_raw(answer).body == b"{}"
    else:
        with pytest.raises(WrongType):
            fetch_raw(answer)


def test_two_content_types_are_not_believed() -> None:
    with pytest.raises(WrongType):
        fetch_raw(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n"
            b"Content-Type: image/png\r\nContent-Length: 2\r\n\r\n{}"
        )


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Gone), (410, Gone), (401, Denied), (403, Denied), (429, Busy), (503, Busy),
     (500, Unreachable), (502, Unreachable), (418, Refused), (400, Refused), (204, Refused),
     (304, Refused), (302, Refused)],
)  # fmt: skip
def test_statuses_become_errors(status: int, error: type[TransportError]) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "60"})

    for by in (None, key()):
        with pytest.raises(error) as raised:
            fetch(answer, by=by)
        assert type(raised.value) is error
        if isinstance(raised.value, Gone):
            assert raised.value.for_good == (status == 410)
        if isinstance(raised.value, Busy):
            assert raised.value.retry_at is not None
            assert abs(raised.value.retry_at - now_ms() - 60_000) < 10_000


def test_large_documents_are_not_read() -> None:
    bomb = gzip.compress(b" " * 20_000_000)

    async def boom(_request: web.Request) -> web.Response:
        return web.Response(
            body=bomb, headers={"Content-Encoding": "gzip", "Content-Type": ACTIVITY_TYPE}
        )

    async def long(_request: web.Request) -> web.Response:
        return activity(" " * (1024 * 1024 + 1))

    for handler in (boom, long):
        with pytest.raises(TooLarge):
            fetch(handler)


def test_slow_hops_share_one_time() -> None:
    async def slow(_request: web.Request) -> web.Response:
        await asyncio.sleep(0.15)
        return web.Response(status=302, headers={"Location": "/"})

    async def run() -> None:
        async with serving(slow) as origin, client(total_timeout=0.3) as outbound:
            with pytest.raises(Unreachable):
                await get_document(outbound, origin, key())

    asyncio.run(run())


def test_a_fetch_knocks_again_by_the_rfc_and_remembers() -> None:
    async def only_new(kind: str, _request: web.Request) -> web.Response:
        return activity() if kind == "rfc9421" else web.Response(status=401)

    async def run() -> list[str]:
        async with inbox(only_new) as (url, outbound, seen):
            url = url.replace("127.0.0.1", "localhost")
            await get_document(outbound, url, key())
            await get_document(outbound, url, key())
            return seen

    assert asyncio.run(run()) == ["cavage", "rfc9421", "rfc9421"]


def test_a_document_belongs_to_its_host() -> None:
    require_origin("https://a.example/users/x", "https://a.example/@x")
    require_origin("https://a.example:443/users/x", "https://A.example/x?y")
    for id_ in ("https://b.example/x", "http://a.example/x", "https://a.example:8443/x", "",
                "https://a.example.b.example/x", "acct:x@a.example"):  # fmt: skip
        with pytest.raises(Refused):
            require_origin(id_, "https://a.example/x")


def test_a_post_is_signed_and_covers_its_body() -> None:
    seen: list[tuple[bytes, str]] = []

    async def take(_kind: str, request: web.Request) -> web.Response:
        seen.append((await request.read(), request.headers["Content-Type"]))
        return web.Response(status=202)

    async def run() -> Answer:
        async with inbox(take) as (url, outbound, _seen):
            return await post_activity(outbound, url, BODY, key())

    answer = asyncio.run(run())
    assert answer == Answer(202, "cavage", None, "")
    assert answer.accepted
    assert seen == [(BODY, ACTIVITY_TYPE)]


@pytest.mark.parametrize("refusal", [400, 401, 403])
@pytest.mark.parametrize(
    ("known", "taken", "knocks"),
    [
        ("", "rfc9421", ["cavage", "rfc9421"]),
        ("cavage", "rfc9421", ["cavage", "rfc9421"]),
        ("rfc9421", "cavage", ["rfc9421", "cavage"]),
        ("rfc9421", "rfc9421", ["rfc9421"]),
    ],
)
def test_a_post_knocks_twice(refusal: int, known: str, taken: str, knocks: list[str]) -> None:
    answer, seen = post(lambda kind: 202 if kind == taken else refusal, known)
    assert answer.accepted
    assert answer.signatures == taken
    assert seen == knocks


def test_the_first_refusal_of_two_is_told() -> None:
    answer, seen = post(lambda kind: 403 if kind == "cavage" else 500)
    assert seen == ["cavage", "rfc9421"]
    assert (answer.status, answer.signatures) == (403, "")
    assert answer.error == "403 Forbidden: vì thế"


@pytest.mark.parametrize("status", [404, 410, 429, 500, 302])
def test_other_answers_are_no_reason_to_knock_again(status: int) -> None:
    answer, seen = post(lambda _kind: status)
    assert seen == ["cavage"]
    assert not answer.accepted
    assert answer.status == status


def test_one_activity_is_signed_for_many_inboxes_at_once() -> None:
    async def take(_kind: str, request: web.Request) -> web.Response:
        assert request.headers.get("X-Sync", "") == request.query.get("sync", "")
        return web.Response(status=202, text="x" * 100_000)

    async def run() -> tuple[list[Answer], list[str]]:
        async with inbox(take) as (url, outbound, seen):
            targets = [
                Target(url),
                Target(f"{url}&sync=1", "rfc9421", {"X-Sync": "1"}),
                Target(url, "cavage"),
            ]
            prepared = await prepare_posts(targets, BODY, key())
            return [await post_prepared(outbound, one, BODY, key()) for one in prepared], seen

    answers, seen = asyncio.run(run())
    assert [answer.accepted for answer in answers] == [True] * 3
    assert seen == ["cavage", "rfc9421", "cavage"]


def test_a_hint_of_unknown_signatures_means_the_draft() -> None:
    async def run() -> str:
        targets = [Target("https://a.example/inbox", "later")]
        return (await prepare_posts(targets, BODY, key()))[0].signatures

    assert asyncio.run(run()) == "cavage"
