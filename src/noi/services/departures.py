"""An account goes for good, of this network or another: its tombstone, and what is queued."""

from noi.db import accounts, jobs, sessions, users
from noi.db.database import Transaction
from noi.models.jobs import EraseAccount, IndexAccount
from noi.services import oauth, publishing


async def bury(tx: Transaction, account_id: int) -> None:
    """Make an account's tombstone within a transaction, and queue the removal of the rest."""
    if not await accounts.bury(tx, account_id):
        return
    await sessions.delete_all(tx, account_id)
    await oauth.revoke_all(tx, account_id)
    await users.delete(tx, account_id)
    await jobs.enqueue(tx, IndexAccount(account_id))
    await jobs.enqueue(tx, EraseAccount(account_id))
    await publishing.actor_changed(tx, account_id)
