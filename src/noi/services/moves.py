"""Accounts of other servers that go on elsewhere, and their followers here, who go with them."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Literal

import msgspec

from noi.db import accounts, jobs, lists, locks, moves, mutes, notes, users
from noi.db import follows as follow_rows
from noi.db.database import Transaction
from noi.models.accounts import Account
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.models.federation import Declined
from noi.models.ids import now_ms
from noi.models.jobs import ExpireMute, MergeTimeline, MoveFollowers, Notify
from noi.models.notifications import NotificationKind
from noi.services import blocks, follows
from noi.services.network import Network
from noi.ui.translation import gettext

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

    Who cannot follow there, as across a block, still follows the old account. Who blocks or mutes
    the old account does so with the new one, unless they follow that.
    """
    if not job.after:
        await _shun(network, job)
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
    if follower_id != job.target_id:
        await network.db.transaction(lambda tx: _take_along(tx, network, follower_id, job))
    await follows.unfollow(network, follower_id, job.account_id)
    told = Notify(follower_id, NotificationKind.MOVED, job.target_id, subject_id=job.account_id)
    await network.db.transaction(lambda tx: jobs.enqueue(tx, told))


def _languages(terms: follow_rows.FollowTerms) -> list[str]:
    return msgspec.json.decode(terms.languages, type=list[str]) if terms.languages else []


async def _take_along(
    tx: Transaction, network: Network, follower_id: int, job: MoveFollowers
) -> None:
    """The new account takes the old one's place on lists, and its note."""
    for item in await lists.with_member(tx, follower_id, job.account_id):
        await locks.owner(tx, item.id)
        if await lists.add(tx, network.ids.next(), item.id, job.target_id):
            await jobs.enqueue(tx, MergeTimeline(owner_id=item.id, account_id=job.target_id))
    note = await notes.get(tx, follower_id, job.account_id)
    if note and not await notes.get(tx, follower_id, job.target_id):
        await notes.put(tx, follower_id, job.target_id, note)


async def _shun(network: Network, job: MoveFollowers) -> None:
    async def each(table: Literal["blocks", "mutes"]) -> AsyncGenerator[int]:
        after = 0
        while found := await moves.shunning(
            network.db, table, job.account_id, job.target_id, after=after, limit=_BATCH
        ):
            for account_id in found:
                yield account_id
            after = found[-1]

    async for account_id in each("blocks"):
        with suppress(Forbidden, NotFound):
            await blocks.block(network, account_id, job.target_id)
            await network.db.transaction(lambda tx, by=account_id: _explain(tx, by, job))
    async for account_id in each("mutes"):
        await network.db.transaction(lambda tx, by=account_id: _mute(tx, network, by, job))


async def _mute(tx: Transaction, network: Network, account_id: int, job: MoveFollowers) -> None:
    await locks.pair(tx, account_id, job.target_id)
    held = await mutes.get(tx, account_id, job.account_id)
    if held is None:
        return
    notifications, until = held
    await mutes.upsert(
        tx,
        network.ids.next(),
        account_id,
        job.target_id,
        notifications=notifications,
        expires_at=until,
    )
    if until is not None:
        await jobs.enqueue(tx, ExpireMute(account_id, job.target_id), run_at=until)
    await _explain(tx, account_id, job)


async def _explain(tx: Transaction, account_id: int, job: MoveFollowers) -> None:
    """Say in a private note why somebody is blocked or muted whom one never met."""
    user, old = await users.get(tx, account_id), await accounts.get(tx, job.account_id)
    if user is None or old is None or await notes.get(tx, account_id, job.target_id):
        return
    text = gettext(user.locale, "Has moved here from {name}.", name=f"@{old.handle}")
    before = await notes.get(tx, account_id, job.account_id)
    await notes.put(tx, account_id, job.target_id, f"{text}\n{before}".strip())
