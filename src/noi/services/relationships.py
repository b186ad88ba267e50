"""How a viewer stands to accounts, and what every verb about two accounts begins with."""

from noi.db import accounts, locks
from noi.db import relationships as table
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState, Relationship
from noi.models.errors import Forbidden, NotFound
from noi.services.network import Network


async def load(network: Network, viewer_id: int, ids: list[int]) -> list[Relationship]:
    """The viewer's relations to accounts, in the order of `ids`; unknown ids are left out."""
    return await table.load(network.db, viewer_id, ids)


async def load_one(network: Network, viewer_id: int, target_id: int) -> Relationship:
    """The viewer's relation to one account; raises NotFound."""
    found = await table.load(network.db, viewer_id, [target_id])
    if not found:
        raise NotFound
    return found[0]


async def lock_other(tx: Transaction, account_id: int, target_id: int) -> Account:
    """Begin to change relations with another account, which is answered.

    Raises NotFound for unknown and deleted accounts, Forbidden for one's own.
    """
    if account_id == target_id:
        raise Forbidden("You cannot do this to your own account")
    await locks.pair(tx, account_id, target_id)
    target = await accounts.get(tx, target_id)
    if target is None or target.state is AccountState.DELETED:
        raise NotFound
    return target
