"""Which service does which job: the only table from a job to its work."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from noi.jobs.worker import Handlers
from noi.models.jobs import (
    AnnounceEdit,
    CleanDeletedStatus,
    ClosePoll,
    DistributeStatus,
    ExpireMute,
    IndexAccount,
    IndexStatus,
    Job,
    MergeTimeline,
    Notify,
    PublishScheduled,
    RebuildHome,
)
from noi.services import distribution, indexing, mutes, notifications, polls, scheduled, statuses
from noi.services.network import Network

_MINUTE_MS = 60_000

Service = Callable[[Network, Any], Awaitable[None]]

SERVICES: dict[type[Job], Service] = {
    AnnounceEdit: distribution.announce_edit,
    CleanDeletedStatus: statuses.clean_deleted,
    ClosePoll: polls.close,
    DistributeStatus: distribution.distribute,
    ExpireMute: mutes.expire,
    IndexAccount: indexing.index_account,
    IndexStatus: indexing.index_status,
    MergeTimeline: distribution.merge,
    Notify: notifications.notify,
    PublishScheduled: scheduled.publish,
    RebuildHome: distribution.rebuild_home,
}

PERIODIC: tuple[tuple[Job, int], ...] = ()


def handlers(network: Network) -> Handlers:
    """The services, each already holding this process's network."""
    return {kind: partial(service, network) for kind, service in SERVICES.items()}
