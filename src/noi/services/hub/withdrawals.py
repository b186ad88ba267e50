"""Withdrawal: what somebody takes back is gone from the hub, whatever else is under way.

Who stores something, and who withdraws it, first lock its address and its author's. What is
stored afterwards was fetched afterwards; see services.hub.people and services.hub.content.
"""

from collections.abc import Collection, Mapping, Sequence

from noi.db import jobs, locks
from noi.db.database import Transaction
from noi.db.hub import accounts, posts, queue
from noi.db.hub import withdrawals as table
from noi.models.hub_jobs import EraseHubPosts
from noi.models.hub_records import HubAccount
from noi.models.ids import now_ms
from noi.services.hub import indexing
from noi.services.network import Network

AT_ONCE = 1000
"""So many posts go with their author in one transaction; more are hidden at once, and go after."""

FOLLOWING = "#following"
"""What is added to an account's address in the queue, to read whom it follows."""

_BATCH = 200
_MARGIN_MS = 5_000
"""Clocks of several machines may differ by so much."""


class Overtaken(Exception):
    """What was fetched was withdrawn meanwhile, so it has to be fetched anew."""


async def withdraw(tx: Transaction, uris: Sequence[str]) -> None:
    """End all that is held under some addresses, of people and posts, or on its way in."""
    await locks.names(tx, uris)
    await table.put(tx, uris, now_ms())
    await queue.drop(tx, uris)
    for account in await accounts.by_uris(tx, uris):
        await end_account(tx, account)
    for post in await posts.by_uris(tx, uris):
        await _end_post(tx, post.id, post.account_id)


async def check_standing(tx: Transaction, uri: str, author_uri: str, fetched_at: int) -> None:
    """Hold what is to be stored against withdrawals; `fetched_at` is when its fetch began (ms).

    Raises Overtaken. Until the transaction ends, nobody withdraws it.
    """
    latest = await lock_all(tx, [uri, author_uri], [])
    if overtakes(latest, uri, author_uri, fetched_at):
        raise Overtaken


async def lock_all(
    tx: Transaction, uris: Collection[str], author_uris: Collection[str]
) -> Mapping[str, int]:
    """See to it that nobody withdraws or stores some addresses until the transaction ends, and
    that nobody withdraws some authors; answers who and what was withdrawn, for `overtakes`.
    """
    await locks.names(tx, uris, shared=author_uris)
    return await table.latest(tx, {*uris, *author_uris})


def overtakes(latest: Mapping[str, int], uri: str, author_uri: str, fetched_at: int) -> bool:
    """Whether what began to be fetched at a time (ms) may have been withdrawn since."""
    withdrawn_at = max(latest.get(uri, 0), latest.get(author_uri, 0))
    return withdrawn_at + _MARGIN_MS >= fetched_at


async def end_held(tx: Transaction, uri: str) -> bool:
    """End what is held under an address, whose lock is taken; False where nothing is."""
    account = await accounts.by_uri(tx, uri)
    if account is not None:
        await end_account(tx, account)
    post = await posts.by_uri(tx, uri)
    if post is not None:
        await _end_post(tx, post.id, post.account_id)
    return account is not None or post is not None


async def end_account(tx: Transaction, account: HubAccount) -> None:
    """Remove an account with its posts and follows. Its posts are shown no more in any case."""
    await accounts.delete(tx, account.id)
    await queue.drop(tx, [account.uri + FOLLOWING])
    await indexing.remove_account(tx, account.id)
    await end_posts(tx, account.id)


async def end_posts(tx: Transaction, account_id: int) -> None:
    """Remove all posts of an account that is gone, or not `indexable` any more."""
    ids = await posts.of_account(tx, account_id, AT_ONCE + 1)
    if len(ids) > AT_ONCE:
        await jobs.enqueue(tx, EraseHubPosts(account_id), unique=True)
        return
    for id_ in ids:
        await _end_post(tx, id_, account_id)


async def erase_posts(network: Network, job: EraseHubPosts) -> None:
    """Remove what is left of an account's posts, unless it agreed again meanwhile."""

    async def some(tx: Transaction) -> int:
        account = await accounts.get(tx, job.account_id)
        if account is not None and account.indexable:
            return 0
        ids = await posts.of_account(tx, job.account_id, _BATCH)
        for id_ in ids:
            await _end_post(tx, id_, job.account_id)
        return len(ids)

    while await network.db.transaction(some) == _BATCH:
        pass


async def _end_post(tx: Transaction, id_: int, account_id: int) -> None:
    if await posts.delete(tx, id_, account_id):
        await indexing.remove_post(tx, id_)
