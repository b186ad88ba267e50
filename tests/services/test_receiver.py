"""Handling what was taken in: fairly, each once, again after errors, and never stuck."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web

import people
import testrig
from activitypub.signing_keys import rsa_private
from noi.activitypub import cavage
from noi.db import favourites
from noi.db import inbox as table
from noi.db.database import Transaction
from noi.models.accounts import Role
from noi.models.errors import Forbidden, NotFound
from noi.models.ids import now_ms
from noi.services import inbox, receiver
from noi.services.inbox import Received, Unverified, Work
from noi.services.network import Network
from noi.services.receiver import Receiver
from noi.transport.errors import Refused, Unreachable
from other_servers import on_loopback
from strangers import arrive

pytestmark = pytest.mark.anyio

HOUR = 3_600_000


async def put(
    network: Network, domain: str, number: int, kind: str = "Like", *, signed: bool = False
) -> None:
    """Journal an activity; `signed` by a key that has to be fetched."""
    actor = f"http://{domain}/users/an"
    activity = {
        "id": f"{actor}#{number}",
        "type": kind,
        "actor": actor,
        "object": f"{network.settings.origin}/users/lan/statuses/{number}",
    }
    body = msgspec.json.encode(activity)
    await table.insert(
        network.db,
        host=domain,
        actor_uri=actor,
        body=body,
        signature=signature(network, f"{actor}#main-key", body) if signed else "",
    )


def signature(network: Network, key_id: str, body: bytes) -> str:
    url = f"{network.settings.origin}/inbox"
    headers = cavage.sign(key_id, rsa_private(), "POST", url, now_ms(), body)
    headers = {"Host": network.settings.host, **headers}
    lowered = {name.lower(): value for name, value in headers.items()}
    return msgspec.json.encode(Unverified("POST", "/inbox", lowered)).decode()


class Seen:
    """A handler that notes what it got, and in which transactions that ended."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.error: Exception | None = None

    async def handle(self, network: Network, received: Received) -> Work | None:
        if self.error is not None:
            raise self.error
        number = int(received.activity.id.rpartition("#")[2])

        async def work(tx: Transaction) -> None:
            await favourites.insert(tx, network.ids.next(), received.actor.id, number)

        self.ids.append(received.activity.id)
        return work


async def states(network: Network) -> list[tuple[str, int, str]]:
    sql = "SELECT state, attempts, error FROM inbox_journal ORDER BY id"
    return [(row[0], row[1], row[2]) for row in await network.db.fetch_all(sql)]


async def test_a_flood_of_one_host_delays_nobody_else(engine: str) -> None:
    async with testrig.services(engine) as rig:
        network, seen = rig.network, Seen()
        for domain in ("flood.example", "a.example", "z.example"):
            await arrive(network, "an", domain)
        for number in range(600):
            await put(network, "flood.example", number)
        await put(network, "a.example", 1)
        await put(network, "z.example", 1)
        assert await Receiver(network, "test", seen.handle).handle_due() == 602
        places = [
            seen.ids.index(f"http://{host}/users/an#1") for host in ("a.example", "z.example")
        ]
        assert max(places) < receiver.AT_ONCE
        assert await network.db.fetch_value("SELECT count(*) FROM favourites") == 602
        assert await states(network) == []


async def test_what_an_actor_takes_back_waits_for_what_it_did(engine: str) -> None:
    async with testrig.services(engine) as rig:
        network, gate = rig.network, asyncio.Event()
        order: list[str] = []
        await arrive(network, "an", "peer.example")
        await arrive(network, "an", "other.example")

        async def handle(_network: Network, received: Received) -> Work | None:
            kind = received.activity.type
            if kind == "Like":
                await gate.wait()
            if received.actor.domain == "other.example":
                gate.set()
            order.append(kind)
            return None

        for number, kind in enumerate(["Like", "Undo", "Like", "View"]):
            await put(network, "peer.example", number, kind)
        await put(network, "other.example", 1, "View")
        await Receiver(network, "test", handle).handle_due()
        assert order[0] == "View"  # of another actor
        assert [kind for kind in order[1:] if kind != "View"] == ["Like", "Undo", "Like"]


@pytest.mark.parametrize("error", [RuntimeError("a fault"), Unreachable("away")])
async def test_what_fails_is_tried_again_and_then_set_aside(
    engine: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "MAX_ATTEMPTS", 3)
    async with testrig.services(engine) as rig:
        network, seen = rig.network, Seen()
        owner = await people.join(network, "chu", Role.OWNER)
        await arrive(network, "an", "peer.example")
        await put(network, "peer.example", 1)
        seen.error = error
        for attempt in range(1, 4):
            with_error = Receiver(network, "test", seen.handle)
            if isinstance(error, RuntimeError):
                with pytest.raises(RuntimeError):
                    await with_error.handle_due(now=now_ms() + HOUR)
            else:
                await with_error.handle_due(now=now_ms() + HOUR)
            state, attempts, described = (await states(network))[0]
            assert (state, attempts) == ("ready" if attempt < 3 else "failed", attempt)
            assert str(error) in described
            if attempt < 3:  # not at once
                assert await Receiver(network, "test", seen.handle).handle_due() == 0
        failed = await inbox.fetch_failed(network, owner)
        assert [entry.host for entry in failed] == ["peer.example"]
        seen.error = None
        await inbox.retry(network, owner, failed[0].id)
        await Receiver(network, "test", seen.handle).handle_due()
        assert seen.ids == ["http://peer.example/users/an#1"]
        assert await states(network) == []
        with pytest.raises(NotFound):
            await inbox.drop(network, owner, failed[0].id)


@pytest.mark.parametrize("error", [Forbidden("No"), Refused("No")])
async def test_what_is_refused_is_dropped(engine: str, error: Exception) -> None:
    async with testrig.services(engine) as rig:
        network, seen = rig.network, Seen()
        await arrive(network, "an", "peer.example")
        await put(network, "peer.example", 1)
        seen.error = error
        await Receiver(network, "test", seen.handle).handle_due()
        assert await states(network) == []


async def test_what_nobody_can_read_keeps_nothing_else_waiting(engine: str) -> None:
    async with testrig.services(engine) as rig:
        network, seen = rig.network, Seen()
        await arrive(network, "an", "peer.example")
        actor = "http://peer.example/users/an"
        for body in (b"\xff\x00", b"[]", b'{"type": 5, "object": [[[]]]}'):
            await table.insert(network.db, host="peer.example", actor_uri=actor, body=body)
        await put(network, "peer.example", 1)
        await Receiver(network, "test", seen.handle).handle_due()
        assert seen.ids == [f"{actor}#1"]


async def test_only_moderators_see_what_failed(engine: str) -> None:
    async with testrig.services(engine) as rig:
        lan = await people.join(rig.network, "lan")
        with pytest.raises(Forbidden):
            await inbox.fetch_failed(rig.network, lan)


@asynccontextmanager
async def hanging() -> AsyncGenerator[tuple[str, asyncio.Event]]:
    """A server that never answers, and whether it was asked."""
    asked, never = asyncio.Event(), asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        asked.set()
        await never.wait()
        return web.Response()

    async with on_loopback(hang) as port:
        try:
            yield f"localhost:{port}", asked
        finally:
            never.set()


async def test_hosts_that_hang_hold_nobody_up(engine: str) -> None:
    async with testrig.services(engine) as rig, hanging() as (domain, asked):
        network, seen = rig.network, Seen()
        await arrive(network, "an", "peer.example")
        for number in range(40):
            await put(network, domain, number, signed=True)
        running = Receiver(network, "test", seen.handle)
        task = asyncio.create_task(running.run(drain_seconds=0))
        async with asyncio.timeout(20):
            await asked.wait()
            await put(network, "peer.example", 1)
            running.wake()
            while not await network.db.fetch_value("SELECT count(*) FROM favourites"):
                await asyncio.sleep(0.01)
        running.stop()
        await task
        assert seen.ids == ["http://peer.example/users/an#1"]
        # What did not end is still there, for the next worker.
        left = await network.db.fetch_value(
            "SELECT count(*) FROM inbox_journal WHERE state = 'ready'"
        )
        assert left == 40
