"""Reading what was announced to a hub, with one process and with several.

`python -m benchmarks.hub_ingest` is one of these processes, and does all that a hub's worker does
from claiming hosts on; only what it would fetch from them it makes itself.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import uvloop

sys.path.insert(0, "tests")  # where the PostgreSQL of the tests is

import postgres_cluster
from benchmarks import hub_rows, seed
from benchmarks.report import Figure
from benchmarks.rows import Row
from noi.activitypub.normalize import Document
from noi.activitypub.outgoing import timestamp
from noi.app.composition import open_network, processes_folder
from noi.config import Settings
from noi.db.connect import connect
from noi.db.hub import queue
from noi.db.migrate import migrate
from noi.jobs.presence import present
from noi.models.hub_records import Category, Event, QueueEntry
from noi.models.ids import now_ms
from noi.services import remote_documents
from noi.services.hub.reading import Reader
from noi.services.network import Network

POSTS = int(os.environ.get("NOI_BENCH_INGEST", "20000"))
_ACCOUNTS = 2000
_SPREAD_MS = 60 * 24 * 3_600_000
_LOOK_SECONDS = 0.1
_CLEARING_SECONDS = 60.0
"""As often as PostgreSQL looks for tables to be cleared of dead rows."""
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
                    [*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
                for number in range(processes)
            ]
            for process in running:
                await asyncio.to_thread(_line_of, process)
            began = time.perf_counter()
            for process in running:
                _go(process)
            await _emptied(url, running)
            seconds = time.perf_counter() - began
            ended = [await _end(process) for process in running]
        if any(ended):
            raise RuntimeError("a process failed")
        await _check(url)
        return seconds


async def _emptied(url: str, running: "list[subprocess.Popen[bytes]]") -> None:
    """Wait until nothing is left to be read."""
    db, cleared_at = connect(url), time.monotonic()
    while await queue.next_due(db) is not None:
        if any(process.poll() is not None for process in running):
            raise RuntimeError("a process ended")
        if time.monotonic() > cleared_at + _CLEARING_SECONDS:
            # The PostgreSQL of the tests does not do so by itself.
            await db.execute("VACUUM ANALYZE hub_queue, hub_hosts")
            cleared_at = time.monotonic()
        await asyncio.sleep(_LOOK_SECONDS)
    await db.close()


def _line_of(process: "subprocess.Popen[bytes]") -> bytes:
    """What a process says once it is ready."""
    return process.stdout.readline() if process.stdout else b""


def _go(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin:
        process.stdin.write(b"\n")
        process.stdin.flush()


async def _end(process: "subprocess.Popen[bytes]") -> int:
    if process.stdin:
        process.stdin.close()
    return await asyncio.to_thread(process.wait)


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


def _document(hub: hub_rows.Hub, number: int, now: int) -> Document:
    """A post as its server would serve it: one of the last two months, the older the earlier."""
    author, _ = _author(hub, number)
    at = now - round(_SPREAD_MS * (POSTS - number) / POSTS)
    text = " ".join(hub.text().words)
    tags = [{"type": "Hashtag", "name": f"#thẻ{number % 500}"}] if number % 5 == 0 else []
    return {
        "type": "Note",
        "id": f"{author}/posts/{number}",
        "attributedTo": author,
        "to": _PUBLIC,
        "content": f"<p>{text}</p>",
        "published": timestamp(at),
        "contentMap": {"vi": f"<p>{text}</p>"},
        "tag": tags,
    }


async def _work(url: str, folder: Path, number: int) -> None:
    """What a hub's worker does, until nobody holds its input open any more."""
    settings = Settings(host="localhost:8000", data=folder, database=url, rate_limits=False)
    hub, now = hub_rows.Hub(_ACCOUNTS), now_ms()
    hub.chance = random.Random(number)

    async def fetch(_network: Network, uri: str) -> Document:
        return _document(hub, int(uri.rpartition("/")[2]), now)

    remote_documents.fetch = fetch
    with present(processes_folder(settings)) as name:
        async with open_network(settings, name, hub=True) as network:
            reader = Reader(network, name)
            print("ready", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            reading = asyncio.create_task(reader.run())
            await asyncio.to_thread(sys.stdin.readline)
            reader.stop()
            await reading


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
