"""Deleting one's own account: a tombstone at once, and the rest in batches by a job."""

from noi.db import accounts, erasure, jobs, sessions, statuses, users
from noi.db.database import Transaction
from noi.models.accounts import Role
from noi.models.errors import Forbidden, NotFound
from noi.models.jobs import EraseAccount, IndexAccount
from noi.services import exports, oauth, passwords, portraits
from noi.services import statuses as status_verbs
from noi.services.network import Network


async def delete_own(network: Network, account_id: int, password: str) -> None:
    """Delete one's account for ever; the handle is never given to anyone again.

    Raises Forbidden for a wrong password and for the network's last owner, RateLimited.
    """
    await passwords.require(network, account_id, password)

    async def work(tx: Transaction) -> None:
        user = await users.get(tx, account_id)
        if user is None:
            raise NotFound
        if user.role is Role.OWNER and not await erasure.other_owners(tx, account_id):
            raise Forbidden("Make someone else owner of the network first")
        await bury(tx, account_id)

    await network.db.transaction(work)


async def bury(tx: Transaction, account_id: int) -> None:
    """Make an account's tombstone within a transaction, and queue the removal of the rest."""
    if not await accounts.bury(tx, account_id):
        return
    await sessions.delete_all(tx, account_id)
    await oauth.revoke_all(tx, account_id)
    await users.delete(tx, account_id)
    await jobs.enqueue(tx, IndexAccount(account_id))
    await jobs.enqueue(tx, EraseAccount(account_id))


async def erase(network: Network, job: EraseAccount) -> None:
    """Remove what a deleted account leaves; may be stopped and run again at any point."""
    account = await accounts.get(network.db, job.account_id)
    if account is None:
        return
    for step in (_bury_statuses, _unfollow, _unfavourite, erasure.remove_rest):
        while await network.db.transaction(lambda tx, step=step: step(tx, job.account_id)):
            pass
    await _remove_uploads(network, job.account_id)
    await _remove_exports(network, job.account_id)
    await portraits.forget(
        network, account.avatar, account.avatar_static, account.header, account.header_static
    )
    await network.db.transaction(lambda tx: erasure.clear_pictures(tx, job.account_id))


async def _bury_statuses(tx: Transaction, account_id: int) -> bool:
    ids = await erasure.statuses(tx, account_id)
    for status in (await statuses.get_many(tx, ids)).values():
        await status_verbs.bury(tx, status)
    return bool(ids)


async def _unfollow(tx: Transaction, account_id: int) -> bool:
    pairs = await erasure.remove_follows(tx, account_id)
    # In the order of ids, as follows count, so that nobody waits in a circle.
    for id_ in sorted({id_ for pair in pairs for id_ in pair}):
        followers = sum(followed == id_ for _, followed in pairs)
        following = sum(follower == id_ for follower, _ in pairs)
        await accounts.add_counts(tx, id_, followers=-followers, following=-following)
    return bool(pairs)


async def _unfavourite(tx: Transaction, account_id: int) -> bool:
    ids = await erasure.remove_favourites(tx, account_id)
    for status_id in sorted(ids):
        await statuses.count(tx, status_id, "favourites_count", -1)
    return bool(ids)


async def _remove_uploads(network: Network, account_id: int) -> None:
    # Files first: while their rows stand, a second run finds what is left of them.
    while found := await erasure.uploads(network.db, account_id):
        for _, keys in found:
            for key in keys:
                await network.storage.delete(key)
        ids = [id_ for id_, _ in found]
        await network.db.transaction(
            lambda tx, ids=ids: erasure.remove(tx, "media_attachments", ids)
        )


async def _remove_exports(network: Network, account_id: int) -> None:
    while found := await erasure.exports(network.db, account_id):
        for _, file in found:
            exports.remove_file(network, file)
        ids = [id_ for id_, _ in found]
        await network.db.transaction(lambda tx, ids=ids: erasure.remove(tx, "exports", ids))
