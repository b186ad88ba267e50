"""Workers that are killed while they handle what other servers sent: each has its effect once."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import msgspec
import pytest

import people
from noi import config
from noi.app.composition import open_network, processes_folder
from noi.db.database import Transaction
from noi.jobs.presence import present
from noi.models.ids import now_ms
from noi.services.network import Network
from serving import Served, serving
from strangers import arrive

ACTORS = 20
FLAGS = 800
KILLS = 3
_JOURNAL = """INSERT INTO inbox_journal (host, run_at, actor_uri, received_at, body)
VALUES (:host, :now, :actor, :now, :body)"""


@asynccontextmanager
async def beside(served: Served) -> AsyncGenerator[Network]:
    """The services of a served network, in this process too."""
    settings = config.load(environ=served.environment)
    with present(processes_folder(settings)) as name:
        async with open_network(settings, name) as network:
            yield network


async def journal_flags(network: Network) -> None:
    """Reports can be counted, and nothing but the journal keeps one from being made twice."""
    target = f"{network.settings.origin}/users/lan"
    for number in range(ACTORS):
        await arrive(network, f"a{number}", f"h{number % 4}.example")

    async def work(tx: Transaction) -> None:
        for number in range(FLAGS):
            host = f"h{number % ACTORS % 4}.example"
            actor = f"http://{host}/users/a{number % ACTORS}"
            flag = {"id": f"{actor}#{number}", "type": "Flag", "actor": actor, "object": [target]}
            row = {"host": host, "now": now_ms(), "actor": actor, "body": msgspec.json.encode(flag)}
            await tx.execute(_JOURNAL, row)

    await network.db.transaction(work)


async def count(network: Network, table: str) -> int:
    return await network.db.fetch_value(f"SELECT count(*) FROM {table}")


@pytest.mark.anyio
@pytest.mark.timeout(120)
async def test_killed_workers_handle_everything_once(engine: str) -> None:
    async with serving(engine, access_log="off") as served:
        await served.answers(within=30)
        async with beside(served) as network:
            await people.join(network, "lan")
            await journal_flags(network)
            for number in range(1, KILLS + 1):
                async with asyncio.timeout(30):
                    while await count(network, "reports") < number * FLAGS // (KILLS + 2):
                        await asyncio.sleep(0.002)
                for pid in served.children():
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                await served.answers(within=30)
            async with asyncio.timeout(60):
                while await count(network, "inbox_journal"):
                    await asyncio.sleep(0.02)
            assert await count(network, "reports") == FLAGS
            assert await count(network, "handled_activities") == FLAGS
