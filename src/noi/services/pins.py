"""Pin one's own statuses to one's profile."""

from noi.db import locks, pins
from noi.db.database import Transaction
from noi.models.errors import Invalid
from noi.models.statuses import Visibility
from noi.services.network import Network
from noi.services.statuses import own

MAX_PINS = 5


async def pin(network: Network, account_id: int, status_id: int) -> None:
    """Pin a status of one's own; raises NotFound, or Invalid beyond MAX_PINS."""
    status = await own(network, account_id, status_id)
    if status.visibility == Visibility.DIRECT:
        raise Invalid("Validation failed: Direct posts cannot be pinned")

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        await pins.insert(tx, account_id, status_id)
        if await pins.count(tx, account_id) > MAX_PINS:
            raise Invalid("You have already pinned the maximum number of posts")

    await network.db.transaction(work)


async def unpin(network: Network, account_id: int, status_id: int) -> None:
    """Unpin a status of one's own; raises NotFound."""
    await own(network, account_id, status_id)
    await network.db.transaction(lambda tx: pins.delete(tx, account_id, status_id))
