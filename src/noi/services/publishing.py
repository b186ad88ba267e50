"""Sending what local people write, change and take back to other servers.

What is sent is put together before the transaction that queues it, and only where somebody
elsewhere is concerned, so that a network which speaks with nobody spends nothing on it.
"""

from collections.abc import Sequence

import msgspec

from noi.activitypub import outgoing
from noi.activitypub.outgoing import Written
from noi.db import accounts, deliveries, jobs, mentions, note_facts, participants, relays, statuses
from noi.db.database import Transaction
from noi.models.accounts import Account, AccountState
from noi.models.ids import now_ms
from noi.models.jobs import SendActor, SendPoll
from noi.models.statuses import Poll, Status, StatusView, Visibility
from noi.services import delivery, documents, views
from noi.services.network import Network

_POLL_PAUSE_MS = 60_000


class Outward(msgspec.Struct, frozen=True):
    """An activity, and whom it is for: `to` accounts, followers, relays."""

    actor_id: int
    activity: Written
    to: Sequence[int]
    visibility: Visibility
    relayed: bool


async def new_status(network: Network, status_id: int) -> Outward | None:
    """The Create or Announce of a local status; None where nobody elsewhere is concerned."""
    view = await _view(network, status_id)
    if view is None:
        return None
    if view.reblog is not None:
        activity = documents.written_announce(view)
        return await _outward(network, view, activity, [view.reblog.account.id])
    note = await documents.written_note(network, view)
    return await _outward(network, view, outgoing.create(note, f"{note['id']}/activity"))


async def changed_status(
    network: Network, status_id: int, *, at: int | None = None
) -> Outward | None:
    """The Update of a local status, to those who may have it; `at` (ms) tells it from others."""
    view = await _view(network, status_id)
    if view is None or view.reblog is not None:
        return None
    note = await documents.written_note(network, view)
    time = at or view.status.edited_at or now_ms()
    activity = outgoing.update(note, view.account.uri, time)
    once_named = await mentions.of_statuses(network.db, [status_id])
    others = await participants.remote(network.db, status_id)
    also = [*others, *(mention.account_id for mention in once_named)]
    return await _outward(network, view, activity, also)


async def send(tx: Transaction, outward: Outward | None) -> None:
    """Queue what the functions above have put together."""
    if outward is None:
        return
    if outward.visibility is Visibility.DIRECT:
        await delivery.send(tx, outward.actor_id, outward.activity, to=outward.to)
        return
    await delivery.send_to_followers(
        tx,
        outward.actor_id,
        outward.activity,
        also=outward.to,
        followers_only=outward.visibility is Visibility.PRIVATE,
    )
    if outward.relayed:
        await delivery.send_to_relays(tx, outward.actor_id, outward.activity)


async def send_end(tx: Transaction, status: Status) -> None:
    """Queue the Delete, or the Undo of a reblog, of a status that has become a tombstone."""
    account = await accounts.get(tx, status.account_id)
    if account is None or not account.local or status.local_only:
        return
    if account.state is AccountState.DELETED or not await deliveries.knows_others(tx):
        return
    named = [mention.account_id for mention in await mentions.of_statuses(tx, [status.id])]
    concerned = _concerned(status, [*named, *await participants.remote(tx, status.id)])
    activity = await _end(tx, status, account, named)
    visibility = Visibility(status.visibility)
    relayed = visibility is Visibility.PUBLIC and status.reblog_of_id is None
    await send(tx, Outward(account.id, activity, concerned, visibility, relayed))


async def poll_changed(tx: Transaction, poll: Poll) -> None:
    """Let other servers know how a local poll stands, once for all votes of a while."""
    if not await deliveries.knows_others(tx):
        return
    author = await accounts.get(tx, poll.account_id)
    if author is not None and author.local:
        ended = poll.expires_at is not None and poll.expires_at <= now_ms()
        run_at = now_ms() + (0 if ended else _POLL_PAUSE_MS)
        await jobs.enqueue(tx, SendPoll(poll.status_id), run_at=run_at, unique=not ended)


async def send_poll(network: Network, job: SendPoll) -> None:
    """Send the Update of a poll to those who may have it."""
    outward = await changed_status(network, job.status_id, at=now_ms())
    await network.db.transaction(lambda tx: send(tx, outward))


async def actor_changed(tx: Transaction, account_id: int) -> None:
    """Let other servers know of a changed profile, or of an account that is gone, before long."""
    if await deliveries.knows_others(tx):
        await jobs.enqueue(tx, SendActor(account_id), unique=True)


async def send_actor(network: Network, job: SendActor) -> None:
    """Send the Update of an account to its followers, or its Delete to all who may know it."""
    account = await accounts.get(network.db, job.account_id)
    if account is None or not account.local:
        return
    if account.state is AccountState.DELETED:
        gone = outgoing.delete_actor(account.uri)
        await network.db.transaction(lambda tx: delivery.send_to_all(tx, account.id, gone))
        return
    document = await documents.written_actor(network, account)
    activity = outgoing.update(document, account.uri, now_ms())
    await network.db.transaction(lambda tx: delivery.send_to_followers(tx, account.id, activity))


async def _view(network: Network, status_id: int) -> StatusView | None:
    """A status that other servers may have, where there are any; reblogged ones inside."""
    if not await deliveries.knows_others(network.db):
        return None
    view = await views.load_one(network, status_id)
    if view is None or not view.account.local or view.status.local_only:
        return None
    return None if view.status.deleted_at is not None else view


async def _outward(
    network: Network, view: StatusView, activity: Written, also: Sequence[int] = ()
) -> Outward | None:
    status = view.status
    named = [mention.account_id for mention in view.mentions]
    concerned = _concerned(status, [*named, *also])
    visibility = Visibility(status.visibility)
    relayed = (
        visibility is Visibility.PUBLIC
        and status.reblog_of_id is None
        and bool(await relays.accepted(network.db))
    )
    followed = visibility is not Visibility.DIRECT
    if not relayed and not await deliveries.any_remote(
        network.db, concerned, followers_of=status.account_id if followed else None
    ):
        return None
    return Outward(status.account_id, activity, concerned, visibility, relayed)


def _concerned(status: Status, others: Sequence[int]) -> list[int]:
    around = [status.in_reply_to_account_id, status.reblog_of_account_id, status.group_id]
    ids = [*others, *(id_ for id_ in around if id_ is not None)]
    return sorted(set(ids) - {status.account_id})


async def _end(tx: Transaction, status: Status, account: Account, named: Sequence[int]) -> Written:
    if status.reblog_of_id is None:
        uris = await note_facts.actor_uris(tx, named)
        return documents.written_delete(status, account.uri, list(uris.values()))
    reblogged = await statuses.get(tx, status.reblog_of_id)
    if reblogged is None:
        raise LookupError(f"status {status.reblog_of_id}")
    author_uri = (await note_facts.actor_uris(tx, [reblogged.account_id]))[reblogged.account_id]
    return outgoing.undo(documents.announcement(status, account.uri, reblogged.uri, author_uri))
