"""Polls of remote statuses: their choices, and how they stand as their own server counts."""

from noi.activitypub.objects import Object
from noi.activitypub.polls import Poll as RemotePoll
from noi.db import jobs, polls
from noi.db import remote_statuses as table
from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.models.jobs import ClosePoll
from noi.models.statuses import Poll, Status
from noi.text.clean import clean_name

MAX_OPTIONS = 20
MAX_OPTION = 500
_MOST_VOTES = 2**53


def titles(poll: RemotePoll) -> list[str]:
    """The choices as they are shown."""
    return [clean_name(option.title[:MAX_OPTION]) for option in poll.options[:MAX_OPTIONS]]


async def insert(tx: Transaction, status: Status, object_: Object) -> None:
    """Write the poll of a new status, if it has one, and plan its end."""
    if object_.poll is None or status.poll_id is None:
        return
    poll = _row(status, status.poll_id, object_.poll)
    options = zip(titles(object_.poll), _votes(object_.poll), strict=True)
    await table.put_poll(tx, poll, list(options))
    if poll.closed_at is None and poll.expires_at is not None and poll.expires_at > now_ms():
        await jobs.enqueue(tx, ClosePoll(poll.id), run_at=poll.expires_at)


async def recount(tx: Transaction, status: Status, remote: RemotePoll) -> bool:
    """Write how a known poll stands; False where its choices are others now, or nothing changed."""
    if status.poll_id is None:
        return False
    known = (await polls.views(tx, [status.poll_id])).get(status.poll_id)
    if known is None or [option.title for option in known.options] != titles(remote):
        return False
    poll, votes = _row(status, status.poll_id, remote), _votes(remote)
    # At its planned end a poll is closed here by a job, which tells who voted.
    if poll.closed_at is not None and known.poll.closed_at is None and known.poll.expires_at:
        poll.closed_at = None
        poll.expires_at = min(known.poll.expires_at, now_ms())
        await jobs.enqueue(tx, ClosePoll(poll.id), run_at=poll.expires_at)
    poll.closed_at = known.poll.closed_at or poll.closed_at
    before = [option.votes_count for option in known.options]
    if before == votes and known.poll == poll:
        return False
    await table.count_poll(tx, poll, votes)
    return True


def _row(status: Status, poll_id: int, remote: RemotePoll) -> Poll:
    votes = _votes(remote)
    ends_at = remote.ends_at if remote.ends_at is not None else remote.closed_at
    closed = remote.closed or (remote.ends_at is not None and remote.ends_at <= now_ms())
    return Poll(
        id=poll_id,
        status_id=status.id,
        account_id=status.account_id,
        expires_at=ends_at,
        multiple=remote.multiple,
        hide_totals=all(option.votes is None for option in remote.options),
        votes_count=min(sum(votes), _MOST_VOTES),
        voters_count=max(remote.voters or 0, max(votes, default=0)),
        closed_at=(remote.closed_at or now_ms()) if closed else None,
    )


def _votes(remote: RemotePoll) -> list[int]:
    return [option.votes or 0 for option in remote.options[:MAX_OPTIONS]]
