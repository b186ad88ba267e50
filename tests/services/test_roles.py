import asyncio

import pytest

import people
import testrig
from noi.db import users
from noi.models.accounts import Role
from noi.models.errors import Conflict, Forbidden, NotFound
from noi.services import roles

pytestmark = pytest.mark.anyio


async def test_an_owner_hands_the_network_over(engine: str) -> None:
    async with testrig.services(engine) as rig:
        network = rig.network
        lan = await people.join(network, "lan", Role.OWNER)
        mai = await people.join(network, "mai")
        with pytest.raises(Conflict):
            await roles.set_role(network, lan, lan.account_id, Role.MEMBER)
        await roles.set_role(network, lan, mai.account_id, Role.OWNER)
        await roles.set_role(network, lan, lan.account_id, Role.MODERATOR)
        team = [(account.username, role) for account, role in await roles.team(network)]
        assert team == [("mai", Role.OWNER), ("lan", Role.MODERATOR)]


async def test_nobody_but_owners_gives_out_roles(engine: str) -> None:
    async with testrig.services(engine) as rig:
        admin = await people.join(rig.network, "lan", Role.ADMIN)
        with pytest.raises(Forbidden):
            await roles.set_role(rig.network, admin, admin.account_id, Role.OWNER)
        with pytest.raises(NotFound):
            await roles.set_role(rig.network, None, 12345, Role.OWNER)


async def test_two_owners_never_step_down_at_once(engine: str) -> None:
    async with testrig.services(engine) as rig:
        network = rig.network
        both = [await people.join(network, name, Role.OWNER) for name in ("lan", "mai")]
        ends = await asyncio.gather(
            *(roles.set_role(network, one, one.account_id, Role.MEMBER) for one in both),
            return_exceptions=True,
        )
        assert sorted(type(end).__name__ for end in ends) == ["Conflict", "NoneType"]
        found = await users.roles(network.db, [one.account_id for one in both])
        assert sorted(found.values()) == [Role.MEMBER, Role.OWNER]
