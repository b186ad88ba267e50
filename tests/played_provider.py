"""A provider of the alliance's services, played by a small server: byte by byte, as fediscoverer
and Mastodon's people write them, with the signatures made and checked here by hand.
"""

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from other_servers import on_loopback
from testrig import Rig

RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
ALL = ("data_sharing", "account_search", "follow_recommendation", "trends", "callback")


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


class Got(NamedTuple):
    """A call whose signature was right."""

    method: str
    path: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class PlayedProvider:
    """What it got is in `calls`; `answer` may decide about one, by status and body.

    It hangs while `hold` is cleared; its answers are signed `signed_ago` seconds ago.
    """

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.origin = ""
        self.server_id = "b2ks6vm8p23w"
        self.name = "Tìm quanh"
        self.fasp_id = ""
        self.their_key = ""
        self.completion_uri = ""
        self.calls: list[Got] = []
        self.wrong: list[str] = []
        self.capabilities: tuple[str, ...] = ALL
        self.answer: Callable[[Got], tuple[int, bytes] | None] = lambda got: None
        self._last = 0
        self.delay = 0.0
        self.sign_with: Ed25519PrivateKey | None = None
        self.signed_ago = 0
        self.more_headers: dict[str, str] = {}
        self.hold = asyncio.Event()
        self.hold.set()

    @property
    def public_key(self) -> str:
        return base64.b64encode(self.key.public_key().public_bytes(*RAW)).decode()

    @property
    def fingerprint(self) -> str:
        raw = self.key.public_key().public_bytes(*RAW)
        return base64.b64encode(hashlib.sha256(raw).digest()).decode()

    @property
    def announced(self) -> list[dict[str, Any]]:
        return [got.json for got in self.calls if got.path == "/data_sharing/v0/announcements"]

    def events(self) -> list[tuple[str, str, str]]:
        """Category, event and address of each, in order."""
        return [
            (said["category"], said.get("eventType", ""), uri)
            for said in self.announced
            for uri in said["objectUris"]
        ]

    async def register(self, rig: Rig, **changes: object) -> tuple[int, dict[str, Any]]:
        """Register at a network, unsigned; the answer is kept."""
        body = {
            "name": self.name,
            "baseUrl": self.origin,
            "serverId": self.server_id,
            "publicKey": self.public_key,
        } | changes
        url = f"{rig.url}/api/fasp/registration"
        async with aiohttp.ClientSession() as client, client.post(url, json=body) as answer:
            told = await answer.json()
        if answer.status == 201:
            self.fasp_id, self.their_key = told["faspId"], told["publicKey"]
            self.completion_uri = told["registrationCompletionUri"]
        return answer.status, told

    def headers(
        self, method: str, url: str, body: bytes, *, created: int | None = None
    ) -> dict[str, str]:
        """The headers of a signed call, as fasp.md has them."""
        parameters = (
            '("@method" "@target-uri" "content-digest")'
            f';created={created or int(time.time())};keyid="{self.fasp_id}"'
        )
        base = (
            f'"@method": {method}\n"@target-uri": {url}\n"content-digest": {digest(body)}\n'
            f'"@signature-params": {parameters}'
        )
        signature = base64.b64encode(self.key.sign(base.encode())).decode()
        return {
            "Content-Digest": digest(body),
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{signature}:",
        }

    async def call(
        self,
        rig: Rig,
        method: str,
        path: str,
        content: object = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Call a network under its faspBaseUrl; a 2xx answer's signature is checked."""
        body = b"" if content is None else json.dumps(content).encode()
        url = f"{rig.url}/api/fasp{path}"
        # Signatures count seconds, and none is taken twice.
        self._last = max(self._last + 1, int(time.time()))
        signed = self.headers(method, url, body, created=self._last)
        sent = headers if headers is not None else signed
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, url, data=body or None, headers=sent) as answer,
        ):
            got = await answer.read()
        if answer.status < 300:
            self._check_answer(answer, got)
        return answer.status, json.loads(got) if got else None

    def _check_answer(self, answer: aiohttp.ClientResponse, body: bytes) -> None:
        assert answer.headers["Content-Digest"] == digest(body)
        given = answer.headers["Signature-Input"].removeprefix("sig1=")
        assert re.fullmatch(
            rf'\("@status" "content-digest"\);created=\d+;keyid="{self.server_id}"', given
        )
        base = (
            f'"@status": {answer.status}\n"content-digest": {digest(body)}\n'
            f'"@signature-params": {given}'
        )
        self._verify(answer.headers["Signature"], base)

    def _verify(self, header: str, base: str) -> None:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.their_key))
        key.verify(base64.b64decode(header.removeprefix("sig1=:").removesuffix(":")), base.encode())

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        got = Got(request.method, request.path_qs, body)
        if request.path.startswith("/alliance/"):
            return web.Response(status=404)  # only Nối's hubs have these
        try:
            self._check_call(request, body)
        except Exception as error:
            self.wrong.append(f"{got.method} {got.path}: {error!r}")
            return web.Response(status=401)
        self.calls.append(got)
        await asyncio.sleep(self.delay)
        await self.hold.wait()
        status, answered = self.answer(got) or self._usual(got)
        return web.Response(
            status=status, body=answered, headers=self._answer_headers(status, answered)
        )

    def _check_call(self, request: web.Request, body: bytes) -> None:
        assert request.headers["Content-Digest"] == digest(body)
        given = request.headers["Signature-Input"].removeprefix("sig1=")
        assert re.fullmatch(
            r'\("@method" "@target-uri" "content-digest"\);created=\d+;'
            rf'keyid="{self.server_id}"',
            given,
        )
        base = (
            f'"@method": {request.method}\n"@target-uri": {self.origin}{request.path_qs}\n'
            f'"content-digest": {digest(body)}\n"@signature-params": {given}'
        )
        self._verify(request.headers["Signature"], base)

    def _usual(self, got: Got) -> tuple[int, bytes]:
        if got.path == "/provider_info":
            info = {
                "name": self.name,
                "privacyPolicy": [{"url": f"{self.origin}/privacy", "language": "vi"}],
                "capabilities": [{"id": name, "version": "0.1"} for name in self.capabilities],
                "signInUrl": f"{self.origin}/sign-in",
                "contactEmail": "ai@timquanh.example",
                "fediverseAccount": "@timquanh@timquanh.example",
            }
            return 200, json.dumps(info).encode()
        return 204 if "activation" in got.path else 200, b""

    def _answer_headers(self, status: int, body: bytes) -> dict[str, str]:
        parameters = (
            f'("@status" "content-digest");created={int(time.time()) - self.signed_ago};'
            f'keyid="{self.fasp_id}"'
        )
        base = (
            f'"@status": {status}\n"content-digest": {digest(body)}\n'
            f'"@signature-params": {parameters}'
        )
        signature = base64.b64encode((self.sign_with or self.key).sign(base.encode())).decode()
        return {
            "Content-Digest": digest(body),
            "Signature-Input": f"sig1={parameters}",
            "Signature": f"sig1=:{signature}:",
            **self.more_headers,
        }


@asynccontextmanager
async def providing() -> AsyncGenerator[PlayedProvider]:
    """A provider that answers on a port of its own."""
    played = PlayedProvider()
    async with on_loopback(played._handle) as port:  # pyright: ignore[reportPrivateUsage]
        played.origin = f"http://localhost:{port}"
        try:
            yield played
        finally:
            played.hold.set()


async def use(
    rig: Rig, played: PlayedProvider, *, content: bool = True, accounts: bool = True
) -> int:
    """Register, confirm, switch everything on, and subscribe to what begins, changes and ends."""
    from noi.services import alliance

    assert (await played.register(rig))[0] == 201
    provider_id = int(played.fasp_id)
    await alliance.look(rig.network, None, provider_id)
    await alliance.confirm(
        rig.network,
        None,
        provider_id,
        fingerprint=played.fingerprint,
        capabilities=ALL,
        content=content,
        accounts=accounts,
    )
    await rig.work()
    return provider_id


async def subscribe(rig: Rig, played: PlayedProvider, category: str, batch: int = 50) -> str:
    """Subscribe to a category's lifecycle; answers the subscription's id."""
    wish = {"category": category, "subscriptionType": "lifecycle", "maxBatchSize": batch}
    status, told = await played.call(rig, "POST", "/data_sharing/v0/event_subscriptions", wish)
    assert status == 201, told
    return told["subscription"]["id"]
