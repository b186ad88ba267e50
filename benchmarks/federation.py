"""Speaking with other servers: what it costs to send to many, and to take in what many send."""

import asyncio
import time

import msgspec

from benchmarks import incoming, peers, rows
from benchmarks.load import Request, load
from benchmarks.report import Figure
from benchmarks.server import STATUSES, Server, on_sqlite
from noi.activitypub import cavage
from noi.db.connect import connect
from noi.models.ids import now_ms

FOLLOWERS, HOSTS = 10_000, 1_000
_SETTINGS = {"host": "localhost:8000", "federation_private_peers": "127.0.0.0/8"}
_ROUNDS = 5
AUTHORS, AUTHOR_HOSTS, LISTENERS = 100, 20, 10
NOTES, DELETES, AT_ONCE = 1_000, 10_000, 16
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
        async with on_sqlite(STATUSES, _with_followers, **_SETTINGS) as server:
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
    async with on_sqlite(STATUSES, _with_authors, **_SETTINGS) as server:
        return [*await _take_in(server, "SQLite"), await _storm(server, "SQLite")]


async def _with_authors(url: str) -> None:
    authors = peers.actors(AUTHORS, AUTHOR_HOSTS)
    await peers.settle(url, authors, followers=LISTENERS)
    # One person follows all of them, and listens.
    await peers.follow_all(url, rows.ACCOUNTS - 1, authors)


async def _take_in(server: Server, engine: str) -> list[Figure]:
    authors = peers.actors(AUTHORS, AUTHOR_HOSTS)
    listener = incoming.Listener(rows.ACCOUNTS - 1)
    await asyncio.get_running_loop().create_connection(lambda: listener, "127.0.0.1", server.port)
    await listener.opened.wait()
    rounds: list[Taken] = []
    for number in range(_ROUNDS):
        sent = incoming.notes(authors, number * NOTES, NOTES)
        rounds.append(await _take_in_once(server, sent, listener))
    listener.close()
    best = Taken(
        *(min(values) for values in zip(*map(msgspec.structs.astuple, rounds[1:]), strict=True))
    )
    rate = f"{NOTES / best.accepted_in:,.0f}/s at concurrency {AT_ONCE}"
    each = f"{LISTENERS} followers each, web and worker together"
    title = f"{NOTES:,} notes sent at concurrency {AT_ONCE}: all visible"
    return [
        Figure("inbox: accept a signed Create", engine, best.accepting, "µs CPU", 250, rate),
        Figure("inbox: until visible, streamed, searchable", engine, best.all, "µs CPU", 600, each),
        Figure(title, engine, best.visible_in, "s", 1.5, f"{NOTES / best.visible_in:,.0f}/s"),
    ]


class Taken(msgspec.Struct):
    """µs of processor time for a note, of the web process alone and of all, and seconds."""

    accepting: float
    all: float
    accepted_in: float
    visible_in: float


async def _take_in_once(
    server: Server, sent: list[incoming.Sent], listener: incoming.Listener
) -> Taken:
    heard = listener.count
    web, worker, began = server.cpu("web"), server.cpu("worker"), time.perf_counter()
    done = await load(server.port, sent, connections=AT_ONCE)
    accepting = server.cpu("web") - web
    await listener.reached(heard + len(sent))
    visible = time.perf_counter() - began
    await _empty(server, _DUE)
    used = server.cpu("web") - web + server.cpu("worker") - worker
    micro = 1e6 / len(sent)
    return Taken(accepting * micro, used * micro, done.seconds, visible)


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
