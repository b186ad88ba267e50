"""Favourite a status and take it back."""

from noi.activitypub import addresses, outgoing
from noi.db import accounts, favourites, jobs, participants, statuses
from noi.db.database import Transaction
from noi.models.accounts import PagedAccount
from noi.models.errors import NotFound
from noi.models.jobs import Notify
from noi.models.paging import Page
from noi.models.statuses import Status
from noi.services import delivery, notifications
from noi.services.network import Network
from noi.services.reblogs import target, undo


async def favourite(network: Network, account_id: int, status_id: int) -> int:
    """Favourite what the account sees; answers the status's id. Raises NotFound."""
    status = await target(network, account_id, status_id)

    async def work(tx: Transaction) -> None:
        new_id = network.ids.next()
        account = None if network.settings.owns(status.uri) else await accounts.get(tx, account_id)
        uri = addresses.like(account.uri, new_id) if account else ""
        if not await _insert(tx, new_id, account_id, status, uri):
            return
        if account:
            activity = outgoing.like(uri, account.uri, status.uri)
            await delivery.send(tx, account_id, activity, to=[status.account_id])

    await network.db.transaction(work)
    return status.id


async def unfavourite(network: Network, account_id: int, status_id: int) -> int:
    """Take a favourite back; answers the status's id. Raises as `undo` does."""

    async def work(tx: Transaction, target_id: int) -> bool:
        uri = await _delete(tx, account_id, target_id)
        account = await accounts.get(tx, account_id) if uri else None
        status = await statuses.get(tx, target_id) if uri else None
        if uri and account and status:
            activity = outgoing.undo(outgoing.like(uri, account.uri, status.uri))
            await delivery.send(tx, account_id, activity, to=[status.account_id])
        return uri is not None

    return await undo(network, account_id, status_id, work)


async def receive(
    network: Network, tx: Transaction, account_id: int, status: Status, uri: str
) -> None:
    """A remote account favourites a status by the Like `uri`; a repeat changes nothing."""
    await _insert(tx, network.ids.next(), account_id, status, uri)


async def receive_end(tx: Transaction, account_id: int, status_id: int) -> bool:
    """A remote account takes its favourite back; False where there was none."""
    return await _delete(tx, account_id, status_id) is not None


async def favourited_by(
    network: Network, viewer_id: int, status_id: int, page: Page
) -> list[PagedAccount]:
    """Who favourited a status the viewer sees, last first; raises NotFound."""
    status = await target(network, viewer_id, status_id)
    return await participants.favouriters(network.db, viewer_id, status.id, page)


async def _insert(tx: Transaction, new_id: int, account_id: int, status: Status, uri: str) -> bool:
    if not await favourites.insert(tx, new_id, account_id, status.id, uri):
        return False
    if not await statuses.count(tx, status.id, "favourites_count", 1):
        raise NotFound
    if status.account_id != account_id:
        await jobs.enqueue(tx, Notify(status.account_id, "favourite", account_id, status.id))
    return True


async def _delete(tx: Transaction, account_id: int, status_id: int) -> str | None:
    uri = await favourites.delete(tx, account_id, status_id)
    if uri is not None:
        await statuses.count(tx, status_id, "favourites_count", -1)
        await notifications.withdraw(
            tx, "favourite", from_account_id=account_id, status_id=status_id
        )
    return uri
