"""Featuring followed accounts on one's profile."""

from noi.db import accounts, endorsements, follows
from noi.db.database import Transaction
from noi.models.accounts import AccountState, PagedAccount
from noi.models.errors import Invalid, NotFound
from noi.models.paging import Page
from noi.services.network import Network
from noi.services.relationships import lock_other


async def endorse(network: Network, account_id: int, target_id: int) -> None:
    """Feature an account; raises NotFound, and Invalid for one that is not followed."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, target_id)
        if await follows.get(tx, "follows", account_id, target_id) is None:
            raise Invalid("You must follow the accounts that you feature")
        await endorsements.insert(tx, network.ids.next(), account_id, target_id)

    await network.db.transaction(work)


async def unendorse(network: Network, account_id: int, target_id: int) -> None:
    """Feature an account no more."""

    async def work(tx: Transaction) -> None:
        await lock_other(tx, account_id, target_id)
        await endorsements.delete(tx, account_id, target_id)

    await network.db.transaction(work)


async def page(network: Network, viewer_id: int, account_id: int, page: Page) -> list[PagedAccount]:
    """Whom an account features, newest first; `viewer_id` is 0 for someone not signed in.

    Raises NotFound for accounts nobody may see.
    """
    account = await accounts.get(network.db, account_id)
    if account is None or account.state > AccountState.LIMITED:
        raise NotFound
    return await endorsements.page(network.db, account_id, viewer_id, page)
