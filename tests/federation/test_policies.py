"""What decisions about a network do between two that run."""

import pytest

import people
import testrig
from federation.networks import account, befriend, counts, journal, seen_from, send, settle
from noi.models.accounts import AccountState
from noi.models.errors import Forbidden
from noi.models.federation import Severity
from noi.models.paging import Page
from noi.models.policies import Proposal
from noi.services import follows, policy_decisions, remote_accounts, severances, timelines
from testrig import Rig

pytestmark = pytest.mark.anyio


async def decide(here: Rig, there: Rig, severity: Severity) -> None:
    proposal = Proposal(
        domain=there.network.settings.host, severity=severity, rule="Luật", reason="Thư rác"
    )
    await policy_decisions.decide(here.network, None, proposal)
    await settle(here, there)


async def test_a_block_shuts_the_door_both_ways_until_it_is_lifted(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        mai_here, _ = await befriend(here, lan, there, mai)
        await people.write(there.network, mai, "Chào lan")
        await settle(there, here)
        assert await timelines.home(here.network, lan, Page())
        await decide(here, there, Severity.BLOCK)

        assert await counts(here, lan.account_id) == (0, 0)
        assert (await account(here, mai_here)).state is AccountState.DISABLED
        assert not await timelines.home(here.network, lan, Page())
        (lost,) = await severances.page(here.network, lan.account_id, Page())
        assert (lost.followers, lost.following) == (1, 1)
        note = {"id": f"{there.url}/x", "type": "View", "actor": f"{there.url}/users/mai"}
        assert await send(there, mai.account_id, here, {**note, "object": here.url}) == 403
        assert await journal(here) == []
        with pytest.raises(Forbidden):
            await remote_accounts.by_uri(here.network, f"{there.url}/users/other")
        await people.write(here.network, lan, "Có ai không?")
        assert await here.network.db.fetch_value("SELECT count(*) FROM deliveries") == 0

        await policy_decisions.lift(
            here.network, None, there.network.settings.host, "Đã dọn thư rác"
        )
        await settle(here, there)
        assert (await account(here, mai_here)).state is AccountState.ACTIVE
        assert await counts(here, lan.account_id) == (0, 0)
        await follows.follow(here.network, lan.account_id, mai_here)
        await settle(here, there)
        assert await counts(here, lan.account_id) == (0, 1)


async def test_a_limited_network_reaches_those_who_follow(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        await people.join(there.network, "new")
        mai_here, _ = await befriend(here, lan, there, mai)
        await decide(here, there, Severity.LIMIT)
        assert (await account(here, mai_here)).state is AccountState.LIMITED
        assert await counts(here, lan.account_id) == (1, 1)
        await people.write(there.network, mai, "Chào lan")
        await settle(there, here)
        assert await timelines.home(here.network, lan, Page())
        new_here = await seen_from(here, there, "new")
        assert (await account(here, new_here)).state is AccountState.LIMITED
