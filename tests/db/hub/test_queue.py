"""The hub's queue: versions, leases of hosts, and queries that cost the same however much waits."""

from typing import Any

import msgspec

import testrig
from noi.db.database import Database, Transaction
from noi.db.hub import queue
from noi.db.hub.queue import ClaimedHost, Named
from noi.models.hub_records import Category, Event, QueueEntry
from noi.models.ids import now_ms
from testrig import Rig

_FILL = """INSERT INTO hub_queue
    (uri, category, event, host, member_id, run_at, version, created_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
SELECT 'https://h' || (i % 100) || '/' || i, 'content', 'new', 'h' || (i % 100), i % 7, i, i, 0
FROM n"""


def named(uri: str, event: Event = Event.NEW, member_id: int | None = 7) -> Named:
    return Named(uri, Category.CONTENT, event, "x.example", member_id)


async def put(rig: Rig, one: Named, version: int, **more: Any) -> QueueEntry:
    await rig.network.db.transaction(lambda tx: queue.put(tx, [one], version=version, **more))
    columns = ", ".join(QueueEntry.__struct_fields__)
    sql = f"SELECT {columns} FROM hub_queue WHERE uri = :uri"
    found = await rig.network.db.fetch_one(sql, {"uri": one.uri}, QueueEntry)
    assert found
    return found


async def test_an_address_that_is_announced_again_is_not_ended_by_the_older_reading(
    engine: str,
) -> None:
    async with testrig.hub(engine) as rig:
        db = rig.network.db
        first = await put(rig, named("https://x.example/1"), 1)
        assert not await db.transaction(
            lambda tx: queue.take(tx, msgspec.structs.replace(first, version=9))
        )
        second = await put(rig, named("https://x.example/1", Event.UPDATE), 2)
        assert not await db.transaction(lambda tx: queue.take(tx, first))
        third = await put(rig, named("https://x.example/1", Event.NEW, None), 3)
        assert (third.event, third.member_id) == (Event.UPDATE, 7)
        assert not await db.transaction(lambda tx: queue.take(tx, second))
        await db.transaction(lambda tx: queue.retry(tx, third, run_at=now_ms() + 60_000))
        again = await put(rig, named("https://x.example/1"), 4)
        assert again.run_at > now_ms() + 30_000 and again.attempts == 1
        await db.transaction(lambda tx: queue.add(tx, [named("https://x.example/1")], version=5))
        assert await db.transaction(lambda tx: queue.take(tx, again))
        assert not await queue.waits(db, "https://x.example/1")


async def test_a_host_is_visited_by_one_worker_at_a_time(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        db, now = rig.network.db, now_ms()

        async def claim(worker: str, at: int) -> list[ClaimedHost]:
            async def work(tx: Transaction) -> list[ClaimedHost]:
                return await queue.claim_hosts(tx, worker, ["b", "a"], now=at, until=at + 1000)

            return await db.transaction(work)

        assert {host.host for host in await claim("one", now)} == {"a", "b"}
        assert await claim("two", now) == []
        first = (await claim("two", now + 1000))[0]
        # The first worker has lost it, and says nothing about it any more.
        await db.transaction(lambda tx: queue.let_go(tx, "one", first.host))
        await db.transaction(
            lambda tx: queue.rest(tx, "two", first, free_at=now + 9000, failed=True, error="x\0")
        )
        failing = await queue.failing(db, 10)
        assert [(host.host, host.failures) for host in failing] == [(first.host, 1)]
        assert first.host not in {host.host for host in await claim("one", now + 8000)}
        await db.transaction(lambda tx: queue.release(tx, "one"))
        assert await claim("two", now_ms() + 1000)


async def test_hosts_take_turns(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        db = rig.network.db
        await db.execute(_FILL)
        first = await queue.due_hosts(db, "", now=50_000, limit=64)
        assert len(first) == 64 and first == sorted(first)
        rest = await queue.due_hosts(db, first[-1], now=50_000, limit=64)
        assert len(rest) == 36 and not set(rest) & set(first)
        due = await queue.due(db, ["h5", "h6"], each=3, now=50_000)
        assert sorted(entry.run_at for entry in due) == [5, 6, 105, 106, 205, 206]
        assert await queue.due_hosts(db, "", now=3, limit=64) == ["h1", "h2", "h3"]
        assert await queue.count(db, 1000) == 1000
        assert await queue.count_of_member(db, 3, 100) == 100


async def test_no_query_reads_the_whole_queue(engine: str) -> None:
    async with testrig.hub(engine) as rig:
        db = rig.network.db
        await db.execute(_FILL)
        planner = _Planner(db)
        reader: Any = planner
        if engine == "postgresql":
            await db.execute("ANALYZE hub_queue")
        await queue.due_hosts(reader, "h1", now=50_000, limit=64)
        await queue.due(reader, ["h1", "h2"], each=20, now=50_000)
        await queue.next_due(reader)
        await queue.take_all(reader, [await put(rig, named("https://x.example/1"), 1)])
        if engine == "sqlite":  # for so few rows PostgreSQL rightly reads them all
            await queue.drop_of_host(reader, "h1", 100)
            await queue.count_of_member(reader, 3, 100)
        assert not [step for step in planner.steps if _reads_all(step)], "\n".join(planner.steps)


def _reads_all(step: str) -> bool:
    whole = step.startswith("SCAN") and "USING" not in step
    return ("Seq Scan" in step or whole) and "hub_queue" in step


class _Planner:
    def __init__(self, db: Database) -> None:
        self._db, self.dialect = db, db.dialect
        self.steps: list[str] = []

    async def fetch_all(self, sql: str, params: Any = None, *_: object) -> list[Any]:
        words = "EXPLAIN" if self.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
        rows = await self._db.fetch_all(f"{words} {sql}", params or {})
        self.steps += [str(row[-1]) for row in rows]
        return []

    async def fetch_value(self, sql: str, params: Any = None) -> int:
        await self.fetch_all(sql, params)
        return 0

    async def execute(self, sql: str, params: Any = None) -> int:
        return await self.fetch_value(sql, params)
