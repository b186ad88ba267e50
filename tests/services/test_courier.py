"""Sending to other servers: what reaches whom, in which order, and what failing hosts cost."""

import asyncio
from itertools import pairwise

import pytest
from aiohttp import web

import people
import testrig
from noi.db import deliveries, hosts
from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.services import delivery, follows
from noi.services.courier import Courier
from noi.services.network import Network
from strangers import Inbox, arrive, inbox

pytestmark = pytest.mark.anyio


def note(number: int) -> dict[str, object]:
    return {"id": f"http://localhost:8000/users/lan#{number}", "type": "Create", "n": number}


async def followed_by(network: Network, follower_id: int, account_id: int, uri: str) -> None:
    from noi.db import accounts

    async def work(tx: Transaction) -> None:
        follower, target = (await accounts.get_many(tx, [follower_id, account_id])).values()
        if follower.id != follower_id:
            follower, target = target, follower
        await follows.receive(network, tx, follower, target, uri)

    await network.db.transaction(work)


async def queue(network: Network, actor_id: int, number: int, to: list[int]) -> None:
    await network.db.transaction(lambda tx: delivery.send(tx, actor_id, note(number), to=to))


async def waiting(network: Network) -> int:
    return await network.db.fetch_value("SELECT count(*) FROM deliveries")


async def test_one_post_for_each_shared_inbox(engine: str) -> None:
    async with testrig.services(engine) as rig, inbox() as first, inbox() as second:
        network = rig.network
        lan = await people.join(network, "lan")
        readers = [await arrive(network, f"a{n}", first.domain) for n in range(3)]
        readers += [await arrive(network, "b", second.domain, shared_inbox=False)]
        for number, reader in enumerate(readers):
            await followed_by(network, reader, lan.account_id, f"http://x.example/f/{number}")
        await Courier(network, "test").send_due()
        assert first.kinds == ["Accept"] * 3
        await network.db.transaction(
            lambda tx: delivery.send_to_followers(tx, lan.account_id, note(1), also=readers[:2])
        )
        assert await Courier(network, "test").send_due() == 2
        assert first.kinds[3:] == ["Create"]
        assert first.paths[-1] == "/inbox"
        assert second.paths[-1] == "/users/b/inbox"
        sent = first.received[-1]
        assert sent["proof"]["cryptosuite"] == "eddsa-jcs-2022"
        assert sent["@context"]
        assert {"signature", "digest", "date"} <= first.headers[-1].keys()
        assert await waiting(network) == 0
        assert await network.db.fetch_value("SELECT count(*) FROM outgoing_activities") == 0


async def test_activities_of_one_actor_arrive_in_order(engine: str) -> None:
    async with testrig.services(engine) as rig, inbox() as box:
        network = rig.network
        lan, mai = await people.join(network, "lan"), await people.join(network, "mai")
        reader = await arrive(network, "an", box.domain)
        for number in range(10):
            await queue(network, (lan, mai)[number % 2].account_id, number, [reader])
        await Courier(network, "test").send_due()
        numbers = [activity["n"] for activity in box.received]
        assert sorted(numbers) == list(range(10))
        assert [n for n in numbers if n % 2 == 0] == [0, 2, 4, 6, 8]
        assert [n for n in numbers if n % 2 == 1] == [1, 3, 5, 7, 9]


async def test_a_failing_host_waits_longer_each_time_and_is_given_up(engine: str) -> None:
    async with testrig.services(engine) as rig, inbox() as box:
        network = rig.network
        lan = await people.join(network, "lan")
        reader = await arrive(network, "an", box.domain)
        box.answer = 500
        await queue(network, lan.account_id, 1, [reader])
        courier = Courier(network, "test")
        pauses: list[int] = []
        for _ in range(4):
            assert await courier.send_due(now=await due(network, box)) == 0
            host = await hosts.get(network.db, box.domain)
            assert host and host.waiting
            pauses.append(host.retry_at - now_ms())
        assert all(later > 1.1 * sooner for sooner, later in pairwise(pauses))
        await queue(network, lan.account_id, 2, [reader])
        assert await courier.send_due() == 0  # nothing goes around the pause

        box.answer = 202
        assert await courier.send_due(now=await due(network, box)) == 2
        assert [activity["n"] for activity in box.received] == [1, 2]
        host = await hosts.get(network.db, box.domain)
        assert host and (host.failures, host.waiting) == (0, False)

        box.answer = 503
        await queue(network, lan.account_id, 3, [reader])
        await courier.send_due()
        eight_days_ago = now_ms() - 8 * 86_400_000
        await network.db.execute("UPDATE hosts SET failing_since = :t", {"t": eight_days_ago})
        await courier.send_due(now=await due(network, box))
        host = await hosts.get(network.db, box.domain)
        assert host and host.dead_at and not host.waiting
        assert await waiting(network) == 0
        await queue(network, lan.account_id, 4, [reader])
        assert await waiting(network) == 0  # a dead host gets nothing until it speaks again
        await network.db.transaction(lambda tx: hosts.heard(tx, [box.domain], now_ms()))
        await queue(network, lan.account_id, 5, [reader])
        assert await waiting(network) == 1


async def due(network: Network, box: Inbox) -> int:
    host = await hosts.get(network.db, box.domain)
    assert host
    return host.retry_at


async def test_a_peer_says_when_to_come_back(engine: str) -> None:
    async with testrig.services(engine) as rig, inbox() as box:
        network = rig.network
        lan = await people.join(network, "lan")
        reader = await arrive(network, "an", box.domain)

        async def busy(_request: web.Request) -> web.Response:
            return web.Response(status=429, headers={"Retry-After": "7200"})

        box.answer = busy
        await queue(network, lan.account_id, 1, [reader])
        await Courier(network, "test").send_due()
        assert await due(network, box) >= now_ms() + 7_190_000


async def test_a_refused_activity_does_not_hold_up_the_next(engine: str) -> None:
    async with testrig.services(engine) as rig, inbox() as box:
        network = rig.network
        lan = await people.join(network, "lan")
        reader = await arrive(network, "an", box.domain)

        async def picky(request: web.Request) -> web.Response:
            number = (await request.json())["n"]
            return web.Response(status=422 if number == 1 else 202)

        box.answer = picky
        for number in (1, 2):
            await queue(network, lan.account_id, number, [reader])
        assert await Courier(network, "test").send_due() == 2
        assert [activity["n"] for activity in box.received] == [2]
        host = await hosts.get(network.db, box.domain)
        assert host and host.failures == 0


@pytest.mark.parametrize("status", [404, 410])
async def test_a_gone_inbox_ends_the_follows_behind_it(engine: str, status: int) -> None:
    async with testrig.services(engine) as rig, inbox() as box:
        network = rig.network
        lan = await people.join(network, "lan")
        reader = await arrive(network, "an", box.domain)
        await followed_by(network, reader, lan.account_id, "http://x.example/f/1")
        await rig.work()
        box.answer = status
        await network.db.transaction(
            lambda tx: delivery.send_to_followers(tx, lan.account_id, note(1))
        )
        for _ in range(4):
            await rig.work(until=now_ms() + 86_400_000)
        assert await network.db.fetch_value("SELECT count(*) FROM follows") == 0
        assert await waiting(network) == 0


async def test_hanging_hosts_do_not_delay_others(engine: str) -> None:
    async with testrig.services(engine) as rig, inbox() as slow, inbox() as quick:
        network = rig.network
        lan = await people.join(network, "lan")
        begun, never = asyncio.Event(), asyncio.Event()

        async def hang(_request: web.Request) -> web.Response:
            begun.set()
            await never.wait()
            return web.Response(status=202)

        slow.answer = hang
        sleepy = await arrive(network, "an", slow.domain)
        awake = await arrive(network, "binh", quick.domain)
        courier = Courier(network, "test")
        running = asyncio.create_task(courier.run(drain_seconds=0))
        await queue(network, lan.account_id, 1, [sleepy])
        courier.wake()
        await begun.wait()
        await queue(network, lan.account_id, 2, [sleepy, awake])
        courier.wake()
        async with asyncio.timeout(10):
            await quick.arrived.wait()
        assert quick.received[0]["n"] == 2
        courier.stop()
        await running
        never.set()
        # What did not end is still there, for the next worker.
        assert [d.host for d in await deliveries.queued(network.db, [slow.domain], 9)] == [
            slow.domain,
            slow.domain,
        ]
        assert await due(network, slow) <= now_ms()


async def test_two_workers_send_nothing_twice(engine: str) -> None:
    async with testrig.services(engine) as rig, inbox() as box, inbox() as other:
        network = rig.network
        lan = await people.join(network, "lan")
        readers = [
            await arrive(network, "an", box.domain),
            await arrive(network, "b", other.domain),
        ]
        for number in range(40):
            await queue(network, lan.account_id, number, readers)
        await asyncio.gather(Courier(network, "one").send_due(), Courier(network, "two").send_due())
        for taken in (box, other):
            assert [activity["n"] for activity in taken.received] == list(range(40))
