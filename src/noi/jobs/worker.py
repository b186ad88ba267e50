"""The worker: takes jobs from the queue, runs them side by side, and tries again what failed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from time import perf_counter
from typing import Any

import msgspec

from noi.db import jobs, live
from noi.db.database import Database
from noi.jobs import periodic
from noi.models.errors import Unavailable
from noi.models.ids import now_ms
from noi.models.jobs import Job
from noi.models.pauses import about

Handler = Callable[[Any], Awaitable[None]]
Handlers = Mapping[type[Job], Handler]
Named = Mapping[str, tuple[type[Job], Handler]]

LEASE_MS = 30_000
_HEARTBEAT_SECONDS = 10.0
_JOB_SECONDS = 600.0
_LONGEST_WAIT_SECONDS = 5.0
_LONGEST_DELAY_MS = 6 * 3600 * 1000

_log = logging.getLogger("noi.jobs")


class UnknownJob(Exception):
    """A job that this version does not know; another process may, while versions change."""


def retry_delay(attempts: int) -> int:
    """How long to wait after so many failed attempts, in ms: 1 s, 4 s, 16 s … 6 h, ± 25 %."""
    return about(min(1000 * 4 ** (attempts - 1), _LONGEST_DELAY_MS))


class Worker:
    """One process's share of the queue. `handlers` must bear to run a job twice.

    `every` are periodic jobs with their periods in ms. `on_commit` is called after commits with
    the new live events, since the worker watches the database anyway, and `on_end` with each
    job's name, outcome (`done`, `retried`, `dead`) and seconds.
    """

    def __init__(
        self,
        db: Database,
        handlers: Handlers,
        name: str,
        *,
        every: Sequence[tuple[Job, int]] = (),
        on_commit: Callable[[list[str]], None] | None = None,
        on_end: Callable[[str, str, float], None] | None = None,
        concurrency: int = 16,
    ) -> None:
        self._db = db
        self._handlers = _by_name(handlers)
        self._name = name
        self._every = every
        self._on_commit_too = on_commit
        self._on_end = on_end
        self._concurrency = concurrency
        self._running: dict[asyncio.Task[None], jobs.Claimed] = {}
        self._done: list[jobs.Claimed] = []
        self._wake = asyncio.Event()
        self._stopping = False

    async def run(self, *, drain_seconds: float = 10.0) -> None:
        """Work until `stop`; then finish what runs, and give back what does not finish in time."""
        helpers = [
            asyncio.create_task(live.watch(self._db, self._on_commit)),
            asyncio.create_task(self._keep_leases()),
            asyncio.create_task(periodic.keep_scheduled(self._db, self._every)),
        ]
        try:
            while not self._stopping:
                self._wake.clear()
                await self._wait_or_claim()
        finally:
            await self._drain(drain_seconds)
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    def stop(self) -> None:
        """Claim no more jobs, and end `run` when those that run are done."""
        self._stopping = True
        self._wake.set()

    def _on_commit(self, events: list[str]) -> None:
        self._wake.set()
        if self._on_commit_too is not None:
            self._on_commit_too(events)

    async def _wait_or_claim(self) -> None:
        try:
            seconds = await self._start_due_jobs()
        except Unavailable:
            _log.warning("the database is away; trying again")
            seconds = 1.0
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    async def _start_due_jobs(self) -> float:
        """Claim what there is room for; answers how long to wait for something new."""
        room = self._concurrency - len(self._running)
        done = list(self._done)
        due = None if done or not room else await jobs.next_due(self._db)
        now = now_ms()
        if not done and (due is None or due > now):
            wait = _LONGEST_WAIT_SECONDS if due is None else (due - now) / 1000
            return min(wait, _LONGEST_WAIT_SECONDS)
        # One commit ends jobs and takes others; where it fails, they are still to be ended.
        claimed = await jobs.claim(
            self._db, self._name, now=now, lease_until=now + LEASE_MS, limit=room, done=done
        )
        del self._done[: len(done)]
        for job in claimed:
            task = asyncio.create_task(self._run(job))
            self._running[task] = job
            task.add_done_callback(self._ended)
        return 0 if claimed or done else 0.05

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # Only the queue itself can fail here; the lease runs out and the job runs again.
            _log.error("could not record the end of a job: %s", error)

    async def _run(self, job: jobs.Claimed) -> None:
        began, outcome = perf_counter(), "done"
        try:
            async with asyncio.timeout(_JOB_SECONDS):
                await run_one(job, self._handlers)
        except Exception as error:
            outcome = await record_failure(self._db, self._name, job, self._handlers, error)
        else:
            self._done.append(job)
        if self._on_end is not None:
            self._on_end(job.name, outcome, perf_counter() - began)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            with suppress(Unavailable):
                if await jobs.release_expired(self._db):
                    self._wake.set()
                if held := [*self._running.values(), *self._done]:
                    ids = [job.id for job in held]
                    lease_until = now_ms() + LEASE_MS
                    await jobs.renew(self._db, self._name, ids, lease_until=lease_until)

    async def _drain(self, seconds: float) -> None:
        if self._running:
            await asyncio.wait(list(self._running), timeout=seconds)
        unfinished = dict(self._running)
        for task in unfinished:
            task.cancel()
        if unfinished:
            await asyncio.wait(list(unfinished))
        await jobs.finish(self._db, self._name, self._done)
        if unfinished:
            await jobs.give_back(self._db, self._name, list(unfinished.values()))


async def run_one(job: jobs.Claimed, handlers: Named) -> None:
    """Run a claimed job; raises UnknownJob, msgspec.ValidationError, or what its handler raises."""
    if job.name not in handlers:
        raise UnknownJob(job.name)
    kind, handler = handlers[job.name]
    if job.attempts > kind.max_attempts:
        raise RuntimeError("the process ended each time while it ran this job")
    await handler(msgspec.json.decode(job.payload, type=kind))


async def record_failure(
    db: Database, worker: str, job: jobs.Claimed, handlers: Named, error: Exception
) -> str:
    """Plan the next attempt (`retried`), or give the job up after its last (`dead`)."""
    described = f"{type(error).__name__}: {error}"
    kind = handlers[job.name][0] if job.name in handlers else Job
    if job.attempts >= kind.max_attempts:
        _log.error("job %s %d given up: %s", job.name, job.id, described, exc_info=error)
        await jobs.bury(db, worker, job, error=described)
        return "dead"
    _log.warning("job %s %d failed (%d): %s", job.name, job.id, job.attempts, described)
    run_at = now_ms() + retry_delay(job.attempts)
    await jobs.retry(db, worker, job, run_at=run_at, error=described)
    return "retried"


async def drain(db: Database, handlers: Handlers, *, until: int | None = None) -> int:
    """Run every job due by `until` (ms; now unless given), one by one in the order of their ids.

    Answers how many ran. The first that fails raises its error and is planned for later.
    """
    named = _by_name(handlers)
    done = 0
    while claimed := await jobs.claim(
        db, "drain", now=until or now_ms(), lease_until=now_ms() + LEASE_MS, limit=1
    ):
        try:
            await run_one(claimed[0], named)
        except Exception as error:
            await record_failure(db, "drain", claimed[0], named, error)
            raise
        await jobs.finish(db, "drain", claimed)
        done += 1
    return done


def _by_name(handlers: Handlers) -> Named:
    return {kind.__name__: (kind, handler) for kind, handler in handlers.items()}
