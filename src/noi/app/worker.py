"""The process that runs jobs and speaks with other servers."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from noi.app import jobs, live, metrics
from noi.app.composition import on_terminate, open_network, processes_folder
from noi.config import Settings
from noi.jobs.presence import present
from noi.jobs.worker import Handlers, Worker
from noi.models.jobs import Job
from noi.services.courier import Courier
from noi.services.network import Network
from noi.services.receiver import Receiver


class Loop(Protocol):
    """What a worker does besides its jobs; woken by commits."""

    def wake(self) -> None: ...
    def stop(self) -> None: ...
    async def run(self) -> None: ...


async def work_jobs(settings: Settings) -> None:
    """Run the jobs of a network, handle what other servers sent, and send what waits for them,
    until SIGTERM; then end what is under way.
    """

    def loops(network: Network, name: str) -> list[Loop]:
        return [Courier(network, name), Receiver(network, name, jobs.dispatch)]

    await work(settings, jobs.handlers, jobs.PERIODIC, loops)


async def work(
    settings: Settings,
    handlers: Callable[[Network], Handlers],
    every: Sequence[tuple[Job, int]],
    make_loops: Callable[[Network, str], list[Loop]],
    *,
    hub: bool = False,
) -> None:
    """Run jobs by their `handlers`, `every` so many ms those that come again, and the loops."""
    with present(processes_folder(settings)) as name:
        meters = metrics.open_meters(settings)
        async with open_network(settings, name, meters, hub=hub) as network:
            others = make_loops(network, name)

            def after_commit(events: list[str]) -> None:
                live.heard(network, events)
                for loop in others:
                    loop.wake()

            worker = Worker(
                network.db,
                handlers(network),
                name,
                every=every,
                on_commit=after_commit,
                on_end=meters.job_ended if meters else None,
            )

            def stop() -> None:
                for loop in (worker, *others):
                    loop.stop()

            on_terminate(stop)
            async with asyncio.TaskGroup() as loops:
                for loop in (worker, *others):
                    loops.create_task(loop.run())
