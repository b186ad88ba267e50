"""Storing what hubs fetch, with one process and with several: `python -m benchmarks.hub_ingest`
is one of these processes; what it would fetch it makes itself.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import uvloop

sys.path.insert(0, "tests")  # where the PostgreSQL of the tests is

import postgres_cluster
from benchmarks import hub_rows, seed
from benchmarks.report import Figure
from benchmarks.rows import Row
from noi.activitypub.objects import Object, read_object
from noi.app.composition import open_network, processes_folder
from noi.config import Settings
from noi.db.connect import connect
from noi.db.migrate import migrate
from noi.jobs.presence import present
from noi.models.hub_records import Category, Event, QueueEntry
from noi.models.ids import now_ms
from noi.services.hub import content
from noi.services.network import Network

POSTS = int(os.environ.get("NOI_BENCH_INGEST", "20000"))
_ACCOUNTS = 2000
_AT_ONCE = 16
_QUEUE = "uri category event host member_id run_at attempts version created_at"
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


async def ingest() -> list[Figure]:
    """The storing of one process against that of four, on PostgreSQL."""
    alone, several = [await _store(processes) for processes in (1, 4)]
    title = f"hub: store {POSTS:,} posts that were fetched"
    return [
        Figure(
            f"{title}, one process",
            "PostgreSQL",
            alone / POSTS * 1e6,
            "µs",
            None,
            f"{POSTS / alone:,.0f}/s",
        ),
        Figure(
            f"{title}, four processes against one",
            "PostgreSQL",
            several / alone,
            "× the time",
            1,
            f"{POSTS / several:,.0f}/s, each stored once, and found",
        ),
    ]


async def _store(processes: int) -> float:
    """Seconds until all posts are stored by so many processes; checks that each is there once."""
    async with postgres_cluster.database() as url:
        await _prepare(url)
        with tempfile.TemporaryDirectory(prefix="noi-bench-") as folder:
            command = [sys.executable, "-m", "benchmarks.hub_ingest", url, folder]
            running = [
                subprocess.Popen(
                    [*command, str(number), str(processes)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
                for number in range(processes)
            ]
            for process in running:
                await asyncio.to_thread(_line_of, process)
            began = time.perf_counter()
            for process in running:
                _go(process)
            ended = [await asyncio.to_thread(process.wait) for process in running]
            seconds = time.perf_counter() - began
        if any(ended):
            raise RuntimeError("a process failed")
        await _check(url)
        return seconds


def _line_of(process: "subprocess.Popen[bytes]") -> bytes:
    """What a process says once it is ready."""
    return process.stdout.readline() if process.stdout else b""


def _go(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin:
        process.stdin.close()


async def _check(url: str) -> None:
    db = connect(url)
    for table in ("hub_posts", "hub_post_search"):
        stored = await db.fetch_value(f"SELECT count(*) FROM {table}")
        if stored != POSTS:
            raise RuntimeError(f"{table} has {stored} rows")
    if await db.fetch_value("SELECT count(*) FROM hub_queue"):
        raise RuntimeError("the queue is not empty")
    await db.close()


async def _prepare(url: str) -> None:
    db = connect(url)
    await migrate(db, hub=True)
    await db.close()
    hub = hub_rows.Hub(_ACCOUNTS)
    rows, _, _ = hub.members()
    tables = hub_rows.COLUMNS
    await seed.write(url, rows, {name: tables[name] for name in rows})
    for batch in hub.people():
        accounts = {"hub_accounts": [_with_flags(row) for row in batch["hub_accounts"]]}
        await seed.write(url, accounts, {"hub_accounts": tables["hub_accounts"]})
    queued: list[Row] = [msgspec.structs.astuple(_entry(hub, number)) for number in range(POSTS)]
    await seed.write(url, {"hub_queue": queued}, {"hub_queue": _QUEUE})


def _with_flags(row: Row) -> Row:
    """PostgreSQL's copying wants the numbers that the columns are of."""
    return tuple(int(value) if isinstance(value, bool) else value for value in row)


def _author(hub: hub_rows.Hub, number: int) -> tuple[str, int]:
    author = number * 7919 % hub.accounts
    return hub_rows.account_uri(author, hub.member_of[author]), hub.member_of[author]


def _entry(hub: hub_rows.Hub, number: int) -> QueueEntry:
    author, member = _author(hub, number)
    return QueueEntry(
        f"{author}/posts/{number}",
        Category.CONTENT,
        Event.NEW,
        hub_rows.host(member),
        member + 1,
        0,
        0,
        1,
        0,
    )


def _object(hub: hub_rows.Hub, number: int, published: str) -> Object:
    author, _ = _author(hub, number)
    text = " ".join(hub.text().words)
    tags = [{"type": "Hashtag", "name": f"#thẻ{number % 500}"}] if number % 5 == 0 else []
    return read_object(
        {
            "type": "Note",
            "id": f"{author}/posts/{number}",
            "attributedTo": author,
            "to": _PUBLIC,
            "content": f"<p>{text}</p>",
            "published": published,
            "contentMap": {"vi": f"<p>{text}</p>"},
            "tag": tags,
        }
    )


async def _work(url: str, folder: Path, number: int, processes: int) -> None:
    settings = Settings(host="localhost:8000", data=folder, database=url, rate_limits=False)
    hub = hub_rows.Hub(_ACCOUNTS)
    hub.chance = random.Random(number)
    mine = iter(range(number, POSTS, processes))
    with present(processes_folder(settings)) as name:
        async with open_network(settings, name, hub=True) as network:
            print("ready", flush=True)
            sys.stdin.read()
            published = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(_keep(network, hub, mine, published))


async def _keep(network: Network, hub: hub_rows.Hub, mine: Iterator[int], published: str) -> None:
    for number in mine:
        made = _object(hub, number, published)
        reason = await content.keep(network, made, _entry(hub, number), now_ms())
        if reason:
            raise RuntimeError(reason)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
