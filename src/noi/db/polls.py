"""Polls, their options and votes."""

from collections.abc import Sequence

from noi.db.database import Reader, Transaction
from noi.models.errors import NotFound
from noi.models.ids import now_ms
from noi.models.statuses import Poll, PollOption, PollView

_COLUMNS = ", ".join(Poll.__struct_fields__)
_GET = f"SELECT {_COLUMNS} FROM polls WHERE id = :id"
_GET_MANY = f"SELECT {_COLUMNS} FROM polls WHERE id @in(:ids)"
_OPTIONS = """SELECT poll_id, position, title, votes_count FROM poll_options
WHERE poll_id @in(:ids) ORDER BY poll_id, position"""
_INSERT = """INSERT INTO polls (id, status_id, account_id, expires_at, multiple, hide_totals)
VALUES (:id, :status_id, :account_id, :expires_at, :multiple, :hide_totals)"""
_INSERT_OPTION = """INSERT INTO poll_options (poll_id, position, title)
VALUES (:poll_id, :position, :title)"""
_VOTE = """INSERT INTO poll_votes (poll_id, account_id, position, created_at)
VALUES (:poll_id, :account_id, :position, :now) ON CONFLICT DO NOTHING"""
_LOCK = "UPDATE polls SET votes_count = votes_count WHERE id = :id AND closed_at IS NULL"
_HAS_VOTED = """SELECT count(*) FROM poll_votes
WHERE poll_id = :poll_id AND account_id = :account_id"""
_COUNT_OPTION = """UPDATE poll_options SET votes_count = votes_count + 1
WHERE poll_id = :poll_id AND position = :position"""
_COUNT_POLL = """UPDATE polls SET votes_count = votes_count + :votes,
    voters_count = voters_count + 1 WHERE id = :id"""
_COUNT_VOTE = "UPDATE polls SET votes_count = votes_count + :votes WHERE id = :id"
_UNCOUNT_OPTIONS = """UPDATE poll_options SET votes_count = votes_count - 1
WHERE poll_id = :poll_id AND position IN (SELECT position FROM poll_votes
    WHERE poll_id = :poll_id AND account_id = :account_id)"""
_UNCOUNT_POLL = """UPDATE polls SET voters_count = voters_count - 1,
    votes_count = votes_count - (SELECT count(*) FROM poll_votes
        WHERE poll_id = :poll_id AND account_id = :account_id)
WHERE id = :poll_id"""
_WITHDRAW = "DELETE FROM poll_votes WHERE poll_id = :poll_id AND account_id = :account_id"
_OWN = """SELECT poll_id, position FROM poll_votes
WHERE account_id = :account_id AND poll_id @in(:ids) ORDER BY poll_id, position"""
_CLOSE = "UPDATE polls SET closed_at = :now WHERE id = :id AND closed_at IS NULL"
_VOTERS = """SELECT DISTINCT v.account_id FROM poll_votes v
JOIN users u ON u.account_id = v.account_id
WHERE v.poll_id = :poll_id AND v.account_id > :after ORDER BY v.account_id LIMIT :limit"""
_DELETE = (
    "DELETE FROM poll_votes WHERE poll_id = :id",
    "DELETE FROM poll_options WHERE poll_id = :id",
    "DELETE FROM polls WHERE id = :id",
)


async def get(reader: Reader, poll_id: int) -> Poll | None:
    """A poll without its options."""
    return await reader.fetch_one(_GET, {"id": poll_id}, Poll)


async def views(reader: Reader, ids: Sequence[int]) -> dict[int, PollView]:
    """Polls with their options, by id."""
    if not ids:
        return {}
    polls = await reader.fetch_all(_GET_MANY, {"ids": list(ids)}, Poll)
    found = {poll.id: PollView(poll, []) for poll in polls}
    for poll_id, *option in await reader.fetch_all(_OPTIONS, {"ids": list(ids)}):
        found[poll_id].options.append(PollOption(*option))
    return found


async def insert(tx: Transaction, poll: Poll, titles: Sequence[str]) -> None:
    """Insert a poll and its options."""
    row = {
        "id": poll.id,
        "status_id": poll.status_id,
        "account_id": poll.account_id,
        "expires_at": poll.expires_at,
        "multiple": int(poll.multiple),
        "hide_totals": int(poll.hide_totals),
    }
    await tx.execute(_INSERT, row)
    for position, title in enumerate(titles):
        option = {"poll_id": poll.id, "position": position, "title": title}
        await tx.execute(_INSERT_OPTION, option)


async def vote(tx: Transaction, poll_id: int, account_id: int, positions: Sequence[int]) -> bool:
    """Cast all of one account's votes at once; False where it has voted before.

    Raises NotFound for a poll that was closed or taken away meanwhile.
    """
    if not await tx.execute(_LOCK, {"id": poll_id}):  # two at once wait for each other
        raise NotFound
    voter = {"poll_id": poll_id, "account_id": account_id}
    if await tx.fetch_value(_HAS_VOTED, voter):
        return False
    for position in positions:
        await tx.execute(_VOTE, {**voter, "position": position, "now": now_ms()})
        await tx.execute(_COUNT_OPTION, {"poll_id": poll_id, "position": position})
    await tx.execute(_COUNT_POLL, {"id": poll_id, "votes": len(positions)})
    return True


async def add_vote(tx: Transaction, poll: Poll, account_id: int, position: int) -> bool:
    """Cast one vote, where the voter's others come one by one; False where that is one too many.

    Raises NotFound for a poll that was closed or taken away meanwhile.
    """
    if not await tx.execute(_LOCK, {"id": poll.id}):
        raise NotFound
    voter = {"poll_id": poll.id, "account_id": account_id}
    before = await tx.fetch_value(_HAS_VOTED, voter)
    if before and not poll.multiple:
        return False
    if not await tx.execute(_VOTE, {**voter, "position": position, "now": now_ms()}):
        return False
    await tx.execute(_COUNT_OPTION, {"poll_id": poll.id, "position": position})
    await tx.execute(_COUNT_POLL if not before else _COUNT_VOTE, {"id": poll.id, "votes": 1})
    return True


async def withdraw(tx: Transaction, poll_id: int, account_id: int) -> None:
    """Forget how an account that has voted did so; the result of a closed poll stays."""
    votes = {"poll_id": poll_id, "account_id": account_id}
    if await tx.execute(_LOCK, {"id": poll_id}):
        await tx.execute(_UNCOUNT_OPTIONS, votes)
        await tx.execute(_UNCOUNT_POLL, votes)
    await tx.execute(_WITHDRAW, votes)


async def own_votes(reader: Reader, account_id: int, ids: Sequence[int]) -> dict[int, list[int]]:
    """The positions an account has voted for, by poll."""
    votes: dict[int, list[int]] = {}
    if ids:
        params = {"account_id": account_id, "ids": list(ids)}
        for poll_id, position in await reader.fetch_all(_OWN, params):
            votes.setdefault(poll_id, []).append(position)
    return votes


async def close(tx: Transaction, poll_id: int) -> bool:
    """Close a poll; False where it was closed already."""
    return await tx.execute(_CLOSE, {"id": poll_id, "now": now_ms()}) == 1


async def local_voters(reader: Reader, poll_id: int, *, after: int, limit: int) -> list[int]:
    """Local accounts that voted, by id, above `after`."""
    params = {"poll_id": poll_id, "after": after, "limit": limit}
    return [row[0] for row in await reader.fetch_all(_VOTERS, params)]


async def delete(tx: Transaction, poll_id: int) -> None:
    """Remove a poll with everything cast in it."""
    for sql in _DELETE:
        await tx.execute(sql, {"id": poll_id})
