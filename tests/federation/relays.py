"""A relay of either kind, played by a small server."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from noi.activitypub.keys import new_ed25519_pair, new_rsa_pair, parse_private_key
from noi.transport.signed import SigningKey
from posting import post_activity
from testrig import Rig


class PlayedRelay:
    """What it got; its actor is at `{origin}{path}`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.origin = ""
        self.received: list[dict[str, Any]] = []
        self._rsa, self._ed25519 = new_rsa_pair(), new_ed25519_pair()

    @property
    def actor_uri(self) -> str:
        return f"{self.origin}{self.path}"

    @property
    def inbox_uri(self) -> str:
        return f"{self.origin}/inbox"

    def of_type(self, name: str) -> list[dict[str, Any]]:
        return [activity for activity in self.received if activity["type"] == name]

    def actor(self) -> dict[str, object]:
        key_id = f"{self.actor_uri}#main-key"
        key = {"id": key_id, "owner": self.actor_uri, "publicKeyPem": self._rsa.public_key}
        return {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": self.actor_uri,
            "type": "Application",
            "preferredUsername": "relay",
            "inbox": self.inbox_uri,
            "followers": f"{self.actor_uri}/followers",
            "publicKey": key,
        }

    async def send(self, here: Rig, activity: dict[str, object] | bytes) -> int:
        """Deliver something to a network's shared inbox; answers the HTTP status."""
        key = SigningKey(
            0,
            self.actor_uri,
            f"{self.actor_uri}#main-key",
            parse_private_key(self._rsa.private_key),  # type: ignore[arg-type]
            "",
            parse_private_key(self._ed25519.private_key),  # type: ignore[arg-type]
        )
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        answer = await post_activity(here.network.client, f"{here.url}/inbox", body, key)
        return answer.status

    def says(self, kind: str, object_: object, number: int = 1) -> dict[str, object]:
        """An activity of the relay's actor."""
        return {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{self.actor_uri}/{kind.lower()}/{number}",
            "type": kind,
            "actor": self.actor_uri,
            "to": [f"{self.actor_uri}/followers"],
            "object": object_,
        }


@asynccontextmanager
async def relaying(path: str) -> AsyncGenerator[PlayedRelay]:
    """Run a relay whose actor is at `path`."""
    relay = await asyncio.to_thread(PlayedRelay, path)
    app = web.Application()
    app.router.add_get(path, _showing(relay.actor))
    app.router.add_post("/inbox", _taking(relay))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    relay.origin = f"http://localhost:{runner.addresses[0][1]}"
    try:
        yield relay
    finally:
        await runner.cleanup()


def _showing(document: Callable[[], dict[str, object]]) -> Any:
    async def show(_request: web.Request) -> web.Response:
        body = json.dumps(document()).encode()
        return web.Response(body=body, content_type="application/activity+json")

    return show


def _taking(relay: PlayedRelay) -> Any:
    async def take(request: web.Request) -> web.Response:
        relay.received.append(json.loads(await request.read()))
        return web.Response(status=202)

    return take
