"""The hub of an alliance: its doors, and its share of the work."""

from typing import Any

from litestar import Litestar

import noi.hub
from noi.app import hub_jobs, metrics, web, worker
from noi.app.requests import App, surrounded
from noi.config import Settings
from noi.federation import actors, collections, discovery
from noi.federation.inbox import with_inboxes
from noi.services.courier import Courier
from noi.services.hub import owners
from noi.services.hub.reading import Reader
from noi.services.network import Network
from noi.services.receiver import Receiver
from noi.web import passwords, setup, sign_in, static

# A hub has people who look after it, and an actor; of a network's doors it needs theirs.
_SHARED = (actors, discovery, passwords, setup, sign_in, static)


def make_doors() -> Litestar:
    """All doors of a hub, still without its database."""
    shared = [handler for module in _SHARED for handler in module.HANDLERS]
    return web.make_doors([*web.collect(noi.hub), *shared, collections.instance_outbox])


def build(network: Network, doors: Litestar) -> App:
    """The ASGI application of one hub, which these doors then lead to."""
    doors.state["network"] = network
    inner: Any = doors
    settings = network.settings
    meters = metrics.open_meters(settings)
    opened = with_inboxes(inner, network)
    return surrounded(opened, network.ids, access_log=settings.access_log, meters=meters)


async def work_jobs(settings: Settings) -> None:
    """Do what a network's workers do for a hub, and read what it was told of, until SIGTERM."""

    def loops(network: Network, name: str) -> list[worker.Loop]:
        receiver = Receiver(network, name, hub_jobs.dispatch, owners.hinted)
        return [Courier(network, name), receiver, Reader(network, name)]

    await worker.work(settings, hub_jobs.handlers, hub_jobs.PERIODIC, loops, hub=True)
