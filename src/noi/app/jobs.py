"""Which service does which job: the only table from a job to its work."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from noi.federation.dispatch import dispatch
from noi.jobs.worker import Handlers
from noi.models.jobs import (
    AcceptFollowRequests,
    AnnounceEdit,
    AnnounceQuote,
    ApplyPolicies,
    BuildExport,
    CheckFound,
    CleanDeletedStatus,
    CleanMedia,
    CleanUp,
    ClosePoll,
    CompleteAccount,
    ContinueImport,
    DescribeHosts,
    DistributeStatus,
    EraseAccount,
    ExpireMute,
    FetchCard,
    FetchFound,
    FetchMentioned,
    FetchParent,
    FetchPolicyList,
    FetchPolicyLists,
    FetchReplies,
    GatherTrends,
    IndexAccount,
    IndexStatus,
    Job,
    LeaveInbox,
    MergeTimeline,
    MoveFollowers,
    Notify,
    ProcessMedia,
    PublishScheduled,
    PurgeSearch,
    RebuildHome,
    RefreshAccount,
    RenewCard,
    RequestQuote,
    RevokeQuotes,
    SendActor,
    SendMail,
    SendPoll,
    SettleProvider,
    ShareEarlier,
    ShareWith,
    SuggestPeople,
    SyncFollowers,
    TendProviders,
    VerifyQuote,
    WithdrawShared,
)
from noi.services import (
    alliance_search,
    announcing,
    cards,
    data_imports,
    distribution,
    erasure,
    exports,
    followers_sync,
    follows,
    host_software,
    indexing,
    mail,
    maintenance,
    media,
    media_processing,
    moves,
    mutes,
    notifications,
    policy_effects,
    policy_lists,
    polls,
    providers,
    publishing,
    quote_requests,
    quotes,
    remote_accounts,
    remote_files,
    scheduled,
    sharing,
    suggestions,
    threads_filling,
    tombstones,
    trends,
)
from noi.services.network import Network

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS

Service = Callable[[Network, Any], Awaitable[None]]

__all__ = ["PERIODIC", "SERVICES", "dispatch", "handlers"]


async def _index_account(network: Network, job: IndexAccount) -> None:
    await indexing.index_account(network, job)
    await sharing.account_changed(network, job)


async def _index_status(network: Network, job: IndexStatus) -> None:
    await indexing.index_status(network, job)
    await sharing.status_changed(network, job)


async def _clean_up(network: Network, job: CleanUp) -> None:
    await maintenance.clean_up(network, job)
    await exports.remove_expired(network)
    await data_imports.remove_old(network)


async def _clean_media(network: Network, job: CleanMedia) -> None:
    await media.clean_media(network, job)
    await remote_files.make_room(network)


SERVICES: dict[type[Job], Service] = {
    AcceptFollowRequests: follows.accept_waiting,
    AnnounceEdit: distribution.announce_edit,
    AnnounceQuote: quote_requests.announce,
    ApplyPolicies: policy_effects.apply,
    BuildExport: exports.build,
    CheckFound: alliance_search.check,
    CleanDeletedStatus: tombstones.clean,
    CleanMedia: _clean_media,
    CleanUp: _clean_up,
    ClosePoll: polls.close,
    CompleteAccount: threads_filling.complete,
    ContinueImport: data_imports.advance,
    DistributeStatus: distribution.distribute,
    EraseAccount: erasure.erase,
    ExpireMute: mutes.expire,
    FetchCard: cards.fetch,
    FetchFound: alliance_search.fetch,
    FetchMentioned: threads_filling.fetch_mentioned,
    FetchParent: threads_filling.fetch_parent,
    FetchPolicyList: policy_lists.fetch,
    DescribeHosts: host_software.describe,
    FetchPolicyLists: policy_lists.fetch_due,
    FetchReplies: threads_filling.fetch_replies,
    GatherTrends: trends.gather,
    IndexAccount: _index_account,
    IndexStatus: _index_status,
    LeaveInbox: follows.leave_inbox,
    MergeTimeline: distribution.merge,
    MoveFollowers: moves.move_followers,
    Notify: notifications.notify,
    ProcessMedia: media_processing.process,
    PublishScheduled: scheduled.publish,
    PurgeSearch: maintenance.purge,
    RebuildHome: distribution.rebuild_home,
    RefreshAccount: remote_accounts.refresh,
    RenewCard: cards.renew,
    RequestQuote: quote_requests.request,
    RevokeQuotes: quotes.revoke_all,
    SendActor: publishing.send_actor,
    SendMail: mail.send,
    SendPoll: publishing.send_poll,
    SettleProvider: providers.settle,
    ShareEarlier: sharing.share_earlier,
    ShareWith: announcing.share,
    SuggestPeople: suggestions.suggest,
    SyncFollowers: followers_sync.synchronize,
    TendProviders: providers.tend,
    VerifyQuote: quote_requests.verify,
    WithdrawShared: sharing.withdraw,
}

PERIODIC: tuple[tuple[Job, int], ...] = (
    (CleanMedia(), _HOUR_MS),
    (CleanUp(), 10 * _MINUTE_MS),
    (DescribeHosts(), 10 * _MINUTE_MS),
    (FetchPolicyLists(), 24 * _HOUR_MS),
    (GatherTrends(), 10 * _MINUTE_MS),
    (PurgeSearch(), 24 * _HOUR_MS),
    (TendProviders(), _MINUTE_MS),
)


def handlers(network: Network) -> Handlers:
    """The services, each already holding this process's network."""
    return {kind: partial(service, network) for kind, service in SERVICES.items()}
