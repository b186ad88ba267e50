"""Favourite a status and take it back."""

from noi.db import favourites, jobs, participants, statuses
from noi.db.database import Transaction
from noi.models.accounts import PagedAccount
from noi.models.errors import NotFound
from noi.models.jobs import Notify
from noi.models.paging import Page
from noi.services import notifications
from noi.services.network import Network
from noi.services.reblogs import target, undo


async def favourite(network: Network, account_id: int, status_id: int) -> int:
    """Favourite what the account sees; answers the status's id. Raises NotFound."""
    status = await target(network, account_id, status_id)

    async def work(tx: Transaction) -> None:
        if not await favourites.insert(tx, network.ids.next(), account_id, status.id):
            return
        if not await statuses.count(tx, status.id, "favourites_count", 1):
            raise NotFound
        if status.account_id != account_id:
            await jobs.enqueue(tx, Notify(status.account_id, "favourite", account_id, status.id))

    await network.db.transaction(work)
    return status.id


async def unfavourite(network: Network, account_id: int, status_id: int) -> int:
    """Take a favourite back; answers the status's id. Raises as `undo` does."""

    async def work(tx: Transaction, target_id: int) -> bool:
        if not await favourites.delete(tx, account_id, target_id):
            return False
        await statuses.count(tx, target_id, "favourites_count", -1)
        await notifications.withdraw(
            tx, "favourite", from_account_id=account_id, status_id=target_id
        )
        return True

    return await undo(network, account_id, status_id, work)


async def favourited_by(
    network: Network, viewer_id: int, status_id: int, page: Page
) -> list[PagedAccount]:
    """Who favourited a status the viewer sees, last first; raises NotFound."""
    status = await target(network, viewer_id, status_id)
    return await participants.favouriters(network.db, viewer_id, status.id, page)
