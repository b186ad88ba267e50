"""Which service does which job of a hub, and what becomes of the activities it is sent."""

from functools import partial

from noi.app.jobs import Service
from noi.hub.dispatch import dispatch
from noi.jobs.worker import Handlers
from noi.models.hub_jobs import CountStatistics, CountTrends
from noi.models.jobs import CleanUp, Job, SendMail
from noi.services import mail, maintenance
from noi.services.hub import statistics, trends
from noi.services.network import Network

__all__ = ["PERIODIC", "SERVICES", "dispatch", "handlers"]

_MINUTE_MS = 60_000

SERVICES: dict[type[Job], Service] = {
    CleanUp: maintenance.clean_up,
    CountStatistics: statistics.count,
    CountTrends: trends.count,
    SendMail: mail.send,
}

PERIODIC: tuple[tuple[Job, int], ...] = (
    (CleanUp(), 10 * _MINUTE_MS),
    (CountTrends(), 10 * _MINUTE_MS),
    (CountStatistics(), 60 * _MINUTE_MS),
)


def handlers(network: Network) -> Handlers:
    """The services, each already holding this process's hub."""
    return {kind: partial(service, network) for kind, service in SERVICES.items()}
