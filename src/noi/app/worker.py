"""The process that runs jobs."""

from functools import partial

from noi.app import jobs, live, metrics
from noi.app.composition import on_terminate, open_network, processes_folder
from noi.config import Settings
from noi.jobs.presence import present
from noi.jobs.worker import Worker


async def work_jobs(settings: Settings) -> None:
    """Run jobs until SIGTERM, then end those under way."""
    with present(processes_folder(settings)) as name:
        meters = metrics.open_meters(settings)
        async with open_network(settings, name, meters) as network:
            worker = Worker(
                network.db,
                jobs.handlers(network),
                name,
                every=jobs.PERIODIC,
                on_events=partial(live.heard, network),
                on_end=meters.job_ended if meters else None,
            )
            on_terminate(worker.stop)
            await worker.run()
