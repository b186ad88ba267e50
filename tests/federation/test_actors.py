"""Actors as other servers fetch them."""

from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest

import people
import testrig
from noi.activitypub.actors import Actor, read_actor
from noi.services import keys
from noi.services.network import Network
from noi.transport.signed import get_document


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await people.join(rig.network, "lan")
        yield rig


async def _fetch(network: Network, url: str) -> Any:
    found = await get_document(network.client, url, await keys.instance_key(network))
    return msgspec.json.decode(found.body)


async def _actor(network: Network, url: str) -> Actor:
    return read_actor(await _fetch(network, url))


async def test_two_networks_read_each_other(rig: testrig.Rig) -> None:
    async with testrig.network("sqlite") as other:
        for path in ("/users/lan", "/users/LAN", "/@lan"):
            actor = await _actor(other.network, f"{rig.url}{path}")
            assert actor.id == f"{rig.url}/users/lan"
            assert actor.username == "lan"
        ours, theirs = rig.network, other.network
        for network, url in ((ours, other.url), (theirs, rig.url)):
            actor = await _actor(network, f"{url}/actor")
            assert (actor.id, actor.username) == (f"{url}/actor", "localhost")
