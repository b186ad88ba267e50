"""Accounts of other servers for tests of services, and servers that take what is sent to them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.services.network import Network

_INSERT = """INSERT INTO accounts (id, domain, username, username_key, display_name, uri, url,
    inbox_uri, shared_inbox_uri, inbox_host, key_id, public_key, created_at, updated_at)
VALUES (:id, :domain, :username, :username, :username, :uri, :uri,
    :inbox_uri, :shared_inbox_uri, :domain, :key_id, '', :now, :now)"""


async def arrive(network: Network, name: str, domain: str, *, shared_inbox: bool = True) -> int:
    """A remote account `name@domain` that is reached over plain http; answers its id."""
    account_id = network.ids.next()
    uri = f"http://{domain}/users/{name}"
    row = {
        "id": account_id,
        "domain": domain,
        "username": name,
        "uri": uri,
        "inbox_uri": f"{uri}/inbox",
        "shared_inbox_uri": f"http://{domain}/inbox" if shared_inbox else "",
        "key_id": f"{uri}#main-key",
        "now": now_ms(),
    }

    async def work(tx: Transaction) -> None:
        await tx.execute(_INSERT, row)

    await network.db.transaction(work)
    return account_id


class Inbox:
    """What a server has got, and how it answers: `answer` is its status, or a function."""

    def __init__(self) -> None:
        self.domain = ""
        self.received: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.answer: int | Callable[[web.Request], Awaitable[web.Response]] = 202
        self.arrived = asyncio.Event()

    @property
    def kinds(self) -> list[str]:
        return [activity["type"] for activity in self.received]


@asynccontextmanager
async def inbox() -> AsyncGenerator[Inbox]:
    """A server on loopback that takes every POST."""
    box = Inbox()

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        answer = box.answer
        response = web.Response(status=answer) if isinstance(answer, int) else await answer(request)
        if response.status < 300:
            box.received.append(json.loads(body))
            box.headers.append({name.lower(): value for name, value in request.headers.items()})
            box.paths.append(request.path)
        box.arrived.set()
        return response

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    box.domain = f"localhost:{runner.addresses[0][1]}"
    try:
        yield box
    finally:
        await runner.cleanup()


async def follow_back(network: Network, account_id: int, target_id: int) -> None:
    """Let an account follow another, as if both servers had agreed."""
    from noi.db import follows

    async def work(tx: Transaction) -> None:
        terms = follows.FollowTerms(uri=f"http://example.org/follows/{account_id}-{target_id}")
        new_id = network.ids.next()
        await follows.insert(tx, "follows", new_id, account_id, target_id, terms)

    await network.db.transaction(work)
