"""Blocking: two accounts have nothing to do with each other any more."""

from noi.activitypub import addresses, outgoing
from noi.db import accounts, blocks, jobs, locks, notifications, timelines
from noi.db.database import Transaction
from noi.models.accounts import Account, PagedAccount
from noi.models.jobs import RevokeQuotes
from noi.models.paging import Page
from noi.services import delivery, featurings
from noi.services.follows import leave, sever, turn_away
from noi.services.network import Network
from noi.services.relationships import lock_other


async def block(network: Network, account_id: int, target_id: int) -> None:
    """Block an account: follows, requests, notifications and home entries end both ways, and it
    quotes and shows this one no more.

    Raises NotFound, and Forbidden for one's own account.
    """

    async def work(tx: Transaction) -> None:
        target = await lock_other(tx, account_id, target_id)
        await leave(tx, account_id, target_id)
        await turn_away(network, tx, account_id, target_id)
        await _forget(tx, account_id, target_id)
        await featurings.end(tx, account_id, target_id)
        await jobs.enqueue(tx, RevokeQuotes(account_id, target_id))
        new_id = network.ids.next()
        account = None if target.local else await accounts.get(tx, account_id)
        uri = addresses.block(account.uri, new_id) if account else ""
        if await blocks.insert(tx, new_id, account_id, target_id, uri) and account:
            activity = outgoing.block(uri, account.uri, target.uri)
            await delivery.send(tx, account_id, activity, to=[target_id])

    await network.db.transaction(work)


async def unblock(network: Network, account_id: int, target_id: int) -> None:
    """End a block; what it severed stays severed."""

    async def work(tx: Transaction) -> None:
        target = await lock_other(tx, account_id, target_id)
        uri = await blocks.delete(tx, account_id, target_id)
        account = await accounts.get(tx, account_id) if uri else None
        if uri and account:
            undo = outgoing.undo(outgoing.block(uri, account.uri, target.uri))
            await delivery.send(tx, account_id, undo, to=[target_id])

    await network.db.transaction(work)


async def receive(
    network: Network, tx: Transaction, account: Account, target_id: int, uri: str
) -> None:
    """A remote account blocks a local one by the Block `uri`."""
    await locks.pair(tx, account.id, target_id)
    await sever(tx, account.id, target_id)
    await sever(tx, target_id, account.id)
    await _forget(tx, account.id, target_id)
    await blocks.insert(tx, network.ids.next(), account.id, target_id, uri)


async def receive_end(tx: Transaction, account_id: int, target_id: int) -> None:
    """A remote account blocks a local one no more."""
    await locks.pair(tx, account_id, target_id)
    await blocks.delete(tx, account_id, target_id)


async def page(network: Network, account_id: int, page: Page) -> list[PagedAccount]:
    """Whom an account blocks, newest first."""
    return await blocks.page(network.db, account_id, page)


async def _forget(tx: Transaction, account_id: int, target_id: int) -> None:
    for a, b in ((account_id, target_id), (target_id, account_id)):
        await notifications.drop_from(tx, a, b)
        await timelines.remove_author(tx, a, b)
