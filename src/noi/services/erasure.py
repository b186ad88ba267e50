"""Deleting one's own account: a tombstone at once, and the rest in batches by a job."""

from collections.abc import Awaitable, Callable
from time import monotonic

from noi.db import accounts, erasure, jobs, polls, statuses, users
from noi.db.database import Transaction
from noi.models.accounts import AccountState, Role
from noi.models.errors import Forbidden, NotFound
from noi.models.jobs import EraseAccount
from noi.services import departures, exports, passwords, portraits
from noi.services import statuses as status_verbs
from noi.services.network import Network

# Less than a job may take; what is left then is for a fresh one.
_SECONDS = 240.0


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
        await departures.bury(tx, account_id)

    await network.db.transaction(work)


async def erase(network: Network, job: EraseAccount) -> None:
    """Remove what a deleted account leaves; may be stopped and run again at any point."""
    account = await accounts.get(network.db, job.account_id)
    if account is None or account.state is not AccountState.DELETED:
        return  # of another server, and back since
    until = monotonic() + _SECONDS
    for step in _STEPS:
        while await step(network, job.account_id):
            if monotonic() > until:
                await network.db.transaction(lambda tx: jobs.enqueue(tx, job))
                return
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


async def _unreact(tx: Transaction, account_id: int) -> bool:
    ids = await erasure.remove_reactions(tx, account_id)
    for status_id in sorted(ids):
        await statuses.count(tx, status_id, "reactions_count", -1)
    return bool(ids)


async def _withdraw_votes(tx: Transaction, account_id: int) -> bool:
    ids = await erasure.polls(tx, account_id)
    for poll_id in ids:
        await polls.withdraw(tx, poll_id, account_id)
        if poll := await polls.get(tx, poll_id):
            await statuses.touch(tx, poll.status_id)
    return bool(ids)


async def _remove_uploads(network: Network, account_id: int) -> bool:
    # Files first: while their rows stand, a second run finds what is left of them.
    found = await erasure.uploads(network.db, account_id)
    for _, keys in found:
        for key in keys:
            await network.storage.delete(key)
    ids = [id_ for id_, _ in found]
    await network.db.transaction(lambda tx: erasure.remove(tx, "media_attachments", ids))
    return bool(found)


async def _remove_exports(network: Network, account_id: int) -> bool:
    found = await erasure.exports(network.db, account_id)
    for _, file in found:
        exports.remove_file(network, file)
    ids = [id_ for id_, _ in found]
    await network.db.transaction(lambda tx: erasure.remove(tx, "exports", ids))
    return bool(found)


def _in_transaction(
    step: Callable[[Transaction, int], Awaitable[bool]],
) -> Callable[[Network, int], Awaitable[bool]]:
    return lambda network, account_id: network.db.transaction(lambda tx: step(tx, account_id))


_STEPS = (
    _in_transaction(_bury_statuses),
    _in_transaction(_unfollow),
    _in_transaction(_unfavourite),
    _in_transaction(_unreact),
    _in_transaction(_withdraw_votes),
    _in_transaction(erasure.remove_rest),
    _remove_uploads,
    _remove_exports,
)
"""Each removes one batch, and answers whether there may be more."""
