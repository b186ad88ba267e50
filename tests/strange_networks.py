"""Networks with other software that are members of a hub: Mastodon's habits, and hostile ones."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
from aiohttp import web

from noi.activitypub import fasp
from noi.activitypub.digests import content_digest
from noi.activitypub.keys import parse_private_key, sign_bytes
from noi.activitypub.signatures import Request, encode_base64
from noi.models.hub import Member
from noi.models.ids import now_ms
from noi.services.hub import charters, members
from noi.services.network import Network
from noi.transport.fasp import Peer
from other_servers import on_loopback

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Strange:
    """A server like Mastodon; `answers` replaces what it answers at a path.

    `calls` are the signed calls that a hub made, as method, path and body.
    """

    def __init__(self) -> None:
        self.host = ""
        self.pair = fasp.new_pair()
        self.fasp_id = "17"
        self.server_id = ""
        self.provider_key = ""
        self.provider_url = ""
        self.registered: list[dict[str, str]] = []
        self.calls: list[tuple[str, str, Any]] = []
        self.called = asyncio.Event()
        self.answers: dict[str, Answering] = {}
        self.metadata: dict[str, Any] = {}

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def peer(self) -> Peer:
        """The hub, as this server calls it."""
        return Peer(self.provider_url, self.server_id, self.pair.private_key, self.provider_key)

    async def send(
        self, method: str, path: str, body: bytes = b"", **changes: Any
    ) -> tuple[int, dict[str, str], bytes]:
        """Call the hub, with `headers` or the moment `now` (ms) replaced; answers all it says."""
        url = self.provider_url + path
        now = changes.get("now", now_ms())
        key = changes.get("private_key", self.pair.private_key)
        headers = fasp.sign_request(self.server_id, key, method, url, body, now)
        headers |= changes.get("headers", {})
        headers = {name: value for name, value in headers.items() if value}
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                method, url, data=BytesIO(body) if body else None, headers=headers
            ) as response,
        ):
            found = {name.lower(): value for name, value in response.headers.items()}
            return response.status, found, await response.read()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path in self.answers:
            return await self.answers[request.path](request)
        if request.path.startswith("/api/fasp/"):
            return await self._fasp(request)
        documents: dict[str, Any] = {
            "/.well-known/nodeinfo": {
                "links": [
                    {
                        "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
                        "href": f"{self.origin}/nodeinfo/2.0",
                    }
                ]
            },
            "/nodeinfo/2.0": self._nodeinfo(),
            "/api/v2/instance": {
                "title": "Làng Chuồn",
                "description": "<p>Một làng bên phá Tam Giang</p>",
                "languages": ["vi", "en", "không phải mã"],
                "registrations": {"enabled": True, "approval_required": True},
                "contact": {"email": "chu@lang.example"},
            },
            "/api/v1/instance/rules": [{"id": "1", "text": "Tôn trọng nhau"}],
        }
        if request.path in documents:
            return web.json_response(documents[request.path])
        return web.Response(status=404)

    def _nodeinfo(self) -> dict[str, Any]:
        return {
            "version": "2.0",
            "software": {"name": "mastodon", "version": "4.5.2"},
            "usage": {"users": {"total": 173}},
            "openRegistrations": True,
            "metadata": {"faspBaseUrl": f"{self.origin}/api/fasp", **self.metadata},
        }

    async def _fasp(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.path.endswith("/registration"):
            return self._register(json.loads(body))
        headers = {name.lower(): value for name, value in request.headers.items()}
        message = Request(request.method, self.origin, request.path_qs, headers, body)
        fasp.check_request(message, self.fasp_id, self.provider_key, now_ms())
        self.calls.append((request.method, request.path, json.loads(body) if body else None))
        self.called.set()
        answer = b"{}"
        return web.Response(body=answer, status=201, headers=self.signed(201, answer))

    def signed(self, status: int, body: bytes, now: int = 0) -> dict[str, str]:
        """The headers of an answer as Mastodon signs it, with a key that has no name."""
        digest = content_digest(body)
        inputs = f'("@status" "content-digest");created={(now or now_ms()) // 1000}'
        base = f'"@status": {status}\n"content-digest": {digest}\n"@signature-params": {inputs}'
        key = parse_private_key(self.pair.private_key)
        signature = encode_base64(sign_bytes(key, base.encode()))
        return {
            "content-digest": digest,
            "signature-input": f"sig1={inputs}",
            "signature": f"sig1=:{signature}:",
        }

    def _register(self, given: dict[str, str]) -> web.Response:
        self.registered.append(given)
        self.server_id, self.provider_key = given["serverId"], given["publicKey"]
        self.provider_url = given["baseUrl"]
        # 200 where the specification says 201.
        return web.json_response(
            {
                "faspId": self.fasp_id,
                "publicKey": self.pair.public_key,
                "registrationCompletionUri": f"{self.origin}/admin/fasp/providers/17",
            }
        )


@asynccontextmanager
async def strange() -> AsyncGenerator[Strange]:
    """A server on loopback."""
    made = Strange()
    async with on_loopback(made.handle) as port:
        made.host = f"localhost:{port}"
        yield made


async def publish_charter(network: Network) -> None:
    """A charter, without which nobody may ask to join."""
    await charters.publish(network, {"vi": "## Mục đích\n\nTìm thấy nhau."}, None)


async def admitted(network: Network, server: Strange) -> Member:
    """Let a server become a member as it really does."""
    if await charters.current(network) is None:
        await publish_charter(network)
    await confirmed(network, server)
    return await members.admit(network, None, server.host)


async def confirmed(network: Network, server: Strange) -> None:
    """Ask a server, whose owner then accepts the hub: it calls."""
    member = await members.ask(network, server.host)
    await members.heard(network, member)
