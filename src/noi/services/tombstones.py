"""What a deleted status leaves behind, removed once nobody waits for it."""

from noi.db import conversations, filters, media, mentions, polls, statuses, tags, timelines
from noi.db.database import Transaction
from noi.models.jobs import CleanDeletedStatus
from noi.models.statuses import Status, Visibility
from noi.services import publishing
from noi.services.network import Network
from noi.services.statuses import bury

_BATCH = 100


async def clean(network: Network, job: CleanDeletedStatus) -> None:
    """Tell other servers of a deleted status, and remove what hung on it: reblogs, files, …"""
    while await network.db.transaction(lambda tx: _bury_reblogs(tx, job.status_id)):
        pass
    # Files first: while their rows stand, a second run finds what is left of them.
    for key in await network.db.transaction(lambda tx: _strip(tx, job.status_id)):
        await network.storage.delete(key)
    await network.db.transaction(lambda tx: _forget_media(tx, job.status_id))


async def _bury_reblogs(tx: Transaction, status_id: int) -> int:
    reblogs = await statuses.live_reblogs(tx, status_id, _BATCH)
    for row in (await statuses.get_many(tx, [id_ for id_, _ in reblogs])).values():
        await bury(tx, row)
    return len(reblogs)


async def _strip(tx: Transaction, status_id: int) -> list[str]:
    status = await statuses.get(tx, status_id)
    if status is None or status.deleted_at is None:
        return []
    await publishing.send_end(tx, status)
    await timelines.remove_status(tx, status_id)
    if status.visibility is Visibility.DIRECT:
        await _leave_conversations(tx, status)
    await tags.detach_all(tx, status_id)
    await statuses.forget_marks(tx, status_id)
    await filters.forget_status(tx, status_id)
    if status.poll_id is not None:
        await polls.delete(tx, status.poll_id)
    await statuses.erase_text(tx, status_id)
    return await media.files_of(tx, status_id)


async def _leave_conversations(tx: Transaction, status: Status) -> None:
    named = await mentions.of_statuses(tx, [status.id])
    for account_id in sorted({status.account_id, *(mention.account_id for mention in named)}):
        await conversations.lose(
            tx, account_id, conversation_id=status.conversation_id, status_id=status.id
        )


async def _forget_media(tx: Transaction, status_id: int) -> None:
    status = await statuses.get(tx, status_id)
    if status is not None and status.deleted_at is not None:
        await media.forget_of(tx, status_id)
