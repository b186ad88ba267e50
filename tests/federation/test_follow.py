"""Two networks whose people follow each other, and stop."""

import pytest

import people
import testrig
from federation.networks import counts, seen_from, settle
from noi.models.errors import Forbidden
from noi.models.notifications import NotificationKind
from noi.services import blocks, follows

pytestmark = pytest.mark.anyio


async def test_following_across_networks_and_back(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        mai_here = await seen_from(here, there, "mai")
        await follows.follow(here.network, lan.account_id, mai_here)
        assert await follows.count_requests(there.network, mai.account_id) == 0
        await settle(here, there)
        lan_there = await seen_from(there, here, "lan")
        assert await counts(there, mai.account_id) == (1, 0)
        assert await counts(here, lan.account_id) == (0, 1)
        told = await there.network.db.fetch_all("SELECT kind, from_account_id FROM notifications")
        assert told == [(NotificationKind.FOLLOW, lan_there)]

        await follows.unfollow(here.network, lan.account_id, mai_here)
        await settle(here, there)
        assert await counts(there, mai.account_id) == (0, 0)

        await follows.follow(here.network, lan.account_id, mai_here)
        await settle(here, there)
        assert await counts(there, mai.account_id) == (1, 0)
        await follows.remove_from_followers(there.network, mai.account_id, lan_there)
        await settle(there, here)
        assert await counts(here, lan.account_id) == (0, 0)


async def test_a_block_parts_both_sides(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network(engine) as there:
        lan, mai = await people.join(here.network, "lan"), await people.join(there.network, "mai")
        mai_here = await seen_from(here, there, "mai")
        lan_there = await seen_from(there, here, "lan")
        await follows.follow(here.network, lan.account_id, mai_here)
        await follows.follow(there.network, mai.account_id, lan_there)
        await settle(here, there)
        assert await counts(here, lan.account_id) == (1, 1)
        await blocks.block(there.network, mai.account_id, lan_there)
        await settle(there, here)
        assert await counts(here, lan.account_id) == (0, 0)
        with pytest.raises(Forbidden):
            await follows.follow(here.network, lan.account_id, mai_here)
        await blocks.unblock(there.network, mai.account_id, lan_there)
        await settle(there, here)
        await follows.follow(here.network, lan.account_id, mai_here)
        await settle(here, there)
        assert await counts(here, lan.account_id) == (0, 1)
