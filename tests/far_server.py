"""Another server with people and posts, made up by a test: documents, WebFinger, files."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from aiohttp import web

from noi.activitypub.keys import KeyPair, new_rsa_pair
from other_servers import on_loopback

Written = dict[str, Any]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ACTIVITY = "application/activity+json"


class Answer:
    """What the server says at one path."""

    def __init__(
        self,
        body: bytes = b"",
        content_type: str = ACTIVITY,
        *,
        status: int = 200,
        location: str = "",
    ) -> None:
        self.body = body
        self.content_type = content_type
        self.status = status
        self.location = location


class FarServer:
    """`asked` are the paths that were asked for, in order; `hold` lets it hang while cleared.

    `handles` are names and whose they are, `subjects` what WebFinger calls them otherwise.
    """

    def __init__(self) -> None:
        self.domain = ""
        self.asked: list[str] = []
        self.answers: dict[str, Answer] = {}
        self.handles: dict[str, str] = {}
        self.subjects: dict[str, str] = {}
        self.hold = asyncio.Event()
        self.hold.set()

    @property
    def origin(self) -> str:
        return f"http://{self.domain}"

    def put(self, document: Written) -> Written:
        """Serve a document at its id."""
        path = str(document["id"]).removeprefix(self.origin)
        self.answers[path] = Answer(json.dumps(document).encode())
        return document

    def person(self, name: str, /, **changes: Any) -> Written:
        """An actor at `/users/NAME` whose handle is `NAME` here."""
        uri = f"{self.origin}/users/{name}"
        self.handles[name.lower()] = uri
        document = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": uri,
            "type": "Person",
            "preferredUsername": name,
            "name": name.title(),
            "inbox": f"{uri}/inbox",
            "outbox": f"{uri}/outbox",
            "followers": f"{uri}/followers",
            "endpoints": {"sharedInbox": f"{self.origin}/inbox"},
            "publicKey": {
                "id": f"{uri}#main-key",
                "owner": uri,
                "publicKeyPem": one_pair().public_key,
            },
        }
        return self.put({**document, **changes})

    def note(self, author: str, number: int | str, /, **changes: Any) -> Written:
        """A public note by `author` (a name here)."""
        uri = f"{self.origin}/users/{author}"
        document = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{uri}/statuses/{number}",
            "type": "Note",
            "attributedTo": uri,
            "to": [PUBLIC],
            "cc": [f"{uri}/followers"],
            "content": f"<p>Bài {number}</p>",
        }
        return self.put({**document, **changes})

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return self.asked.count(path)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        await self.hold.wait()
        if request.path == "/.well-known/webfinger":
            return self._webfinger(request.query.get("resource", ""))
        found = self.answers.get(request.path)
        if found is None:
            return web.Response(status=404)
        if found.location:
            return web.Response(status=302, headers={"Location": found.location})
        headers = {"Content-Type": found.content_type}
        return web.Response(body=found.body, status=found.status, headers=headers)

    def _webfinger(self, resource: str) -> web.Response:
        name = resource.removeprefix("acct:").partition("@")[0].lower()
        if name not in self.handles:
            return web.Response(status=404)
        link = {"rel": "self", "type": ACTIVITY, "href": self.handles[name]}
        subject = self.subjects.get(name, resource)
        return web.json_response({"subject": subject, "links": [link]})


@asynccontextmanager
async def far_server() -> AsyncGenerator[FarServer]:
    """A server on loopback."""
    server = FarServer()
    async with on_loopback(server.answer) as port:
        server.domain = f"localhost:{port}"
        try:
            yield server
        finally:
            server.hold.set()


@cache
def one_pair() -> KeyPair:
    """The same keys each time, for making them takes long."""
    return new_rsa_pair()
