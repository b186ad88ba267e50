"""The process that runs jobs and speaks with other servers."""

import asyncio

from noi.app import hub_jobs, jobs, live, metrics
from noi.app.composition import on_terminate, open_network, processes_folder
from noi.config import Settings
from noi.jobs.presence import present
from noi.jobs.worker import Worker
from noi.services.courier import Courier
from noi.services.hub import owners
from noi.services.hub.reading import Reader
from noi.services.receiver import Receiver


async def work_jobs(settings: Settings, *, hub: bool = False) -> None:
    """Run the jobs of a network or a `hub`, handle what other servers sent, send what waits for
    them, and read what a hub was told of, until SIGTERM; then end what is under way.
    """
    table = hub_jobs if hub else jobs
    with present(processes_folder(settings)) as name:
        meters = metrics.open_meters(settings)
        async with open_network(settings, name, meters, hub=hub) as network:
            courier = Courier(network, name)
            hint = owners.hinted if hub else None
            receiver = Receiver(network, name, table.dispatch, hint)
            others = [courier, receiver, Reader(network, name)] if hub else [courier, receiver]

            def after_commit(events: list[str]) -> None:
                live.heard(network, events)
                for loop in others:
                    loop.wake()

            worker = Worker(
                network.db,
                table.handlers(network),
                name,
                every=table.PERIODIC,
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
