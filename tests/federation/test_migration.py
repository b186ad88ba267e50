"""Somebody moves from one network to another, and followers of both go along."""

import pytest

import people
import testrig
from federation.networks import account, counts, seen_from, settle
from noi.models.errors import Invalid
from noi.models.notifications import NotificationKind
from noi.services import follows, migration, relationships

pytestmark = pytest.mark.anyio


async def test_moving_to_another_network(engine: str) -> None:
    async with testrig.network(engine) as here, testrig.network("sqlite") as there:
        await there.create_account("mai")
        mai = await there.account_id("mai")
        lan, nam = await people.join(here.network, "lan"), await people.join(there.network, "nam")
        new = (await people.join(here.network, "maimoi")).account_id
        mai_here = await seen_from(here, there, "mai")
        await follows.follow(here.network, lan.account_id, mai_here, notify=True)
        await follows.follow(there.network, nam.account_id, mai)
        await settle(here, there)
        handle = f"maimoi@{here.network.settings.host}"
        with pytest.raises(Invalid):
            await migration.move(there.network, mai, handle, testrig.PASSWORD)
        await migration.add_alias(here.network, new, f"{there.url}/@mai")
        await migration.move(there.network, mai, handle, testrig.PASSWORD)
        await settle(there, here, there)

        relation = await relationships.load_one(here.network, lan.account_id, new)
        assert (relation.following, relation.notifying) == (True, True)
        assert not (await relationships.load_one(here.network, lan.account_id, mai_here)).following
        assert await counts(here, new) == (2, 0)
        assert await counts(there, mai) == (0, 0)
        assert (await account(here, mai_here)).moved_to_id == new
        for rig, follower in ((here, lan), (there, nam)):
            sql = "SELECT 1 FROM notifications WHERE account_id = :id AND kind = :kind"
            row = {"id": follower.account_id, "kind": NotificationKind.MOVED}
            assert await rig.network.db.fetch_value(sql, row)

        await migration.take_back(there.network, mai)
        await settle(there, here)
        assert (await account(there, mai)).moved_to_id is None
