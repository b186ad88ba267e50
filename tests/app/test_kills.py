"""Whatever is killed, and whenever: no accepted post is lost, and nothing happens twice."""

import asyncio
import itertools
import random
from collections import Counter
from contextlib import suppress
from typing import Any

import aiohttp
import msgspec
import pytest

from killing import beside, kill_one
from noi.app.jobs import PERIODIC
from noi.db import jobs
from noi.services import follows
from serving import Served, serving
from testrig import Rig

WRITERS = 3
_UNFINISHED = """SELECT count(*) FROM jobs
WHERE state IN ('ready', 'running') AND NOT name @in(:periodic)"""


class Accepted(msgspec.Struct):
    """The texts whose posting was answered with success, and under which ids."""

    ids: dict[str, str] = {}
    closed: bool = False


async def write(served: Served, token: str, writer: int, accepted: Accepted) -> None:
    """Post one text after the other, each until it is accepted, as an app would."""
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as client:
        for number in itertools.count():
            if accepted.closed:
                return
            text = f"@minh {writer}-{number}"
            while text not in accepted.ids:
                with suppress(aiohttp.ClientError, TimeoutError):
                    async with client.post(
                        f"{served.url}/api/v1/statuses",
                        json={"status": text},
                        headers={"Idempotency-Key": text},
                    ) as answer:
                        assert answer.status in {200, 503}, await answer.text()
                        if answer.status == 200:
                            accepted.ids[text] = (await answer.json())["id"]
                await asyncio.sleep(0.02)


async def finish_jobs(rig: Rig) -> None:
    """Wait until only periodic jobs are left."""
    db = rig.network.db
    params = {"periodic": [type(job).__name__ for job, _ in PERIODIC]}
    async with asyncio.timeout(60):
        while await db.fetch_value(_UNFINISHED, params):
            await asyncio.sleep(0.05)
    assert (await jobs.counts(db))["dead"] == 0


async def fetch_all(rig: Rig, token: str, path: str) -> list[Any]:
    """Every entity of a list, page by page."""
    found: list[Any] = []
    async with rig.client(token) as client:
        while True:
            after = {"max_id": found[-1]["id"]} if found else {}
            answer = await client.get(path, params={"limit": "40", **after})
            page = await answer.json()
            found += page
            if not page:
                return found


async def survive(engine: str, kills: int) -> None:
    async with serving(engine, access_log="off") as served:
        await served.answers(within=30)
        async with beside(served) as rig:
            token, reader = await rig.create_account("lan"), await rig.create_account("minh")
            await follows.follow(
                rig.network, await rig.account_id("minh"), await rig.account_id("lan")
            )
            accepted = Accepted()
            writers = [
                asyncio.create_task(write(served, token, number, accepted))
                for number in range(WRITERS)
            ]
            for _ in range(kills):
                enough = len(accepted.ids) + random.randint(0, 5)
                while len(accepted.ids) < enough:
                    assert not any(writer.done() for writer in writers)
                    await asyncio.sleep(0.005)
                await kill_one(served)
            accepted.closed = True
            await asyncio.gather(*writers)
            await finish_jobs(rig)
            await check(rig, reader, accepted)


async def check(rig: Rig, reader: str, accepted: Accepted) -> None:
    home = await fetch_all(rig, reader, "/api/v1/timelines/home")
    times_seen: Counter[str] = Counter(status["id"] for status in home)
    assert set(accepted.ids.values()) <= set(times_seen)
    assert set(times_seen.values()) == {1}
    texts: Counter[str] = Counter(status["content"] for status in home)
    assert set(texts.values()) == {1}, "a post was made twice"
    told = await fetch_all(rig, reader, "/api/v1/notifications?types[]=mention")
    mentioned: Counter[str] = Counter(entry["status"]["id"] for entry in told)
    assert mentioned == times_seen


@pytest.mark.timeout(180)
async def test_nothing_is_lost_or_doubled_by_ten_kills(engine: str) -> None:
    await survive(engine, kills=10)


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_nothing_is_lost_or_doubled_by_a_hundred_kills(engine: str) -> None:
    await survive(engine, kills=100)
