"""What happens after a status is written: homes, lists, tag followers, streams."""

from noi.db import distribution, jobs, live, locks, quotes, statuses, timelines
from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.models.jobs import (
    AnnounceEdit,
    DistributeStatus,
    MergeTimeline,
    Notify,
    RebuildHome,
)
from noi.models.live import LiveEvent, LiveKind
from noi.models.statuses import Status, Visibility
from noi.services import publishing
from noi.services import timelines as timeline_service
from noi.services.network import Network

_NOTIFY_BATCH = 500
_MERGED_STATUSES = 20
_RESTING_BATCH = 20
_HOME_RESTS_AFTER_MS = 30 * 24 * 3_600_000


async def distribute(network: Network, job: DistributeStatus) -> None:
    """Put a new status into the timelines it belongs to, tell the live bus and other servers."""
    outward = await publishing.new_status(network, job.status_id)

    async def work(tx: Transaction) -> None:
        status = await statuses.get(tx, job.status_id)
        if status is None or status.deleted_at is not None:
            return
        await publishing.send(tx, outward)
        await spread(tx, status)

    await network.db.transaction(work)


async def spread(tx: Transaction, status: Status, *, awaited: bool = True) -> None:
    """Put a status into homes and lists, and tell the live bus and followers who asked for it,
    where there may be any (`awaited`).
    """
    await distribution.to_homes_and_lists(tx, status)
    if awaited:
        await _tell_followers_who_asked(tx, status)
    await live.publish(tx, LiveEvent(LiveKind.STATUS, status.id, status.account_id))


async def _tell_followers_who_asked(tx: Transaction, status: Status) -> None:
    if status.visibility is Visibility.DIRECT or status.reblog_of_id is not None:
        return
    if status.in_reply_to_account_id not in (None, status.account_id):
        return
    after = 0
    while True:
        batch = await distribution.notified_followers(
            tx, status.account_id, after=after, limit=_NOTIFY_BATCH
        )
        for account_id in batch:
            await jobs.enqueue(tx, Notify(account_id, "status", status.account_id, status.id))
        if len(batch) < _NOTIFY_BATCH:
            return
        after = batch[-1]


async def announce_edit(network: Network, job: AnnounceEdit) -> None:
    """Tell streams and other servers of an edit; who reblogged it gets a notification."""
    outward = await publishing.changed_status(network, job.status_id)

    async def work(tx: Transaction) -> None:
        status = await statuses.get(tx, job.status_id)
        if status is None or status.deleted_at is not None:
            return
        await publishing.send(tx, outward)
        await live.publish(tx, LiveEvent(LiveKind.STATUS_EDIT, status.id, status.account_id))
        for _, account_id in await statuses.live_reblogs(tx, status.id, _NOTIFY_BATCH):
            notice = Notify(account_id, "update", status.account_id, status.id, status.edited_at)
            await jobs.enqueue(tx, notice)
        if status.quotes_count:
            await _tell_quoters(tx, status)

    await network.db.transaction(work)


async def _tell_quoters(tx: Transaction, status: Status) -> None:
    after = 0
    while True:
        batch = await quotes.local_quoters(tx, status.id, after=after, limit=_NOTIFY_BATCH)
        for quoting_id, account_id in batch:
            notice = Notify(
                account_id, "quoted_update", status.account_id, quoting_id, status.edited_at
            )
            await jobs.enqueue(tx, notice)
        if len(batch) < _NOTIFY_BATCH:
            return
        after = batch[-1][0]


async def merge(network: Network, job: MergeTimeline) -> None:
    """Bring a newly followed or listed account's newest statuses into a timeline."""

    async def work(tx: Transaction) -> None:
        # Of a follow or a list's member that goes in this moment, nothing shall come in later.
        await locks.pair(tx, job.owner_id, job.account_id)
        await locks.owner(tx, job.owner_id)
        if await distribution.rests(tx, job.owner_id):
            return
        await distribution.merge_recent(tx, job.owner_id, job.account_id, limit=_MERGED_STATUSES)
        await timelines.trim(tx, job.owner_id)

    await network.db.transaction(work)


async def rebuild_home(network: Network, job: RebuildHome) -> None:
    """Build a home that has rested."""
    await network.db.transaction(lambda tx: timeline_service.build_home(tx, job.account_id))


async def rest_homes(network: Network) -> None:
    """Stop fan-out to people who have not come for a month; they are built anew on return."""
    before = now_ms() - _HOME_RESTS_AFTER_MS
    # A few at a time, for each is hundreds of entries, and nobody else writes meanwhile.
    while await network.db.transaction(
        lambda tx: distribution.rest_homes(tx, before=before, limit=_RESTING_BATCH)
    ):
        pass
