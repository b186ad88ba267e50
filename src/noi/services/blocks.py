"""Blocking: two accounts have nothing to do with each other any more."""

from noi.db import blocks, notifications, timelines
from noi.db.database import Transaction
from noi.models.accounts import PagedAccount
from noi.models.paging import Page
from noi.services.follows import sever
from noi.services.network import Network
from noi.services.relationships import lock_other


async def block(network: Network, account_id: int, target_id: int) -> None:
    """Block an account: follows, requests, notifications and home entries end both ways.

    Raises NotFound, and Forbidden for one's own account.
    """

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, target_id)
        await blocks.insert(tx, network.ids.next(), account_id, target_id)
        for a, b in ((account_id, target_id), (target_id, account_id)):
            await sever(tx, a, b)
            await notifications.drop_from(tx, a, b)
            await timelines.remove_author(tx, a, b)

    await network.db.transaction(work)


async def unblock(network: Network, account_id: int, target_id: int) -> None:
    """End a block; what it severed stays severed."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, target_id)
        await blocks.delete(tx, account_id, target_id)

    await network.db.transaction(work)


async def page(network: Network, account_id: int, page: Page) -> list[PagedAccount]:
    """Whom an account blocks, newest first."""
    return await blocks.page(network.db, account_id, page)
