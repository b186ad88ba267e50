"""Accounts of other servers that go on elsewhere, and their followers here, who go with them."""

import msgspec

from noi.db import follows as follow_rows
from noi.db import jobs, moves
from noi.db.database import Transaction
from noi.models.accounts import Account
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.federation import Declined
from noi.models.ids import now_ms
from noi.models.jobs import MoveFollowers, Notify
from noi.models.notifications import NotificationKind
from noi.services import follows
from noi.services.network import Network

COOLDOWN_MS = 7 * 86_400_000
"""How long an account that has moved stays where it is."""

_BATCH = 100


async def receive(tx: Transaction, account: Account, target: Account) -> None:
    """A remote account has moved to `target`, which says so too; its followers here follow.

    Within the cooldown nothing happens.
    """
    if target.moved_to_id is not None or target.id == account.id:
        raise Declined("The account it moved to has moved itself")
    if await moves.set_moved(tx, account.id, target.id, before=now_ms() - COOLDOWN_MS):
        await jobs.enqueue(tx, MoveFollowers(account.id, target.id))


async def move_followers(network: Network, job: MoveFollowers) -> None:
    """Let some local followers follow the new account on their terms; the rest is another job.

    Who cannot follow there, as across a block, still follows the old account.
    """
    followers = await moves.local_followers(
        network.db, job.account_id, after=job.after, limit=_BATCH
    )
    for follower_id in followers:
        await _move(network, follower_id, job)
    if len(followers) == _BATCH:
        rest = MoveFollowers(job.account_id, job.target_id, followers[-1])
        await network.db.transaction(lambda tx: jobs.enqueue(tx, rest))


async def _move(network: Network, follower_id: int, job: MoveFollowers) -> None:
    async def terms_of(tx: Transaction) -> follow_rows.FollowTerms | None:
        return await follow_rows.get(tx, "follows", follower_id, job.account_id)

    terms = await network.db.transaction(terms_of)
    if terms is None:
        return
    try:
        if follower_id != job.target_id:
            await follows.follow(
                network,
                follower_id,
                job.target_id,
                show_reblogs=terms.show_reblogs,
                notify=terms.notify,
                languages=_languages(terms),
            )
    except (Forbidden, NotFound, Invalid):
        return
    await follows.unfollow(network, follower_id, job.account_id)
    told = Notify(follower_id, NotificationKind.MOVED, job.target_id, subject_id=job.account_id)
    await network.db.transaction(lambda tx: jobs.enqueue(tx, told))


def _languages(terms: follow_rows.FollowTerms) -> list[str]:
    return msgspec.json.decode(terms.languages, type=list[str]) if terms.languages else []
