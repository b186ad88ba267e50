"""What the children of the supervisor do."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import uvloop

from noi.app import jobs, live, web
from noi.app.composition import open_network, processes_folder
from noi.config import Settings
from noi.jobs.presence import present
from noi.jobs.worker import Worker


def run(work: Coroutine[Any, Any, object]) -> None:
    """Run a process's loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def serve_web(settings: Settings, listener: socket.socket) -> None:
    """Answer requests until SIGTERM, then end what is under way."""
    with present(processes_folder(settings)) as name:
        async with open_network(settings, name) as network:
            server = web.server(web.build(network), settings)

            def stop() -> None:
                server.should_exit = True
                network.bus.close()  # open streams would hold the end up

            _on_terminate(stop)
            with live.following(network):
                await server.serve(sockets=[listener])


async def work_jobs(settings: Settings) -> None:
    """Run jobs until SIGTERM, then end those under way."""
    with present(processes_folder(settings)) as name:
        async with open_network(settings, name) as network:
            worker = Worker(
                network.db,
                jobs.handlers(network),
                name,
                every=jobs.PERIODIC,
                on_events=partial(live.heard, network),
            )
            _on_terminate(worker.stop)
            await worker.run()


def _on_terminate(stop: Callable[[], None]) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
