"""Whatever of a hub is killed: a network that leaves is gone, and gets one receipt."""

import asyncio
import random

import aiohttp
import pytest

import found
from killing import beside, kill_one
from noi.activitypub import signed_documents
from noi.models.hub import MemberState
from noi.services.hub import identity, members
from serving import serving
from strange_networks import admitted, strange
from testrig import Rig

pytestmark = [pytest.mark.anyio, pytest.mark.long, pytest.mark.timeout(600)]

SETTINGS = {"federation_private_peers": "127.0.0.0/8,::1/128", "access_log": "off"}
PEOPLE = 300
_PEOPLE = "SELECT count(*) FROM hub_accounts"


async def test_a_leaving_network_is_erased_whatever_is_killed(engine: str) -> None:
    async with serving(engine, hub=True, **SETTINGS) as served, strange() as server:
        await served.answers(within=60)
        async with beside(served) as hub:
            member = await admitted(hub.network, server)
            stays = await found.person(hub.network, "an@noi-khac.example")
            for number in range(PEOPLE):
                person = await found.person(hub.network, f"p{number}@{member.host}")
                await found.post(hub.network, person, "Bài đi", tags=["Huế"])
                await found.follow(hub.network, stays, person)
            status, _, _ = await server.send("DELETE", "/alliance/v0/membership")
            assert status == 202
            for part in (0.9, 0.7, 0.5, 0.3, 0.1):
                await _until_below(hub, int(PEOPLE * part))
                await kill_one(served)
            receipt = await _receipt(served.url, member.host)
            signed_documents.check(receipt, (await identity.get(hub.network)).public_key)
            for sql, left in (
                (_PEOPLE, 1),
                ("SELECT count(*) FROM hub_posts", 0),
                ("SELECT count(*) FROM hub_post_search", 0),
                ("SELECT count(*) FROM hub_follows", 0),
                ("SELECT count(*) FROM hub_receipts", 1),
            ):
                assert await hub.network.db.fetch_value(sql) == left, sql
            decided = await members.decisions(hub.network, member.id)
            assert decided[0].state is MemberState.LEFT


async def _until_below(hub: Rig, people: int) -> None:
    async with asyncio.timeout(120):
        while await hub.network.db.fetch_value(_PEOPLE) > people + 1:
            await asyncio.sleep(random.uniform(0.001, 0.01))


async def _receipt(url: str, host: str) -> dict[str, signed_documents.Json]:
    async with asyncio.timeout(120), aiohttp.ClientSession() as client:
        while True:
            async with client.get(f"{url}/alliance/v0/receipts/{host}") as answer:
                if answer.status == 200:
                    return await answer.json()
                assert answer.status == 404
            await asyncio.sleep(0.05)
