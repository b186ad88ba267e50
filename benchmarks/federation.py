"""Speaking with other servers: what it costs to send to many, and to take in what many send."""

import asyncio
import time

from benchmarks import peers, rows
from benchmarks.load import Request, load
from benchmarks.report import Figure
from benchmarks.server import Server, on_sqlite
from noi.activitypub import cavage
from noi.db.connect import connect
from noi.models.ids import now_ms

FOLLOWERS, HOSTS = 10_000, 1_000
_PRIVATE = "127.0.0.0/8"
_ROUNDS = 5
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
        async with on_sqlite(prepare=_with_followers, federation_private_peers=_PRIVATE) as server:
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
    await _empty(server, "deliveries")
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


async def _empty(server: Server, table: str) -> None:
    db = connect(server.database)
    async with asyncio.timeout(120):
        while await db.fetch_value(f"SELECT 1 FROM {table} LIMIT 1"):
            await asyncio.sleep(0.02)
    await db.close()
