"""Speaking with other servers: what it costs to send to many, and to take in what many send."""

import asyncio
import os
import random
import signal
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import msgspec

import postgres_cluster
from benchmarks import incoming, peers, rows, seed
from benchmarks.load import Request, load
from benchmarks.report import Figure
from benchmarks.server import FEW, MANY, QUIET, STATUSES, Server, on_sqlite, serving
from noi.activitypub import cavage
from noi.db.connect import connect
from noi.db.database import Database
from noi.models.ids import now_ms

FOLLOWERS, HOSTS = 10_000, 1_000
SETTINGS = {"host": "localhost:8000", "federation_private_peers": "127.0.0.0/8"}
_ROUNDS = 8
AUTHORS, AUTHOR_HOSTS, LISTENERS = 100, 20, 2
NOTES, DELETES, AT_ONCE = 1_000, 10_000, 16
_WORKERS = (1, 2, 4)
_ALL_VISIBLE = f"{NOTES:,} notes sent at concurrency {AT_ONCE}: all visible"
_DUE = """SELECT 1 FROM inbox_journal UNION ALL SELECT 1 FROM jobs
WHERE state = 'running' OR state = 'ready' AND run_at <= CAST(:now AS BIGINT) LIMIT 1"""
_POST = Request(
    "/api/v1/statuses", token=rows.token(0), body='{"status":"Chào mọi người"}'.encode()
)


async def _with_followers(url: str) -> None:
    await peers.settle(url, peers.actors(FOLLOWERS, HOSTS), followed=[0])
    await peers.make_keys(url, "nguoi0", 0)


async def delivery() -> list[Figure]:
    """One post to 10,000 followers on 1,000 servers."""
    inboxes = peers.Inboxes()
    await inboxes.open(HOSTS)
    try:
        async with on_sqlite(STATUSES, _with_followers, **SETTINGS) as server:
            return await _deliver(server, inboxes)
    finally:
        inboxes.close()


async def _deliver(server: Server, inboxes: peers.Inboxes) -> list[Figure]:
    before = server.memory("Pss:", "worker")
    cold, _ = await _deliver_once(server, inboxes)
    rounds = [await _deliver_once(server, inboxes) for _ in range(_ROUNDS)]
    grown = (server.memory("Pss:", "worker") - before) / 1024
    cost, seconds = min(rounds)[0], min(seconds for _, seconds in rounds)
    alone = _signing_alone()
    share = f"signing alone takes {alone:.0f}, {alone / cost:.0%} of it"
    title = "deliver a post, 10,000 followers on 1,000 servers"
    return [
        Figure(f"{title}: each server, warm", "SQLite", cost, "µs CPU", 500, share),
        Figure(f"{title}: each server, first time", "SQLite", cold, "µs CPU", None, "connecting"),
        Figure(f"{title}: all", "SQLite", seconds, "s", None, f"{HOSTS / seconds:,.0f}/s"),
        Figure(f"{title}: memory", "SQLite", grown, "MiB", 60, "the worker grew"),
    ]


async def _deliver_once(server: Server, inboxes: peers.Inboxes) -> tuple[float, float]:
    """Processor µs of the worker for each server, and how long until the last had it."""
    used, began, count = server.cpu("worker"), time.perf_counter(), inboxes.count
    await load(server.port, [_POST])
    await inboxes.reached(count + HOSTS)
    seconds = time.perf_counter() - began
    await _empty(server, "SELECT 1 FROM deliveries LIMIT 1")
    return (server.cpu("worker") - used) / HOSTS * 1e6, seconds


def _signing_alone() -> float:
    """Processor µs of one signature, the best of many."""
    best = float("inf")
    for _ in range(20):
        began = time.process_time()
        for _ in range(10):
            url = "http://127.0.0.1/inbox"
            cavage.sign("key", peers.private_key(), "POST", url, now_ms(), b"x" * 1000)
        best = min(best, time.process_time() - began)
    return best / 10 * 1e6


async def _empty(server: Server, sql: str) -> None:
    db = connect(server.database)
    async with asyncio.timeout(30):
        while await db.fetch_value(sql, {"now": now_ms()} if ":now" in sql else {}):
            await asyncio.sleep(0.02)
    await db.close()


async def inbox() -> list[Figure]:
    """Taking in what other servers send."""
    async with on_sqlite(STATUSES, _with_authors, **SETTINGS) as server:
        [taken] = await _take_in([server])
        return [*_figures(taken, "SQLite"), await _storm(server, "SQLite")]


async def growth() -> list[Figure]:
    """Taking in a note with ten thousand and with a million statuses stored, in turns."""
    async with (
        _authors(),
        on_sqlite(FEW, prepare=_with_authors, **SETTINGS) as few,
        on_sqlite(MANY, prepare=_with_authors, **SETTINGS) as many,
    ):
        taken_few, taken_many = await _take_in([few, many])
        low, high = min(taken_few.visible)[0], min(taken_many.visible)[0]
        note = f"{low:.0f} → {high:.0f} µs"
        title = "inbox: 1,000,000 against 10,000 statuses"
        return [Figure(title, "SQLite", high / low, "×", 1.3, note)]


async def inbox_postgresql() -> list[Figure]:
    """The same on PostgreSQL, whose own processes are not in the figures, with more workers; in
    turns with each other and with SQLite.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_authors())
        servers = [await stack.enter_async_context(_on_postgresql(n)) for n in _WORKERS]
        sqlite = await stack.enter_async_context(on_sqlite(FEW, _with_authors, **SETTINGS))
        found = await _take_in([*servers, sqlite])
    figures: list[Figure] = []
    for workers, taken in zip(_WORKERS, found, strict=False):
        # The budgets of SQLite are twice over: at least half of its rate.
        figures += [
            msgspec.structs.replace(figure, budget=(figure.budget or 0) * 2)
            for figure in _figures(taken, f"PostgreSQL, workers: {workers}")
        ]
    one, two, four, beside = found
    figures += [
        _against("1 worker against SQLite", one, beside, 2),
        _against("2 workers against 1", two, one, 1),
        _against("4 workers against 1", four, one, 1),
    ]
    return figures


def _against(title: str, taken: "_Taken", other: "_Taken", budget: float) -> Figure:
    times, beside = ([seconds for _, seconds in one.visible] for one in (taken, other))
    middle = statistics.median(a / b for a, b in zip(times, beside, strict=True))
    value, note = min(times) / min(beside), f"the least of {_ROUNDS}; median of pairs {middle:.2f}"
    return Figure(f"{_ALL_VISIBLE}: {title}", "PostgreSQL", value, "× the time", budget, note)


@asynccontextmanager
async def _on_postgresql(workers: int) -> AsyncGenerator[Server]:
    async with postgres_cluster.database() as url:
        await seed.fill(url, FEW, indexed=False)
        await _with_authors(url)
        with tempfile.TemporaryDirectory(prefix="noi-bench-") as name:
            settings = {**QUIET, **SETTINGS, "worker_processes": str(workers)}
            async with serving(url, Path(name), **settings) as server:
                yield server


@asynccontextmanager
async def _authors() -> AsyncGenerator[None]:
    """The servers of the authors; where a worker asks for what is still on its way, they refuse."""
    inboxes = peers.Inboxes()
    await inboxes.open(AUTHOR_HOSTS)
    try:
        yield
    finally:
        inboxes.close()


async def _listen(server: Server) -> incoming.Listener:
    listener = incoming.Listener(rows.ACCOUNTS - 1)
    await asyncio.get_running_loop().create_connection(lambda: listener, "127.0.0.1", server.port)
    await listener.opened.wait()
    return listener


async def _with_authors(url: str) -> None:
    authors = peers.actors(AUTHORS, AUTHOR_HOSTS)
    await peers.settle(url, authors, followers=LISTENERS)
    # One person follows all of them, and listens.
    await peers.follow_all(url, rows.ACCOUNTS - 1, authors)


class _Taken(msgspec.Struct):
    """Processor µs for a note and seconds for all, of each round."""

    accepted: list[tuple[float, float]]
    visible: list[tuple[float, float]]


async def _take_in(servers: Sequence[Server]) -> list[_Taken]:
    """Rounds of notes that are only accepted, and of notes that are handled, in turns."""
    authors = peers.actors(AUTHORS, AUTHOR_HOSTS)
    turns = [(server, await _listen(server), _Taken([], [])) for server in servers]
    for number in range(2 * _ROUNDS + 1):
        sent = incoming.notes(authors, number * NOTES, NOTES)
        # Not always in the same order: who comes first may find a faster machine.
        for server, listener, taken in random.sample(turns, len(turns)):
            if number % 2:
                taken.accepted.append(await _accept_once(server, sent, listener))
            else:
                taken.visible.append(await _take_in_once(server, sent, listener))
    for server, listener, taken in turns:
        listener.close()
        await _check_once(server, listener.count, NOTES * (2 * _ROUNDS + 1))
        del taken.visible[0]  # the first has to open and import
    return [taken for _, _, taken in turns]


async def _check_once(server: Server, streamed: int, sent: int) -> None:
    """Raise RuntimeError unless every note is there once, and was streamed once."""
    db = connect(server.database)
    stored = await db.fetch_value("SELECT count(*) FROM statuses WHERE local = 0")
    await db.close()
    if (stored, streamed) != (sent, sent):
        raise RuntimeError(f"of {sent} notes {stored} are stored and {streamed} were streamed")


def _figures(taken: _Taken, engine: str) -> list[Figure]:
    accepting, seconds = min(taken.accepted)
    cost, visible = min(taken.visible)[0], min(seconds for _, seconds in taken.visible)
    rate = f"{NOTES / seconds:,.0f}/s at concurrency {AT_ONCE}, verified and synced"
    middle = statistics.median(cost for cost, _ in taken.visible)
    each = f"{LISTENERS + 1} followers each, web and worker together; median {middle:.0f}"
    return [
        Figure("inbox: accept a signed Create", engine, accepting, "µs CPU", 250, rate),
        Figure("inbox: until visible, streamed, searchable", engine, cost, "µs CPU", 600, each),
        Figure(_ALL_VISIBLE, engine, visible, "s", 1.5, f"{NOTES / visible:,.0f}/s"),
    ]


async def _accept_once(
    server: Server, sent: list[incoming.Sent], listener: incoming.Listener
) -> tuple[float, float]:
    """Processor µs of the web process for a note, and seconds for all, while nothing else runs."""
    heard = listener.count
    await _stop(server)
    used = server.cpu("web")
    done = await load(server.port, sent, connections=AT_ONCE)
    used = server.cpu("web") - used
    _signal(server, signal.SIGCONT)
    await listener.reached(heard + len(sent))
    await _empty(server, _DUE)
    return used / len(sent) * 1e6, done.seconds


async def _stop(server: Server) -> None:
    """Stop the workers at a moment when none of them holds the database."""
    db = connect(server.database)
    async with asyncio.timeout(60):
        while True:
            _signal(server, signal.SIGSTOP)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(_written(db))), 0.2)
                break
            _signal(server, signal.SIGCONT)
            await asyncio.sleep(0.01)
    await db.close()


async def _written(db: Database) -> None:
    await db.execute("UPDATE settings SET value = value WHERE name = ''")


def _signal(server: Server, number: signal.Signals) -> None:
    for pid in server.pids("worker"):
        os.kill(pid, number)


async def _take_in_once(
    server: Server, sent: list[incoming.Sent], listener: incoming.Listener
) -> tuple[float, float]:
    """Processor µs of web and worker for a note, and seconds until the last was streamed."""
    heard = listener.count
    used, began = server.cpu("web") + server.cpu("worker"), time.perf_counter()
    await load(server.port, sent, connections=AT_ONCE)
    await listener.reached(heard + len(sent))
    visible = time.perf_counter() - began
    await _empty(server, _DUE)
    used = server.cpu("web") + server.cpu("worker") - used
    return used / len(sent) * 1e6, visible


async def _storm(server: Server, engine: str) -> Figure:
    """Deletes of 10,000 actors that were never here."""
    costs: list[float] = []
    for number in range(2):
        sent = incoming.deletes(AUTHORS + number * DELETES, DELETES)
        used = server.cpu("")
        await load(server.port, sent, connections=AT_ONCE)
        costs.append((server.cpu("") - used) / DELETES * 1e6)
    title = f"{DELETES:,} Deletes of unknown actors: each"
    return Figure(title, engine, min(costs), "µs CPU", 100, "all processes")
