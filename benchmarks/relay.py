"""The hub's relay: how long one post takes to reach every member."""

import tempfile
import time
from pathlib import Path

from benchmarks import federation, incoming, peers
from benchmarks.load import Request, load
from benchmarks.report import Figure
from benchmarks.server import QUIET, Server, serving
from noi.app.composition import prepare
from noi.config import Settings
from noi.db.connect import connect
from noi.models.federation import INSTANCE_ACTOR_ID
from noi.models.ids import now_ms

MEMBERS = 200
_ROUNDS = 5
_MEMBER = """INSERT INTO hub_members (id, host, state, base_url, server_id, private_key, asked_at)
VALUES (:id, :host, 'admitted', '', :host, '', :now)"""
_SUBSCRIPTION = """INSERT INTO hub_relay_subscriptions
(id, relay_id, actor_uri, member_id, kind, inbox_uri, follow_uri, created_at)
VALUES (:id, :relay_id, :uri, :id, 'mastodon', :inbox, :uri, :now)"""
_CONSENT = "UPDATE accounts SET indexable = 1"


async def relay() -> list[Figure]:
    """One post after another from one member to the other 200."""
    inboxes = peers.Inboxes()
    await inboxes.open(MEMBERS + 1)
    try:
        with tempfile.TemporaryDirectory(prefix="noi-bench-") as name:
            folder = Path(name)
            url = f"sqlite:{folder / 'noi.sqlite'}"
            await prepare(Settings(data=folder, database=url), hub=True)
            await _with_members(url)
            settings = {**QUIET, **federation.SETTINGS}
            async with serving(url, folder, command="hub", **settings) as server:
                return await _measure(server, inboxes)
    finally:
        inboxes.close()


async def _with_members(url: str) -> None:
    senders = peers.actors(MEMBERS + 1, MEMBERS + 1)
    await peers.settle(url, senders)
    db, now = connect(url), now_ms()
    for actor in senders:
        row = {"id": actor.id, "host": actor.host, "now": now}
        await db.execute(_MEMBER, row)
        inbox = {"relay_id": INSTANCE_ACTOR_ID, "inbox": f"http://{actor.host}/inbox"}
        row.pop("host")
        await db.execute(_SUBSCRIPTION, {**row, **inbox, "uri": actor.uri})
    await db.execute(_CONSENT)
    await db.close()


async def _measure(server: Server, inboxes: peers.Inboxes) -> list[Figure]:
    await load(server.port, [Request("/actor")])  # the first look makes its keys
    posts = incoming.relayed(peers.Actor(0, peers.host(0)), 0, _ROUNDS)
    rounds: list[tuple[float, float]] = []
    for post in posts:
        used, began = server.cpu("worker"), time.perf_counter()
        count = inboxes.count + MEMBERS
        await load(server.port, [post])
        await inboxes.reached(count)
        seconds = time.perf_counter() - began
        rounds.append((seconds, (server.cpu("worker") - used) / MEMBERS * 1e6))
    worst, cost = max(seconds for seconds, _ in rounds), min(cost for _, cost in rounds)
    title = f"relay: one post to {MEMBERS} members"
    note = f"the slowest of {_ROUNDS}, the first over new connections"
    return [
        Figure(title, "SQLite", worst, "s", 2, note),
        Figure(f"{title}: each", "SQLite", cost, "µs CPU", None, "worker"),
    ]
