"""Measure the budgets of the design: `python -m benchmarks [PART …]`, all parts by default.

Writes benchmarks/RESULTS.md, part after part, when all are measured; else it only prints.
"""

import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop

sys.path.insert(0, "tests")  # where the PostgreSQL of the tests is

import postgres_cluster
from benchmarks import federation, hub, hub_ingest, reading, relay, report, seed, streams
from benchmarks.load import Request, load
from benchmarks.report import Figure
from benchmarks.server import FEW, MANY, QUIET, STATUSES, Server, on_sqlite, serving
from noi.db.connect import connect
from noi.models.ids import now_ms

RESULTS = Path("benchmarks/RESULTS.md")
_DUE = """SELECT count(*) FROM jobs
WHERE state = 'running' OR state = 'ready' AND run_at <= CAST(:now AS BIGINT)"""

_ROUNDS = 3

Figures = list[Figure]
Part = Callable[[], Awaitable[Figures]]


async def _cost(server: Server, requests: Sequence[Request]) -> tuple[float, float]:
    """Processor µs of the web processes for a request, and requests a second.

    The best of some rounds: whatever else runs on the machine only adds to the figure.
    """
    rounds: list[tuple[float, float]] = []
    for _ in range(_ROUNDS):
        gc.collect()
        used = server.cpu("web")
        done = await load(server.port, requests)
        cost = (server.cpu("web") - used) / done.answers * 1e6
        rounds.append((cost, done.answers / done.seconds))
    return min(rounds)[0], max(rate for _, rate in rounds)


async def _read(
    server: Server,
    name: str,
    requests: Callable[[int], list[Request]],
    many: int,
    budget: float | None,
) -> Figure:
    await load(server.port, requests(reading.TOKENS))
    cost, rate = await _cost(server, requests(many))
    engine = "SQLite" if server.database.startswith("sqlite") else "PostgreSQL"
    return Figure(name, engine, cost, "µs CPU", budget, f"{rate:,.0f}/s")


async def warm() -> Figures:
    """Timelines with everything cached."""
    async with on_sqlite() as server:
        figures = [
            await _read(server, "home, warm, logs and limits off", reading.home, 4000, 220),
            await _read(server, "public, warm", reading.public, 3000, 280),
            await _read(server, "hashtag, warm", reading.hashtag, 3000, 280),
        ]
    async with on_sqlite(rate_limits="on", access_log="on") as server:
        # Each person may ask 300 times in five minutes.
        figures.append(await _read(server, "home, warm, all on", reading.home, 4000, 280))
    async with on_sqlite(web_processes="2") as server:
        await load(server.port, reading.home(4000))
        cost, rate = await _cost(server, reading.home(4000))
        note = f"{rate:,.0f}/s beside the client, which shares the two cores"
        figures.append(Figure("home, two web processes", "SQLite", cost, "µs CPU", None, note))
    return figures


async def cold() -> Figures:
    """The home timeline with the cached bytes emptied before each request."""
    async with on_sqlite(module="benchmarks.cold") as server:
        return [await _read(server, "home, cold", reading.home, 1000, 500)]


async def pages() -> Figures:
    """Search, and the rendered home page."""
    async with on_sqlite() as server:
        figures = [await _read(server, "search, 100,000 statuses", reading.search, 300, 5000)]
        figures.append(await _read(server, "home page, rendered", reading.page, 500, 2000))
        return figures


async def writing() -> Figures:
    """Posting, and what follows."""
    async with on_sqlite() as server:
        return await _writes(server, "SQLite")


async def _writes(server: Server, engine: str) -> Figures:
    await load(server.port, reading.posts(100))
    await _jobs_done(server)
    idle_web, idle_worker = await _idle(server, "web"), await _idle(server, "worker")
    figures: Figures = []
    for famous in (False, True):
        many = 500 if famous else 1000
        began, web, worker = time.perf_counter(), server.cpu("web"), server.cpu("worker")
        done = await load(server.port, reading.posts(many, famous=famous))
        posted = (server.cpu("web") - web - idle_web * done.seconds) / many * 1e6
        await _jobs_done(server)
        idle = idle_worker * (time.perf_counter() - began)
        followed = (server.cpu("worker") - worker - idle) / many * 1e6
        if famous:
            name = "all that follows a post, 100 followers"
            figures.append(Figure(name, engine, followed, "µs CPU", 3000, "the worker's"))
        else:
            note = f"{done.answers / done.seconds:,.0f}/s beside the worker"
            figures.append(Figure("post a status", engine, posted, "µs CPU", 1000, note))
    note = f"and {idle_worker * 1e6:,.0f} of an idle worker"
    figures.append(Figure("idle web process", engine, idle_web * 1e6, "µs CPU/s", None, note))
    return figures


async def _idle(server: Server, role: str) -> float:
    used = server.cpu(role)
    await asyncio.sleep(3)
    return (server.cpu(role) - used) / 3


async def _jobs_done(server: Server) -> None:
    db = connect(server.database)
    async with asyncio.timeout(120):
        while await db.fetch_value(_DUE, {"now": now_ms()}) > 0:
            await asyncio.sleep(0.05)
    await db.close()


async def live() -> Figures:
    """A thousand open streams."""
    figures: Figures = []
    for transport, name, budget in (("events", "SSE", 25), ("socket", "WebSocket", 35)):
        async with on_sqlite() as server:
            found = await streams.measure(server, "events" if transport == "events" else "socket")
        title = f"1,000 open {name} streams"
        note = f"{found.server_milliseconds:.0f} ms CPU for an event to all"
        figures.append(Figure(f"{title}: each", "SQLite", found.kib_each, "KiB", budget))
        reached = f"{title}: post answered to last reached"
        figures.append(Figure(reached, "SQLite", found.milliseconds, "ms", 200, note))
    return figures


async def fresh() -> Figures:
    """Start, and memory after it."""
    async with on_sqlite(web_processes="1") as server:
        await asyncio.sleep(1)
        note = f"{server.started_cpu:.2f} s of processor time"
        title = "start to first answer (second start)"
        started = Figure(title, "SQLite", server.started_in, "s", 1, note)
        memory = server.memory("Pss:") / 1024
        each = ", ".join(
            f"{role} {server.memory('Pss:', role) / 1024:.0f}" for role in ("web", "worker")
        )
        return [
            started,
            Figure("fresh memory, all processes (PSS)", "SQLite", memory, "MiB", 120, each),
        ]


async def size() -> Figures:
    """The same with ten thousand and with a million statuses, in turns."""
    kinds = {"home": reading.home, "public": reading.public, "hashtag": reading.hashtag}
    figures: Figures = []
    async with on_sqlite(FEW) as few, on_sqlite(MANY) as many:
        for name, requests in {**kinds, "post": reading.posts}.items():
            costs: dict[int, list[float]] = {few.port: [], many.port: []}
            for server in (few, many) * _ROUNDS:
                await load(server.port, requests(reading.TOKENS))
                costs[server.port].append((await _cost(server, requests(500)))[0])
            low, high = min(costs[few.port]), min(costs[many.port])
            title = f"{name}: 1,000,000 against 10,000 statuses"
            note = f"{low:.0f} → {high:.0f} µs"
            figures.append(Figure(title, "SQLite", high / low, "×", 1.3, note))
    return figures


async def postgresql() -> Figures:
    """The main ones on PostgreSQL, whose own processes are not in the figures."""
    async with postgres_cluster.database() as url:
        await seed.fill(url, STATUSES, indexed=True)
        with tempfile.TemporaryDirectory(prefix="noi-bench-") as name:
            async with serving(url, Path(name), **QUIET) as server:
                return [
                    await _read(server, "home, warm", reading.home, 1000, None),
                    await _read(server, "public, warm", reading.public, 1000, None),
                    await _read(server, "search, 100,000 statuses", reading.search, 300, 5000),
                    *await _writes(server, "PostgreSQL"),
                ]


PARTS: dict[str, Part] = {
    part.__name__: part
    for part in (
        *(fresh, warm, cold, pages, writing, live, size, postgresql),
        *(federation.delivery, federation.inbox, federation.growth, federation.inbox_postgresql),
        *(hub.finding, hub_ingest.ingest),
        relay.relay,
    )
}


async def _engines() -> str:
    """Both databases with the versions that they tell when asked."""
    with tempfile.TemporaryDirectory(prefix="noi-bench-") as name:
        sqlite = await _told(f"sqlite:{name}/noi.sqlite", "SELECT sqlite_version()")
    async with postgres_cluster.database() as url:
        postgres = await _told(url, "SHOW server_version")
    return f"SQLite {sqlite}, PostgreSQL {postgres} (without fsync)"


async def _told(url: str, sql: str) -> str:
    db = connect(url)
    try:
        return str(await db.fetch_value(sql))
    finally:
        await db.close()


async def _measure(names: Sequence[str], *, write: bool) -> None:
    figures: Figures = []
    engines = await _engines() if write else ""
    began = time.perf_counter()
    for name in names:
        print(f"{name} …", flush=True)
        found = await PARTS[name]()
        for figure in found:
            told = f"  {figure.operation} ({figure.engine}): {figure.value:,.2f} {figure.unit}"
            print(f"{told} {figure.met.strip('*')} {figure.note}", flush=True)
        figures += found
        if write:
            report.write(RESULTS, figures, engines, "make bench", time.perf_counter() - began)


def main() -> None:
    """Measure the parts that were named, or all."""
    names = sys.argv[1:] or list(PARTS)
    if unknown := set(names) - set(PARTS):
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_measure(names, write=not sys.argv[1:]))


if __name__ == "__main__":
    main()
