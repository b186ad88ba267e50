"""Vote, read and close polls."""

from noi.activitypub import addresses, outgoing
from noi.db import accounts, jobs, polls, statuses
from noi.db.database import Transaction
from noi.models.errors import Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import ClosePoll, Notify
from noi.models.statuses import Poll, PollView, Status
from noi.services import delivery, publishing
from noi.services.network import Network

_VOTERS_BATCH = 500


async def show(network: Network, viewer_id: int, poll_id: int) -> PollView:
    """A poll whose status the viewer may see; raises NotFound."""
    view = (await polls.views(network.db, [poll_id])).get(poll_id)
    if view is None:
        raise NotFound
    if await statuses.get_visible(network.db, view.poll.status_id, viewer_id) is None:
        raise NotFound
    return view


async def own_votes(network: Network, viewer_id: int, poll_ids: list[int]) -> dict[int, list[int]]:
    """The positions the viewer has voted for, by poll."""
    return await polls.own_votes(network.db, viewer_id, poll_ids)


async def vote(network: Network, account_id: int, poll_id: int, choices: list[int]) -> PollView:
    """Vote once, for one choice or, where the poll allows it, several. Raises Invalid."""
    view = await show(network, account_id, poll_id)
    _check_vote(view, account_id, choices)

    async def work(tx: Transaction) -> None:
        if not await polls.vote(tx, poll_id, account_id, choices):
            raise Invalid("You have already voted in this poll")
        await statuses.touch(tx, view.poll.status_id)
        await _send_votes(tx, view, account_id, choices)
        await publishing.poll_changed(tx, view.poll)

    await network.db.transaction(work)
    return await show(network, account_id, poll_id)


async def receive_vote(tx: Transaction, account_id: int, status: Status, choice: str) -> None:
    """A remote account votes, for one choice by its title, in the poll of a local status.

    Raises Invalid; a second vote is none.
    """
    view = (await polls.views(tx, [status.poll_id or 0])).get(status.poll_id or 0)
    if view is None:
        raise NotFound
    titles = [option.title for option in view.options]
    position = titles.index(choice) if choice in titles else -1
    _check_vote(view, account_id, [position])
    if await polls.add_vote(tx, view.poll, account_id, position):
        await statuses.touch(tx, status.id)
        await publishing.poll_changed(tx, view.poll)


async def _send_votes(tx: Transaction, view: PollView, account_id: int, choices: list[int]) -> None:
    """Send votes to the server of the poll's author, each as an activity of its own."""
    both = await accounts.get_many(tx, [account_id, view.poll.account_id])
    voter, author = both[account_id], both[view.poll.account_id]
    status = None if author.local else await statuses.get(tx, view.poll.status_id)
    if status is None:
        return
    for position in choices:
        activity = outgoing.vote(
            addresses.vote(voter.uri, view.poll.id, position),
            voter.uri,
            author.uri,
            status.uri,
            view.options[position].title,
            now_ms(),
        )
        await delivery.send(tx, account_id, activity, to=[author.id])


def _check_vote(view: PollView, account_id: int, choices: list[int]) -> None:
    if ended(view.poll):
        raise Invalid("The poll has already ended")
    if view.poll.account_id == account_id:
        raise Invalid("You cannot vote in your own poll")
    if not choices or not all(0 <= choice < len(view.options) for choice in choices):
        raise Invalid("The chosen vote option does not exist")
    if len(set(choices)) < len(choices) or (len(choices) > 1 and not view.poll.multiple):
        raise Invalid("This poll takes one choice only")


def ended(poll: Poll) -> bool:
    """Whether no more votes are taken."""
    return poll.closed_at is not None or (
        poll.expires_at is not None and poll.expires_at <= now_ms()
    )


async def close(network: Network, job: ClosePoll) -> None:
    """At a poll's end, tell its author and voters."""
    poll = await polls.get(network.db, job.poll_id)
    if poll is None or poll.expires_at is None or poll.expires_at > now_ms():
        return

    async def work(tx: Transaction) -> None:
        if not await polls.close(tx, poll.id):
            return
        await statuses.touch(tx, poll.status_id)
        await jobs.enqueue(tx, Notify(poll.account_id, "poll", poll.account_id, poll.status_id))
        await _tell_voters(tx, poll)
        await publishing.poll_changed(tx, poll)

    await network.db.transaction(work)


async def _tell_voters(tx: Transaction, poll: Poll) -> None:
    after = 0
    while True:
        batch = await polls.local_voters(tx, poll.id, after=after, limit=_VOTERS_BATCH)
        for account_id in batch:
            await jobs.enqueue(tx, Notify(account_id, "poll", poll.account_id, poll.status_id))
        if len(batch) < _VOTERS_BATCH:
            return
        after = batch[-1]
