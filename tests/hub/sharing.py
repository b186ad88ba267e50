"""A member of a hub that is made up by a test: its people and posts, and what it announces."""

import json
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from far_server import FarServer, Written
from noi.activitypub import fasp
from noi.activitypub.signatures import Request, Response
from noi.db.hub import accounts, posts
from noi.models.hub import Member
from noi.models.hub_records import HubAccount, HubPost
from noi.models.ids import now_ms
from noi.services.hub import members
from other_servers import on_loopback
from testrig import Rig

_JOIN = """INSERT INTO hub_members (id, host, state, base_url, server_id, fasp_id, public_key,
    private_key, asked_at, admitted_at)
VALUES (:id, :host, :state, :base_url, :server_id, 'the-hub', :public_key, :private_key, :now,
    :now)"""
_SHARE = """INSERT INTO hub_capabilities (member_id, capability, activated_at)
VALUES (:id, 'data_sharing', :now)"""
_SUBSCRIBE = """INSERT INTO hub_subscriptions
    (id, member_id, remote_id, category, kind, created_at)
VALUES (:id, :member_id, '1', 'content', 'lifecycle', :now)"""


class FarMember(FarServer):
    """A far server that is a member, too. `called` is what the hub asked it for, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ours, self.theirs = fasp.new_pair(), fasp.new_pair()
        self.id = 0
        self.server_id = ""
        self.called: list[tuple[str, str, Any]] = []
        self.fails = 0
        """The status that the hub's calls are answered with, where it is not 0."""

    @property
    def base_url(self) -> str:
        return f"{self.origin}/fasp"

    async def join(self, hub: Rig, *, state: str = "admitted", subscribed: bool = True) -> Member:
        """Be a member that shares, without the way that leads there."""
        db, now = hub.network.db, now_ms()
        self.id, self.server_id = hub.network.ids.next(), secrets.token_hex(8)
        row = {
            "id": self.id,
            "host": self.domain,
            "state": state,
            "base_url": self.base_url,
            "server_id": self.server_id,
            "public_key": self.ours.public_key,
            "private_key": self.theirs.private_key,
            "now": now,
        }
        await db.execute(_JOIN, row)
        await db.execute(_SHARE, {"id": self.id, "now": now})
        if subscribed:
            new_id = hub.network.ids.next()
            await db.execute(_SUBSCRIBE, {"id": new_id, "member_id": self.id, "now": now})
        found = await members.by_server_id(hub.network, self.server_id)
        assert found
        return found

    async def announce(
        self, hub: Rig, *uris: str, event: str = "new", category: str = "content"
    ) -> int:
        """Announce addresses under the subscription; answers the status."""
        return await self.say(hub, announcement(*uris, event=event, category=category))

    async def say(self, hub: Rig, body: dict[str, Any]) -> int:
        """Send an announcement as it stands; the answer's signature is checked."""
        url = f"{hub.url}/data_sharing/v0/announcements"
        content = json.dumps(body).encode()
        now = now_ms() + 1000 * secrets.randbelow(200)  # two alike within a second are one
        headers = fasp.sign_request(
            self.server_id, self.ours.private_key, "POST", url, content, now
        )
        headers["Content-Type"] = "application/json"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=content, headers=headers) as answer,
        ):
            lowered = {name.lower(): value for name, value in answer.headers.items()}
            signed = Response(answer.status, lowered, await answer.read())
            fasp.check_response(signed, self.theirs.public_key, now_ms())
            return answer.status

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if not request.path.startswith("/fasp/"):
            return await super().answer(request)
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        signed = Request(request.method, self.origin, request.path_qs, headers, body)
        fasp.check_request(signed, "the-hub", self.theirs.public_key, now_ms())
        path = request.path.removeprefix("/fasp/data_sharing/v0")
        self.called.append((request.method, path, json.loads(body) if body else None))
        status, told = self._told(request.method, path)
        content = json.dumps(told).encode() if told else b""
        made = fasp.sign_response(self.server_id, self.ours.private_key, status, content, now_ms())
        return web.Response(status=status, body=content, headers=made)

    def _told(self, method: str, path: str) -> tuple[int, object]:
        if self.fails:
            return self.fails, None
        if method == "DELETE" or path.endswith("/continuation"):
            return 204, None
        number = str(len(self.called))
        if path == "/event_subscriptions":
            return 201, {"subscription": {"id": number}}
        return 200, {"backfillRequest": {"id": int(number)}}

    def consenting(self, name: str, /, **changes: Any) -> Written:
        """Somebody who wants to be found, and their posts too."""
        uri = f"{self.origin}/users/{name}"
        flags = {"discoverable": True, "indexable": True, "following": f"{uri}/following"}
        return self.person(name, **{**flags, **changes})


def announcement(
    *uris: str, event: str = "new", category: str = "content", subscription: str = "1"
) -> dict[str, Any]:
    """The body of an announcement."""
    return {
        "source": {"subscription": {"id": subscription}},
        "category": category,
        "eventType": event,
        "objectUris": list(uris),
    }


@asynccontextmanager
async def far_member() -> AsyncGenerator[FarMember]:
    """A server on loopback that may become a member."""
    member = FarMember()
    async with on_loopback(member.answer) as port:
        member.domain = f"localhost:{port}"
        try:
            yield member
        finally:
            member.hold.set()


async def held_account(hub: Rig, uri: str) -> HubAccount | None:
    return await accounts.by_uri(hub.network.db, uri)


async def held_post(hub: Rig, uri: str) -> HubPost | None:
    return await posts.by_uri(hub.network.db, uri)


async def held_uris(hub: Rig) -> set[str]:
    """The addresses of all posts that the hub holds."""
    return {row[0] for row in await hub.network.db.fetch_all("SELECT uri FROM hub_posts")}


async def waiting(hub: Rig) -> set[str]:
    """The addresses that wait to be read."""
    return {row[0] for row in await hub.network.db.fetch_all("SELECT uri FROM hub_queue")}
