"""Reblog and undo it."""

from collections.abc import Awaitable, Callable

from noi.db import accounts, jobs, participants, statuses, timelines
from noi.db.database import Transaction
from noi.models.accounts import PagedAccount
from noi.models.errors import Forbidden, Invalid, NotFound, moved_away
from noi.models.ids import now_ms
from noi.models.jobs import DistributeStatus, Notify
from noi.models.paging import Page
from noi.models.statuses import VISIBILITIES, Status, Visibility
from noi.services import notifications
from noi.services.network import Network
from noi.services.statuses import bury


async def reblog(network: Network, account_id: int, status_id: int, *, visibility: str = "") -> int:
    """Reblog a status; answers the reblog's id, or that of the one there is already.

    Raises NotFound for what the account may not see, Forbidden for what is not public enough.
    """
    status = await target(network, account_id, status_id)
    if visibility and visibility not in VISIBILITIES:
        raise Invalid("There is no visibility of that name", field="visibility")
    if status.visibility == Visibility.DIRECT or (
        status.visibility == Visibility.PRIVATE and status.account_id != account_id
    ):
        raise Forbidden("This action is not allowed")
    account = await accounts.get(network.db, account_id)
    if account is None:
        raise NotFound
    if account.moved_to_id is not None:
        raise moved_away()
    chosen = VISIBILITIES.get(visibility, status.visibility)
    row = _new_reblog(network, account.username, account_id, status, chosen)

    async def work(tx: Transaction) -> int:
        if await statuses.insert_reblog(tx, row, local=True) is None:
            existing = await statuses.get_reblog(tx, status.id, account_id)
            if existing is None:
                raise NotFound
            return existing.id
        await timelines.insert(tx, account_id, row.id)
        await jobs.enqueue(tx, DistributeStatus(row.id))
        if status.account_id != account_id:
            await jobs.enqueue(tx, Notify(status.account_id, "reblog", account_id, status.id))
        return row.id

    return await network.db.transaction(work)


async def unreblog(network: Network, account_id: int, status_id: int) -> int:
    """Take back a reblog; answers the reblogged status's id. Raises as `undo` does."""

    async def work(tx: Transaction, target_id: int) -> bool:
        existing = await statuses.get_reblog(tx, target_id, account_id)
        if existing is None:
            return False
        await bury(tx, existing)
        await notifications.withdraw(tx, "reblog", from_account_id=account_id, status_id=target_id)
        return True

    return await undo(network, account_id, status_id, work)


async def receive(
    network: Network,
    tx: Transaction,
    account_id: int,
    status: Status,
    uri: str,
    *,
    visibility: Visibility,
    published: int | None = None,
) -> None:
    """A remote account reblogs a status by the Announce `uri`; a repeat changes nothing.

    `published` (ms) is when it did, never later than now.
    """
    now = now_ms()
    row = Status(
        id=network.ids.next() if published is None else network.ids.published(published),
        account_id=account_id,
        uri=uri,
        url=uri,
        visibility=max(visibility, status.visibility),
        reblog_of_id=status.id,
        reblog_of_account_id=status.account_id,
        conversation_id=status.conversation_id,
        language=status.language,
        created_at=now if published is None else min(published, now),
    )
    if await statuses.insert_reblog(tx, row, local=False) is None:
        return
    await jobs.enqueue(tx, DistributeStatus(row.id))
    if status.account_id != account_id:
        await jobs.enqueue(tx, Notify(status.account_id, "reblog", account_id, status.id))


async def receive_end(tx: Transaction, account_id: int, status_id: int) -> bool:
    """A remote account takes its reblog of a status back; False where there was none."""
    existing = await statuses.get_reblog(tx, status_id, account_id)
    if existing is None:
        return False
    await bury(tx, existing)
    await notifications.withdraw(tx, "reblog", from_account_id=account_id, status_id=status_id)
    return True


async def target(network: Network, account_id: int, status_id: int) -> Status:
    """The status an act is about: for a reblog, what it reblogs. Raises NotFound if hidden."""
    status = await statuses.get_visible(network.db, status_id, account_id)
    if status is not None and status.reblog_of_id is not None:
        status = await statuses.get_visible(network.db, status.reblog_of_id, account_id)
    if status is None:
        raise NotFound
    return status


async def undo(
    network: Network,
    account_id: int,
    status_id: int,
    work: Callable[[Transaction, int], Awaitable[bool]],
) -> int:
    """Take back what an account did to a status; answers the id of the status it was done to.

    What one has done oneself can be undone after one may see the status no more, as after a
    block. `work` answers whether there was something to undo; where there was not, this raises
    NotFound for a hidden status.
    """
    status = await statuses.get(network.db, status_id)
    if status is None or status.deleted_at is not None:
        raise NotFound
    target_id = status.reblog_of_id or status.id
    if not await network.db.transaction(lambda tx: work(tx, target_id)):
        await target(network, account_id, target_id)
    return target_id


async def reblogged_by(
    network: Network, viewer_id: int, status_id: int, page: Page
) -> list[PagedAccount]:
    """Who reblogged a status the viewer sees, last first; raises NotFound."""
    status = await target(network, viewer_id, status_id)
    return await participants.rebloggers(network.db, viewer_id, status.id, page)


def _new_reblog(
    network: Network, username: str, account_id: int, status: Status, visibility: Visibility
) -> Status:
    id_ = network.ids.next()
    address = f"{network.settings.origin}/users/{username}/statuses/{id_}/activity"
    return Status(
        id=id_,
        account_id=account_id,
        uri=address,
        url=address,
        visibility=max(visibility, status.visibility),
        local_only=status.local_only,
        reblog_of_id=status.id,
        reblog_of_account_id=status.account_id,
        conversation_id=status.conversation_id,
        language=status.language,
        created_at=now_ms(),
    )
