"""What came from a network is gone when it leaves, is suspended or shares no more."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

import found
import testrig
from noi.db.database import Transaction
from noi.db.hub import queue, received
from noi.db.hub import subscriptions as subscription_table
from noi.db.hub.queue import Named
from noi.models.hub import Member, MemberState
from noi.models.hub_jobs import ForgetMember
from noi.models.hub_records import Category, Event, HubSubscription
from noi.models.jobs import PurgeSearch
from noi.services.hub import checks, erasure, members, post_search, receipts, withdrawals
from noi.services.network import Network
from strange_networks import Strange, admitted, strange
from strangers import arrive

TOLD = {"rule": "Không thư rác", "reason": "Ba nghìn bài một giờ"}
PEOPLE = 23
OTHER = "noi-khac.example"
DATA = (
    "hub_accounts",
    "hub_posts",
    "hub_account_tags",
    "hub_post_tags",
    "hub_post_links",
    "hub_follows",
    "hub_queue",
    "hub_post_trending",
    "hub_subscriptions",
    "hub_account_search",
    "hub_post_search",
)


async def counts(network: Network) -> dict[str, int]:
    """The rows of every table that has something of people."""
    return {name: await network.db.fetch_value(f"SELECT count(*) FROM {name}") for name in DATA}


async def fill(network: Network, member: Member, people: int = PEOPLE) -> dict[str, int]:
    """Somebody elsewhere who stays (their counts are answered), and a network's data."""
    stays = await found.person(network, f"an@{OTHER}", bio="#Huế")
    await found.post(network, stays, "Bài ở lại", tags=["Huế"], links=["https://x.example/"])
    before = await counts(network)
    for number in range(people):
        person = await found.person(
            network, f"p{number}@{member.host}", bio="#Huế", member_id=member.id
        )
        for _ in range(3):
            await found.post(network, person, "Bài đi", tags=["Huế"], links=["https://y.example/"])
        await found.follow(network, person, stays)
        await found.follow(network, stays, person)

    async def work(tx: Transaction) -> None:
        named = [
            Named(f"https://{host}/{n}", Category.CONTENT, Event.NEW, host, announced)
            for n in range(600)
            for host, announced in ((member.host, None), ("third.example", member.id))
        ]
        await queue.put(tx, named, version=1)
        kept = HubSubscription(network.ids.next(), member.id, "7", "content", "lifecycle", 0)
        await subscription_table.insert(tx, kept)
        await received.add(tx, "2026-11-22", {(member.id, "content"): 3})
        sql = """INSERT INTO hub_post_trending (uri, member_id, announced_at)
            VALUES ('https://third.example/1', :id, 0)"""
        await tx.execute(sql, {"id": member.id})

    await network.db.transaction(work)
    await arrive(network, "gửi", member.host)
    return before


async def begin(network: Network, server: Strange, why: str) -> Member:
    if why == "leave":
        return await members.leave(network, server.host)
    if why == "suspend":
        return await members.suspend(network, None, server.host, **TOLD)
    await server.send("POST", "/capabilities/data_sharing/0/activation")
    await server.send("DELETE", "/capabilities/data_sharing/0/activation")
    return await members.get(network, server.host)


@pytest.mark.parametrize("why", ["leave", "suspend", "deactivate"])
async def test_everything_goes_and_nothing_else(engine: str, why: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        member = await admitted(rig.network, server)
        await rig.work()
        before = await fill(rig.network, member)
        member = await begin(rig.network, server, why)
        await erasure.forget(rig.network, ForgetMember(member.id))
        assert await counts(rig.network) == before
        senders = await rig.network.db.fetch_value(
            "SELECT count(*) FROM accounts WHERE domain <> ''"
        )
        kept = await received.of_member(rig.network.db, member.id, "2000-01-01")
        after = await members.get(rig.network, server.host)
        if why == "leave":
            assert (after.state, senders, list(kept)) == (MemberState.LEFT, 0, [])
            assert (await receipts.latest(rig.network, server.host)).host == server.host
        else:
            assert (after.state, senders, len(kept)) == (member.state, 1, 1)


async def words(network: Network) -> bytes:
    """All that the indexes for searching have on disk."""
    found_: list[bytes] = []
    for index in ("hub_post_search", "hub_account_search"):
        rows = await network.db.fetch_all(f"SELECT block FROM {index}_data")
        found_ += [row[0] for row in rows]
    return b"".join(found_)


async def test_no_word_of_who_left_stays_in_an_index() -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        member = await admitted(rig.network, server)
        for number in range(30):
            stays = await found.person(rig.network, f"s{number}@{OTHER}", bio="ở lại staying")
            await found.post(rig.network, stays, "Bài ở lại staying")
        person = await found.person(
            rig.network, f"an@{member.host}", bio="secretbio", member_id=member.id
        )
        await found.post(rig.network, person, "Bài đi secretword")
        await members.leave(rig.network, server.host)
        await erasure.forget(rig.network, ForgetMember(member.id))
        left = await words(rig.network)
        assert b"secret" not in left and b"staying" in left


async def test_no_word_of_who_withdrew_stays_in_an_index() -> None:
    async with testrig.hub("sqlite") as rig:
        for number in range(30):
            stays = await found.person(rig.network, f"s{number}@{OTHER}")
            await found.post(rig.network, stays, "Bài ở lại staying")
        gone = await found.person(rig.network, f"an@{OTHER}", bio="secretbio")
        await found.post(rig.network, gone, "Bài đi secretword")
        await rig.network.db.transaction(lambda tx: withdrawals.withdraw(tx, [gone.uri]))
        assert b"secretword" in await words(rig.network)  # else nothing need be done
        await checks.purge(rig.network, PurgeSearch())
        left = await words(rig.network)
        assert b"secret" not in left and b"staying" in left
        found_ = await post_search.find(rig.network, "staying", limit=50)
        assert len(found_.posts) == 30


class Killed(Exception):
    """The process is gone."""


async def interrupted(
    network: Network, after: int, work: Callable[[Network], Awaitable[None]]
) -> bool:
    """Do work, and die at the transaction number `after`; whether it came so far."""

    class Dying:
        left = after

        def __getattr__(self, name: str) -> Any:
            return getattr(network.db, name)

        async def transaction(self, inner: Callable[[Transaction], Awaitable[Any]]) -> Any:
            if Dying.left == 0:
                raise Killed
            Dying.left -= 1
            return await network.db.transaction(inner)

    dying: Any = Dying()
    try:
        await work(msgspec.structs.replace(network, db=dying))
    except Killed:
        return True
    return False


async def test_a_killed_worker_is_gone_on_from_anywhere() -> None:
    async with testrig.hub("sqlite") as rig, strange() as server:
        member = await admitted(rig.network, server)
        before = await fill(rig.network, member, people=3)
        member = await members.leave(rig.network, server.host)
        job = ForgetMember(member.id)
        died = 0
        while await interrupted(rig.network, died, lambda network: erasure.forget(network, job)):
            died += 1
            assert died < 50
            state = (await members.get(rig.network, server.host)).state
            assert state is MemberState.LEAVING
        assert died > 5
        assert await counts(rig.network) == before
        await erasure.forget(rig.network, job)
        count = "SELECT count(*) FROM hub_receipts"
        assert await rig.network.db.fetch_value(count) == 1


async def test_two_workers_write_one_receipt(engine: str) -> None:
    async with testrig.hub(engine) as rig, strange() as server:
        member = await admitted(rig.network, server)
        await fill(rig.network, member, people=2)
        await members.leave(rig.network, server.host)
        job = ForgetMember(member.id)
        await asyncio.gather(*(erasure.forget(rig.network, job) for _ in range(3)))
        count = "SELECT count(*) FROM hub_receipts"
        assert await rig.network.db.fetch_value(count) == 1
        states = [one.state for one in await members.decisions(rig.network, member.id)]
        assert states == [MemberState.LEFT, MemberState.LEAVING, MemberState.ADMITTED]
        assert (await members.get(rig.network, server.host)).left_at is not None
