"""Two networks that disagree about who follows whom come to agree (FEP-8fcf)."""

import pytest

import people
import testrig
from federation.networks import befriend, settle
from noi.models.composition import Composition
from noi.services import statuses
from testrig import Rig

pytestmark = pytest.mark.anyio

FOLLOWS = "SELECT account_id, target_id FROM follows ORDER BY account_id"


async def follows_of(rig: Rig) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in await rig.network.db.fetch_all(FOLLOWS)]


async def write_to_followers(rig: Rig, account_id: int) -> None:
    private = Composition(text="Chỉ cho ai theo dõi", visibility="private")
    await statuses.create(rig.network, account_id, private)


async def test_a_lost_end_of_a_follow_is_made_up_for(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, an = [await people.join(here.network, name) for name in ("lan", "an")]
        mai = await people.join(there.network, "mai")
        mai_here, lan_there = await befriend(here, lan, there, mai)
        _, an_there = await befriend(here, an, there, mai)
        # What told `there` that lan follows no more was lost, and what told `here` that mai has
        # removed an from her followers was too.
        ends = "DELETE FROM follows WHERE account_id = :a AND target_id = :b"
        await here.network.db.execute(ends, {"a": lan.account_id, "b": mai_here})
        await there.network.db.execute(ends, {"a": an_there, "b": mai.account_id})
        # Another follower there, so that the post still goes to this network.
        on = await people.join(here.network, "on")
        await befriend(here, on, there, mai)

        await write_to_followers(there, mai.account_id)
        await settle(there, here)
        assert (lan_there, mai.account_id) not in await follows_of(there)
        assert (an.account_id, mai_here) not in await follows_of(here)
        assert (on.account_id, mai_here) in await follows_of(here)


async def test_agreement_costs_no_request(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await befriend(here, lan, there, mai)
        await write_to_followers(there, mai.account_id)
        await there.work()
        assert await people.jobs_named(here.network, "SyncFollowers") == []
        before = await follows_of(here)
        await settle(here, there)
        assert await follows_of(here) == before
