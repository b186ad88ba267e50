"""Whatever of a hub is killed: what was taken is read, what was withdrawn stays out."""

import asyncio
import itertools
import random
from contextlib import suppress

import aiohttp
import pytest

from hub.sharing import FarMember, far_member, held_uris
from killing import beside, kill_one
from serving import serving
from testrig import Rig

pytestmark = [pytest.mark.anyio, pytest.mark.long, pytest.mark.timeout(600)]

SETTINGS = {"federation_private_peers": "127.0.0.0/8,::1/128", "access_log": "off"}
AUTHORS = 8
_UNREAD = "SELECT count(*) FROM hub_queue WHERE category <> 'following'"
_JOBS = "SELECT count(*) FROM jobs WHERE name = 'EraseHubPosts'"
_INDEXED = "SELECT count(*) FROM hub_post_search"
_POSTS = "SELECT count(*) FROM hub_posts"


class Story:
    """What a member has announced and taken back, as far as the hub has answered 204."""

    def __init__(self, hub: Rig, town: FarMember) -> None:
        self.hub, self.town = hub, town
        self.announced: set[str] = set()
        self.withdrawn: set[str] = set()
        self.closed = False

    async def tell(self) -> None:
        """Announce post after post, each until it is taken, and take every fifth back again."""
        for number in itertools.count():
            if self.closed:
                return
            note = str(self.town.note(f"u{number % AUTHORS}", number)["id"])
            await self._until_taken(note, "new")
            self.announced.add(note)
            if number % 5 == 4:
                # Its server goes on serving it, so that only the withdrawal keeps it out.
                back = random.choice(sorted(self.announced - self.withdrawn))
                await self._until_taken(back, "delete")
                self.withdrawn.add(back)

    async def _until_taken(self, uri: str, event: str) -> None:
        while True:
            with suppress(aiohttp.ClientError, TimeoutError):
                async with asyncio.timeout(5):
                    if await self.town.announce(self.hub, uri, event=event) == 204:
                        return
            await asyncio.sleep(0.02)

    async def until_read(self) -> None:
        db = self.hub.network.db
        async with asyncio.timeout(180):
            while await db.fetch_value(_UNREAD) or await db.fetch_value(_JOBS):
                await asyncio.sleep(0.05)


async def test_nothing_is_lost_and_nothing_withdrawn_comes_back(engine: str) -> None:
    async with serving(engine, hub=True, **SETTINGS) as served, far_member() as town:
        await served.answers(within=60)
        async with beside(served) as hub:
            await town.join(hub)
            for number in range(AUTHORS):
                town.consenting(f"u{number}")
            story = Story(hub, town)
            telling = asyncio.create_task(story.tell())
            for _ in range(10):
                await _some_more(story, telling)
                await kill_one(served)
            story.closed = True
            await telling
            await story.until_read()
            assert await held_uris(hub) == story.announced - story.withdrawn
            assert await _count(hub, _INDEXED) == await _count(hub, _POSTS)


async def test_a_person_with_many_posts_is_gone_whatever_is_killed(engine: str) -> None:
    async with serving(engine, hub=True, **SETTINGS) as served, far_member() as town:
        await served.answers(within=60)
        async with beside(served) as hub:
            await town.join(hub)
            lan = town.consenting("lan")["id"]
            many = [str(town.note("lan", number)["id"]) for number in range(1300)]
            story = Story(hub, town)
            for start in range(0, len(many), 260):
                await town.announce(hub, *many[start : start + 260])
            await story.until_read()
            assert await _count(hub, _POSTS) == len(many)
            town.consenting("lan", discoverable=False, indexable=False)
            assert await town.announce(hub, lan, event="delete", category="account") == 204
            assert await _count(hub, "SELECT count(*) FROM hub_accounts") == 0
            for _ in range(3):
                await kill_one(served)
            await story.until_read()
            assert await _count(hub, _POSTS) == await _count(hub, _INDEXED) == 0


async def _some_more(story: Story, telling: asyncio.Task[None]) -> None:
    enough = len(story.announced) + random.randint(1, 15)
    while len(story.announced) < enough:
        assert not telling.done()
        await asyncio.sleep(0.005)


async def _count(hub: Rig, sql: str) -> int:
    return await hub.network.db.fetch_value(sql)
