"""PostgreSQL goes away and comes back: clear answers meanwhile, and nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

import postgres_cluster
import testrig
from noi.config import load
from noi.db.connect import connect
from serving import serving

SECONDS = 60


async def answer_of(client: aiohttp.ClientSession, path: str, **form: Any) -> tuple[int, Any]:
    method = "POST" if form else "GET"
    async with client.request(method, path, json=form or None) as answer:
        kind = answer.content_type
        return answer.status, await (answer.json() if "json" in kind else answer.text())


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():
            await asyncio.sleep(0.05)


async def test_answers_while_the_database_is_away() -> None:
    with postgres_cluster.stoppable() as cluster:
        async with (
            testrig.network("sqlite", database=cluster.url) as rig,
            rig.client(await rig.create_account("an")) as an,
            rig.client() as stranger,
        ):
            _, kept = await answer_of(an, "/api/v1/statuses", status="trước")
            cluster.stop()
            for client, path, form in (
                (an, "/api/v1/statuses", {"status": "trong lúc"}),
                (an, "/api/v1/timelines/home", {}),
                (an, f"/api/v1/statuses/{kept['id']}", {}),
                (stranger, "/api/v1/timelines/public", {}),
                (stranger, "/api/v2/search?q=a", {}),
            ):
                status, body = await answer_of(client, path, **form)
                assert (status, set(body)) == (503, {"error"}), path
                assert "database" in body["error"]
            assert (await answer_of(stranger, "/health/live"))[0] == 200
            assert (await answer_of(stranger, "/health/ready"))[0] == 503
            status, page = await answer_of(stranger, "/@an")
            assert status == 503
            assert "<html" in page
            cluster.start()

            async def well() -> bool:
                return (await answer_of(an, "/api/v1/timelines/home"))[0] == 200

            await until(well)
            assert (await answer_of(an, "/api/v1/statuses", status="sau"))[0] == 200
            await rig.work()
            _, shown = await answer_of(an, "/api/v1/timelines/public")
            assert [status["content"] for status in shown] == ["<p>sau</p>", "<p>trước</p>"]


@pytest.mark.long  # jobs that ran when it went wait for their lease to end
async def test_no_job_is_lost() -> None:
    with postgres_cluster.stoppable() as cluster:
        async with testrig.services("sqlite", database=cluster.url) as rig:
            token = await rig.create_account("an")
            await rig.create_account("lan")
        async with serving("sqlite", database=cluster.url) as served:
            await served.answers(within=SECONDS)
            client = aiohttp.ClientSession(served.url, headers={"Authorization": f"Bearer {token}"})
            accepted: list[str] = []

            async def post(text: str) -> None:
                status, body = await answer_of(client, "/api/v1/statuses", status=f"@lan {text}")
                assert status in (200, 503), body
                if status == 200:
                    accepted.append(body["id"])

            async with client:
                for number in range(30):
                    await post(f"{number}")
                    if number in (9, 19):
                        cluster.stop()
                        await post("trong lúc")
                        assert (await answer_of(client, "/health/ready"))[0] == 503
                        cluster.start()
                        await served.answers(within=SECONDS)
            assert len(accepted) >= 28

            db = connect(load(environ=served.environment).database_url)

            async def all_told() -> bool:
                sql = "SELECT count(*) FROM notifications WHERE kind = 'mention'"
                return await db.fetch_value(sql) == len(accepted)

            try:
                await until(all_told)
                assert await db.fetch_value("SELECT count(*) FROM jobs WHERE state = 'dead'") == 0
            finally:
                await db.close()
            assert served.process.poll() is None
