"""Which service does which job of a hub, and what becomes of the activities it is sent."""

from functools import partial

from noi.app.jobs import Service
from noi.hub.dispatch import dispatch
from noi.jobs.worker import Handlers
from noi.models.hub_jobs import (
    AnswerCallback,
    CheckConsent,
    CleanHub,
    ContinueBackfill,
    CountStatistics,
    CountTrends,
    DescribeMember,
    DescribeMembers,
    EraseHubPosts,
    ForgetMember,
    SubscribeMember,
    TendBackfills,
    UnsubscribeMember,
)
from noi.models.jobs import (
    ApplyPolicies,
    CleanUp,
    IndexAccount,
    Job,
    PurgeSearch,
    RefreshAccount,
    SendActor,
    SendMail,
)
from noi.services import indexing, mail, maintenance, publishing, remote_accounts
from noi.services.hub import (
    callbacks,
    checks,
    describing,
    erasure,
    policing,
    statistics,
    subscriptions,
    trends,
    withdrawals,
)
from noi.services.network import Network

__all__ = ["PERIODIC", "SERVICES", "dispatch", "handlers"]

_MINUTE_MS = 60_000

SERVICES: dict[type[Job], Service] = {
    AnswerCallback: callbacks.answer,
    ApplyPolicies: policing.apply,
    CheckConsent: checks.check,
    CleanHub: checks.clean,
    CleanUp: maintenance.clean_up,
    ContinueBackfill: subscriptions.go_on,
    CountStatistics: statistics.count,
    CountTrends: trends.count,
    DescribeMember: describing.describe,
    DescribeMembers: describing.describe_all,
    EraseHubPosts: withdrawals.erase_posts,
    ForgetMember: erasure.forget,
    PurgeSearch: checks.purge,
    IndexAccount: indexing.index_account,
    RefreshAccount: remote_accounts.refresh,
    SendActor: publishing.send_actor,
    SendMail: mail.send,
    SubscribeMember: subscriptions.begin,
    TendBackfills: subscriptions.tend,
    UnsubscribeMember: subscriptions.unsubscribe,
}

PERIODIC: tuple[tuple[Job, int], ...] = (
    (CheckConsent(), 10 * _MINUTE_MS),
    (CleanHub(), 10 * _MINUTE_MS),
    (CleanUp(), 10 * _MINUTE_MS),
    (DescribeMembers(), 24 * 60 * _MINUTE_MS),
    (PurgeSearch(), 12 * 60 * _MINUTE_MS),
    (CountTrends(), 10 * _MINUTE_MS),
    (TendBackfills(), 10 * _MINUTE_MS),
    (CountStatistics(), 60 * _MINUTE_MS),
)


def handlers(network: Network) -> Handlers:
    """The services, each already holding this process's hub."""
    return {kind: partial(service, network) for kind, service in SERVICES.items()}
