"""Killing processes of a served network, and looking into it from outside."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from noi import config
from noi.app.composition import open_network, processes_folder
from noi.jobs.presence import present
from serving import Served
from testrig import Rig


@asynccontextmanager
async def beside(served: Served) -> AsyncGenerator[Rig]:
    """The services of a served network (or hub), in this process too."""
    settings = config.load(environ=served.environment)
    with present(processes_folder(settings)) as name:
        async with open_network(settings, name, hub=served.hub) as network:
            yield Rig(network=network, url=served.url, hub=served.hub)


async def kill_one(served: Served) -> None:
    """Kill a random process of the network; the supervisor is started again by hand."""
    children = served.children()
    pid = random.choice([served.process.pid, *children])
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    if pid == served.process.pid:
        await served.ended()
        while any(Path(f"/proc/{child}").exists() for child in children):
            await asyncio.sleep(0.005)
        served.start()
    await served.answers(within=30)
