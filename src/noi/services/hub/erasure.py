"""Erasing what came from a network: when it leaves, is suspended, or shares no more.

Everything is done in batches that may be done again, so that a killed worker's job goes on where
it was. The receipt is written with the end of the membership, when nothing is left.
"""

from noi.db import deliveries
from noi.db.database import Transaction
from noi.db.hub import (
    accounts,
    callbacks,
    capabilities,
    members,
    posts,
    queue,
    receipts,
    received,
)
from noi.db.hub import erasure as table
from noi.models.hub import Decision, Member, MemberState
from noi.models.hub_jobs import ForgetMember
from noi.models.ids import now_ms
from noi.models.jobs import PurgeSearch
from noi.services.hub import checks, indexing, subscriptions, withdrawals
from noi.services.hub import receipts as proofs
from noi.services.network import Network

_ACCOUNTS = 20
_POSTS = 200
_ROWS = 500


async def forget(network: Network, job: ForgetMember) -> None:
    """Erase what came from a network; one that is leaving has left then, and gets its receipt."""
    member = await members.get(network.db, job.member_id)
    if member is None or member.state is MemberState.LEFT:
        return
    await network.db.transaction(lambda tx: subscriptions.end(tx, member.id))
    while await network.db.transaction(lambda tx: _drop_waiting(tx, member)):
        pass
    while await network.db.transaction(lambda tx: _drop_trending(tx, member)):
        pass
    while ids := await table.accounts(network.db, member.host, _ACCOUNTS):
        for account_id in ids:
            await _erase_account(network, account_id)
    if member.state is MemberState.LEAVING:
        await _forget_traces(network, member)
        await checks.purge(network, PurgeSearch())
        await _end(network, member)


async def _drop_waiting(tx: Transaction, member: Member) -> bool:
    uris = await table.waiting(tx, member.host, member.id, _ROWS)
    if uris:
        await queue.drop(tx, uris)
    return bool(uris)


async def _drop_trending(tx: Transaction, member: Member) -> bool:
    return await table.forget_trending(tx, member.id, _ROWS) == _ROWS


async def _erase_account(network: Network, account_id: int) -> None:
    async def some_posts(tx: Transaction) -> int:
        ids = await posts.of_account(tx, account_id, _POSTS)
        for id_ in ids:
            if await posts.delete(tx, id_, account_id):
                await indexing.remove_post(tx, id_)
        return len(ids)

    async def rest(tx: Transaction) -> None:
        account = await accounts.get(tx, account_id)
        if account is not None:
            await withdrawals.end_account(tx, account)

    while await network.db.transaction(some_posts) == _POSTS:
        pass
    await network.db.transaction(rest)


async def _forget_traces(network: Network, member: Member) -> None:
    """What the hub kept about the network itself, and the keys of those who sent something."""

    async def senders(tx: Transaction) -> int:
        return await table.forget_senders(tx, member.host, _ROWS)

    async def rest(tx: Transaction) -> None:
        await table.leave_relay(tx, member.id)
        await deliveries.drop_host(tx, member.host)
        await received.forget_member(tx, member.id)
        await callbacks.trim(tx, member.id, 0)
        await capabilities.delete_all(tx, member.id)

    while await network.db.transaction(senders) == _ROWS:
        pass
    await network.db.transaction(rest)


async def _end(network: Network, member: Member) -> None:
    now = now_ms()
    asked = await members.decisions(network.db, member.id)
    since = next((one.created_at for one in asked if one.state is MemberState.LEAVING), now)
    receipt = await proofs.make(network, member.host, since, now)
    decision = Decision(network.ids.next(), member.id, MemberState.LEFT, "", "", None, now)

    async def work(tx: Transaction) -> None:
        if await members.left(tx, decision):
            await receipts.insert(tx, receipt)

    await network.db.transaction(work)
