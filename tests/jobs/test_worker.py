import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import testrig
from noi.db import jobs, live
from noi.db.database import Database, Transaction
from noi.jobs import periodic, presence, worker
from noi.jobs.worker import Handlers, Worker
from noi.models.ids import now_ms
from noi.models.jobs import CleanMedia, CleanUp, ClosePoll, FetchCard, Job, RebuildHome
from noi.models.live import LiveKind


async def enqueue(db: Database, *wanted: Job, run_at: int | None = None) -> None:
    async def work(tx: Transaction) -> None:
        for job in wanted:
            await jobs.enqueue(tx, job, run_at=run_at)

    await db.transaction(work)


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while True:
            found = condition()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.005)


@asynccontextmanager
async def working(
    db: Database, handlers: Handlers, name: str = "one", *, drain_seconds: float = 5
) -> AsyncGenerator[Worker]:
    one = Worker(db, handlers, name)
    running = asyncio.create_task(one.run(drain_seconds=drain_seconds))
    try:
        yield one
    finally:
        one.stop()
        await running


async def queue_is_empty(db: Database) -> bool:
    return await jobs.counts(db) == {"ready": 0, "running": 0, "dead": 0}


async def test_new_work_is_taken_at_once(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db, done = rig.network.db, asyncio.Event()

        async def close(_job: ClosePoll) -> None:
            done.set()

        async with working(db, {ClosePoll: close}):
            await enqueue(db, ClosePoll(1))
            await asyncio.wait_for(done.wait(), 0.5)
            await until(lambda: queue_is_empty(db))


async def test_lost_live_bus_is_followed_anew_and_the_gap_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with testrig.services("sqlite") as rig:
        db, watched = rig.network.db, asyncio.Event()
        heard: list[str] = []

        async def lose(_on_commit: object) -> None:
            watched.set()
            raise OSError("disk")

        monkeypatch.setattr(live, "_PAUSE_SECONDS", 0.01)
        task = asyncio.create_task(live.watch(db, heard.extend))
        with monkeypatch.context() as broken:
            broken.setattr(db, "watch", lose)
            await asyncio.sleep(0)
            await watched.wait()
        await until(lambda: bool(heard))
        task.cancel()
        assert live.decode(heard[0]).kind is LiveKind.GAP


async def test_one_job_at_a_time_for_an_ordering_key_and_in_order(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        running: set[int] = set()
        order: list[int] = []

        async def rebuild(job: RebuildHome) -> None:
            assert job.account_id not in running
            running.add(job.account_id)
            order.append(job.account_id)
            await asyncio.sleep(0)
            running.remove(job.account_id)

        handlers: Handlers = {RebuildHome: rebuild}
        await enqueue(db, *[RebuildHome(account) for _ in range(6) for account in (1, 2, 3)])
        async with working(db, handlers, "one"), working(db, handlers, "two"):
            await until(lambda: queue_is_empty(db))
        assert sorted(order) == [1] * 6 + [2] * 6 + [3] * 6


async def test_failed_job_waits_and_holds_back_its_key(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db, tries = rig.network.db, 0

        async def rebuild(_job: RebuildHome) -> None:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise OSError("away")

        handlers: Handlers = {RebuildHome: rebuild}
        await enqueue(db, RebuildHome(1), RebuildHome(1))
        with pytest.raises(OSError, match="away"):
            await worker.drain(db, handlers)
        assert await worker.drain(db, handlers) == 0
        assert await worker.drain(db, handlers, until=now_ms() + 2000) == 2
        assert await queue_is_empty(db)


async def test_job_is_given_up_after_its_last_attempt_and_can_be_revived(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db

        async def fail(_job: FetchCard) -> None:
            raise ValueError("no such card")

        await enqueue(db, FetchCard(1, "https://example.org/"))
        for _ in range(FetchCard.max_attempts):
            with pytest.raises(ValueError, match="card"):
                await worker.drain(db, {FetchCard: fail}, until=now_ms() + 10**9)
        dead = await jobs.list_dead(db, before=now_ms() + 1, limit=10)
        assert [(job.name, job.error) for job in dead] == [
            ("FetchCard", "ValueError: no such card")
        ]
        assert await worker.drain(db, {}, until=now_ms() + 10**9) == 0

        async def succeed(_job: FetchCard) -> None:
            pass

        assert await db.transaction(lambda tx: jobs.revive(tx, dead[0].id))
        assert await worker.drain(db, {FetchCard: succeed}) == 1
        assert not await db.transaction(lambda tx: jobs.discard(tx, dead[0].id))


async def test_unknown_and_unreadable_jobs_wait_for_another_version(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await enqueue(db, ClosePoll(1))
        with pytest.raises(worker.UnknownJob):
            await worker.drain(db, {})
        assert (await jobs.counts(db))["ready"] == 1


async def test_stopping_gives_back_what_does_not_end_in_time(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db, began = rig.network.db, asyncio.Event()

        async def hang(_job: ClosePoll) -> None:
            began.set()
            await asyncio.Event().wait()

        await enqueue(db, ClosePoll(1))
        async with working(db, {ClosePoll: hang}, drain_seconds=0.01):
            await began.wait()
        [claimed] = await jobs.claim(db, "next", now=now_ms(), lease_until=0, limit=9)
        assert claimed.attempts == 1


async def test_job_whose_lease_ran_out_runs_again_and_its_first_worker_cannot_end_it(
    engine: str,
) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await enqueue(db, ClosePoll(1))
        [first] = await jobs.claim(db, "a", now=now_ms(), lease_until=now_ms() - 1, limit=1)
        assert await jobs.release_expired(db) == 1
        [second] = await jobs.claim(db, "b", now=now_ms(), lease_until=now_ms() + 9999, limit=1)
        await jobs.finish(db, "a", [first])
        assert (await jobs.counts(db))["running"] == 1
        await jobs.finish(db, "b", [second])
        assert await queue_is_empty(db)


async def test_job_that_kills_its_process_each_time_is_given_up(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await enqueue(db, FetchCard(1, "https://example.org/"))
        for _ in range(FetchCard.max_attempts):
            assert await jobs.claim(db, "a", now=now_ms(), lease_until=now_ms() - 1, limit=1)
            await jobs.release_expired(db)

        async def never(_job: FetchCard) -> None:
            raise AssertionError("it ran again")

        with pytest.raises(RuntimeError, match="the process ended each time"):
            await worker.drain(db, {FetchCard: never})
        assert (await jobs.counts(db))["dead"] == 1


async def test_unique_job_waits_once_and_may_be_queued_again_while_it_runs(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db

        async def enqueue_unique() -> None:
            await db.transaction(lambda tx: jobs.enqueue(tx, ClosePoll(1), unique=True))

        await enqueue_unique()
        await enqueue_unique()
        assert (await jobs.counts(db))["ready"] == 1
        [claimed] = await jobs.claim(db, "a", now=now_ms(), lease_until=now_ms(), limit=9)
        await enqueue_unique()
        await jobs.retry(db, "a", claimed, run_at=now_ms(), error="")
        assert (await jobs.counts(db))["ready"] == 2


async def test_periodic_jobs_wait_once_for_their_next_period(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        every: list[tuple[Job, int]] = [(CleanUp(), 600_000), (CleanMedia(), 3_600_000)]
        await periodic.schedule(db, every)
        await periodic.schedule(db, every)
        ran: list[Job] = []

        async def clean(job: Job) -> None:
            ran.append(job)

        handlers: Handlers = {CleanUp: clean, CleanMedia: clean}
        assert await worker.drain(db, handlers, until=now_ms() - 1) == 0
        assert await worker.drain(db, handlers, until=now_ms() + 3_600_000) == 2
        assert ran == [CleanUp(), CleanMedia()]


async def test_queries_of_the_queue_use_its_indexes() -> None:
    async with testrig.services("sqlite") as rig:
        db = rig.network.db
        plan = await db.fetch_all(f"EXPLAIN QUERY PLAN {jobs.NEXT_DUE}")
        steps = " ".join(str(row[3]) for row in plan)
        assert "jobs_ready" in steps
        assert "jobs_ordering" in steps
        assert "SCAN e" not in steps


def test_delays_grow_and_stay_bounded() -> None:
    assert 750 <= worker.retry_delay(1) <= 1250
    assert worker.retry_delay(30) <= 1.25 * 6 * 3600 * 1000


def test_killed_process_is_known_to_be_gone(tmp_path: Path) -> None:
    code = "import sys, time; from pathlib import Path; from noi.jobs.presence import present\n"
    code += "with present(Path(sys.argv[1])) as name: print(name, flush=True); time.sleep(60)"
    with (
        presence.present(tmp_path),
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as other,
    ):
        assert other.stdout
        name = other.stdout.readline().strip()
        assert presence.gone(tmp_path) == []
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        assert presence.gone(tmp_path) == [name]
        presence.forget(tmp_path, name)
        assert presence.gone(tmp_path) == []
