"""Numbers for Prometheus, from several processes, one of which is killed."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest

import testrig
from noi.app import metrics
from noi.app.meters import Meters
from noi.config import Settings
from serving import Served, serving

Samples = dict[str, float]


@pytest.fixture
async def served() -> AsyncGenerator[Served]:
    async with serving("sqlite", metrics="on", web_processes="2") as served:
        await served.answers()
        yield served


async def scrape(served: Served) -> Samples:
    async with aiohttp.ClientSession() as client, client.get(f"{served.url}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return parsed(await answer.text())


def parsed(text: str) -> Samples:
    lines = re.findall(r"^(noi_\w+(?:\{.*\})?) ([\d.e+-]+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in lines}


async def ask(served: Served, path: str, times: int = 1) -> None:
    for _ in range(times):
        # A connection for each, so that both processes get some.
        async with aiohttp.ClientSession() as client, client.get(served.url + path) as answer:
            await answer.read()


INSTANCE = "/api/v2/instance"
COUNT = f'noi_http_requests_total{{door="api",method="GET",route="{INSTANCE}",status="2xx"}}'
WRONG = (
    'noi_http_requests_total{door="api",method="GET",route="/api/v1/statuses/{id}",status="4xx"}'
)


async def test_a_scrape_answers_for_all_processes(engine: str) -> None:
    async with serving(engine, metrics="on", web_processes="2") as served:
        await served.answers()
        await ask(served, INSTANCE, 20)
        await ask(served, "/api/v1/statuses/1")
        await ask(served, "/api/v1/statuses/2")
        for _ in range(2):
            assert (await scrape(served))[COUNT] == 20
        samples = await scrape(served)
    assert samples[COUNT] == 20
    assert samples[WRONG] == 2
    assert samples[f'noi_http_request_seconds_count{{door="api",route="{INSTANCE}"}}'] == 20
    assert samples['noi_jobs_queued{state="dead"}'] == 0
    assert any(name.startswith("noi_database_transaction_seconds_count") for name in samples)
    assert not any("statuses/1" in name for name in samples)


async def test_numbers_outlive_the_process_that_counted_them(served: Served) -> None:
    await ask(served, INSTANCE, 20)
    for pid in served.children():
        os.kill(pid, signal.SIGKILL)
    await served.answers()
    assert (await scrape(served))[COUNT] == 20


async def test_open_streams_of_dead_processes_do_not_count(served: Served) -> None:
    folder = metrics.folder(Settings(data=Path(served.environment["NOI_DATA"])))
    dead = folder / f"gauge_livesum_{2**22 + 1}.db"
    dead.write_bytes(b"")
    await scrape(served)
    assert not dead.exists()


async def test_jobs_are_counted(served: Served) -> None:
    name = 'noi_jobs_run_total{name="CleanUp",outcome="done"}'
    await _wait_for_job(served)
    deadline = time.monotonic() + 15
    while (await scrape(served)).get(name) != 1:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def _wait_for_job(served: Served) -> None:
    """Let a job run now, as the worker would have planned it for later."""
    from noi.db.connect import connect
    from noi.db.jobs import enqueue
    from noi.models.jobs import CleanUp

    db = connect(served.environment["NOI_DATABASE"])
    try:
        await db.transaction(lambda tx: enqueue(tx, CleanUp()))
    finally:
        await db.close()


async def test_open_streams_are_counted_while_they_last() -> None:
    async with serving("sqlite", metrics="on") as served:
        await served.answers()
        token = await _token(served)
        headers = {"authorization": f"Bearer {token}"}
        async with (
            aiohttp.ClientSession(served.url, headers=headers) as client,
            client.get("/api/v1/streaming/user") as events,
            client.ws_connect("/api/v1/streaming"),
        ):
            assert events.status == 200
            assert await _open_streams(served) == [1, 1]
        deadline = time.monotonic() + 10
        while await _open_streams(served) != [0, 0]:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)


async def _open_streams(served: Served) -> list[float]:
    samples = await scrape(served)
    return [samples[f'noi_open_streams{{kind="{kind}"}}'] for kind in ("events", "websocket")]


async def _token(served: Served) -> str:
    """A token for a new account, made as an operator would."""
    create = ["account", "create", "lan", "--email", "lan@example.org", "--password", "x" * 12]
    for command in (create, ["token", "create", "lan", "--scopes", "read"]):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "noi", *command),
            env=served.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        answer, _ = await process.communicate()
        assert process.returncode == 0
    return answer.decode().split()[-1]


@pytest.mark.parametrize(
    ("proxied", "status"), [("", 200), ("127.0.0.1", 200), ("203.0.113.5", 404), ("x", 404)]
)
async def test_the_public_cannot_read_them(proxied: str, status: int) -> None:
    async with testrig.network("sqlite", metrics=True) as rig, rig.client() as client:
        headers = {"x-forwarded-for": proxied} if proxied else {}
        async with client.get("/metrics", headers=headers) as answer:
            assert answer.status == status
            assert ("noi_info" in await answer.text()) == (status == 200)


async def test_there_are_none_unless_they_are_wanted() -> None:
    async with testrig.network("sqlite") as rig, rig.client() as client:
        async with client.get("/metrics") as answer:
            assert answer.status == 404
        assert not metrics.folder(rig.network.settings).exists()


def test_counting_a_request_is_cheap(tmp_path: Path) -> None:
    meters = metrics.open_meters(Settings(data=tmp_path, metrics=True))
    assert isinstance(meters, Meters)
    scope = {"method": "GET", "path": "/health/live"}
    meters.answered(scope, 200, 0.001)
    best = 1.0
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(1000):
            meters.answered(scope, 200, 0.001)
        best = min(best, (time.perf_counter() - began) / 1000)
    # The budget is 10 µs; a machine under tests may be three times as slow.
    assert best < 30e-6
