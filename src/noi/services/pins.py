"""Pin one's own statuses to one's profile."""

from collections.abc import Callable

from noi.activitypub import addresses, outgoing
from noi.db import accounts, deliveries, locks, pins, statuses
from noi.db.database import Transaction
from noi.models.errors import Invalid, NotFound
from noi.models.statuses import Status, Visibility
from noi.services import delivery
from noi.services.network import Network

MAX_PINS = 5
MAX_REMOTE_PINS = 50


async def pin(network: Network, account_id: int, status_id: int) -> None:
    """Pin a status of one's own.

    Raises NotFound for a hidden one, Invalid for another's, a reblog, a direct one and beyond
    MAX_PINS.
    """
    status = await _seen(network, account_id, status_id)
    if status.account_id != account_id:
        raise Invalid("Someone else's post cannot be pinned", field="status_id")
    if status.reblog_of_id is not None:
        raise Invalid("A repost cannot be pinned", field="status_id")
    if status.visibility == Visibility.DIRECT:
        raise Invalid("Direct posts cannot be pinned", field="status_id")

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        if not await pins.insert(tx, account_id, status_id):
            return
        if await pins.count(tx, account_id) > MAX_PINS:
            raise Invalid("You have already pinned the maximum number of posts", field="status_id")
        await _send(network, tx, status, outgoing.add)

    await network.db.transaction(work)


async def receive(tx: Transaction, account_id: int, status_id: int) -> None:
    """A remote account, or group, pins a status; beyond MAX_REMOTE_PINS nothing happens."""
    await locks.owner(tx, account_id)
    if await pins.count(tx, account_id) < MAX_REMOTE_PINS:
        await pins.insert(tx, account_id, status_id)


async def receive_end(tx: Transaction, account_id: int, status_id: int) -> None:
    """A remote account, or group, unpins a status."""
    await pins.delete(tx, account_id, status_id)


async def unpin(network: Network, account_id: int, status_id: int) -> None:
    """Unpin a status, if one has pinned it; raises NotFound for a hidden one."""
    status = await _seen(network, account_id, status_id)

    async def work(tx: Transaction) -> None:
        if await pins.delete(tx, account_id, status_id):
            await _send(network, tx, status, outgoing.remove)

    await network.db.transaction(work)


async def _send(
    network: Network,
    tx: Transaction,
    status: Status,
    write: Callable[[str, str, str, int], outgoing.Written],
) -> None:
    """Let followers elsewhere know of a pin, where everybody may see it."""
    account = await accounts.get(tx, status.account_id)
    public = status.visibility <= Visibility.UNLISTED and not status.local_only
    if account is None or not public or not await deliveries.knows_others(tx):
        return
    featured = addresses.featured(account.uri)
    activity = write(account.uri, status.uri, featured, network.ids.next())
    await delivery.send_to_followers(tx, account.id, activity)


async def _seen(network: Network, account_id: int, status_id: int) -> Status:
    status = await statuses.get_visible(network.db, status_id, account_id)
    if status is None:
        raise NotFound
    return status
