"""Statuses of other servers, and what is kept of them beside what every status has."""

from collections.abc import Sequence

import msgspec

from noi.db import withdrawn
from noi.db.database import Reader, Transaction
from noi.db.polls import insert as insert_poll
from noi.models.ids import now_ms
from noi.models.statuses import Poll, Status


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What only remote statuses have: addresses ("" where missing), and `interaction_policy`, the
    author's as JSON."""

    in_reply_to_uri: str = ""
    replies_uri: str = ""
    context_uri: str = ""
    interaction_policy: str = ""


class Surroundings(msgspec.Struct, array_like=True, frozen=True):
    """What is here already around an address: a status, that its author took it back, answers to
    it, quotes of it, the conversation that it is said to be in; and whether followers of its
    author asked to be told of each status.
    """

    known: bool = False
    withdrawn: bool = False
    answered: bool = False
    quoted: bool = False
    conversation_id: int | None = None
    awaited: bool = False


_SURROUNDINGS = """SELECT
    CASE WHEN EXISTS (SELECT 1 FROM statuses WHERE uri = :uri) THEN 1 ELSE 0 END,
    CASE WHEN EXISTS (SELECT 1 FROM withdrawn_objects WHERE key = :key) THEN 1 ELSE 0 END,
    CASE WHEN EXISTS (SELECT 1 FROM statuses WHERE in_reply_to_uri = :uri
        AND in_reply_to_uri <> '' AND in_reply_to_id IS NULL) THEN 1 ELSE 0 END,
    CASE WHEN EXISTS (SELECT 1 FROM quotes WHERE quoted_uri = :uri
        AND quoted_uri <> '' AND quoted_id IS NULL) THEN 1 ELSE 0 END,
    (SELECT id FROM conversations WHERE uri = :conversation AND uri <> '' ORDER BY id LIMIT 1),
    CASE WHEN EXISTS (SELECT 1 FROM follows
        WHERE target_id = CAST(:author AS BIGINT) AND notify = 1) THEN 1 ELSE 0 END"""
_ORIGIN = Origin.__struct_fields__
_COLUMNS = tuple(dict.fromkeys((*Status.__struct_fields__, *_ORIGIN)))
_INSERT = f"""INSERT INTO statuses ({", ".join(_COLUMNS)}, local, fetched_at)
VALUES ({", ".join(f":{name}" for name in _COLUMNS)}, 0, :now)
ON CONFLICT DO NOTHING"""
_BEGIN = """INSERT INTO conversations (id, uri, created_at)
VALUES (:conversation_id, :conversation_uri, :now)"""
_BEGIN_AND_INSERT = f"WITH begun AS ({_BEGIN}) {_INSERT}"
_SET_ORIGIN = f"""UPDATE statuses SET {", ".join(f"{name} = :{name}" for name in _ORIGIN)},
    fetched_at = :now WHERE id = :id"""
_WAITING = """UPDATE statuses SET in_reply_to_id = :id, in_reply_to_account_id = :account_id,
    revision = revision + 1
WHERE in_reply_to_uri = :uri AND in_reply_to_uri <> '' AND in_reply_to_id IS NULL
    AND id <> :id
RETURNING id"""
_HAS_CONVERSATION = "SELECT 1 FROM conversations WHERE id = :id"
_OPTION_VOTES = """UPDATE poll_options SET votes_count = :votes
WHERE poll_id = :poll_id AND position = :position"""
_POLL_TOTALS = """UPDATE polls SET votes_count = :votes, voters_count = :voters,
    hide_totals = :hide_totals, closed_at = :closed_at, expires_at = :expires_at
WHERE id = :poll_id"""
_REPLIES = """SELECT replies_uri, context_uri, uri FROM statuses
WHERE id = :id AND local = 0 AND deleted_at IS NULL"""
_CLAIM_REPLIES = """UPDATE statuses SET replies_fetched_at = :now
WHERE id = :id AND local = 0 AND deleted_at IS NULL AND reblog_of_id IS NULL
    AND (replies_fetched_at IS NULL OR replies_fetched_at < :before)"""
_REPLIES_DUE = """SELECT 1 FROM statuses
WHERE id = :id AND local = 0 AND deleted_at IS NULL AND reblog_of_id IS NULL
    AND (replies_fetched_at IS NULL OR replies_fetched_at < :before)"""
_MARK_MENTIONS = """UPDATE statuses SET has_mentions = 1, revision = revision + 1
WHERE id = :id AND deleted_at IS NULL"""
_KNOWN_URIS = "SELECT uri FROM statuses WHERE uri @in(:uris)"
_PARENT_URI = """SELECT in_reply_to_uri FROM statuses
WHERE id = :id AND in_reply_to_id IS NULL AND deleted_at IS NULL"""


async def surroundings(
    reader: Reader, uri: str, *, author_id: int, author_uri: str, conversation_uri: str
) -> Surroundings:
    """What is here already around an address."""
    key = withdrawn.key_of(author_uri, uri)
    params = {"uri": uri, "key": key, "conversation": conversation_uri, "author": author_id}
    return await reader.fetch_one(_SURROUNDINGS, params, Surroundings) or Surroundings()


async def insert(
    tx: Transaction, status: Status, origin: Origin, conversation_uri: str | None = None
) -> bool:
    """Insert a status without counting it; False where its address or id is taken.

    Its conversation begins with it in any case where its name elsewhere is given, or empty.
    """
    row = {**msgspec.structs.asdict(status), **msgspec.structs.asdict(origin), "now": now_ms()}
    if conversation_uri is None:
        return await tx.execute(_INSERT, row) == 1
    row["conversation_uri"] = conversation_uri
    if tx.dialect == "postgresql":
        return await tx.execute(_BEGIN_AND_INSERT, row) == 1
    await tx.execute(_BEGIN, row)
    return await tx.execute(_INSERT, row) == 1


async def set_origin(tx: Transaction, status_id: int, origin: Origin) -> None:
    """Write what an edited status says of its surroundings."""
    row = {**msgspec.structs.asdict(origin), "id": status_id, "now": now_ms()}
    await tx.execute(_SET_ORIGIN, row)


async def adopt(tx: Transaction, parent: Status) -> list[int]:
    """Make answers that came before what they answer its children; answers their ids."""
    row = {"id": parent.id, "account_id": parent.account_id, "uri": parent.uri}
    return [row[0] for row in await tx.fetch_all(_WAITING, row)]


async def has_conversation(reader: Reader, id_: int) -> bool:
    """Whether there is such a conversation."""
    return await reader.fetch_value(_HAS_CONVERSATION, {"id": id_}) is not None


async def put_poll(tx: Transaction, poll: Poll, options: Sequence[tuple[str, int]]) -> None:
    """Insert a poll with titles and votes as its own server counts them."""
    await insert_poll(tx, poll, [title for title, _ in options])
    await count_poll(tx, poll, [votes for _, votes in options])


async def count_poll(tx: Transaction, poll: Poll, votes: Sequence[int]) -> None:
    """Write how a poll stands, as its own server counts it."""
    for position, count in enumerate(votes):
        option = {"poll_id": poll.id, "position": position, "votes": count}
        await tx.execute(_OPTION_VOTES, option)
    row = {
        "poll_id": poll.id,
        "votes": poll.votes_count,
        "voters": poll.voters_count,
        "hide_totals": int(poll.hide_totals),
        "closed_at": poll.closed_at,
        "expires_at": poll.expires_at,
    }
    await tx.execute(_POLL_TOTALS, row)


async def known_uris(reader: Reader, uris: Sequence[str]) -> set[str]:
    """Which of these addresses are statuses here, in whatever state."""
    rows = await reader.fetch_all(_KNOWN_URIS, {"uris": list(uris)})
    return {row[0] for row in rows}


async def replies_due(reader: Reader, status_id: int, *, before: int) -> bool:
    """Whether the replies of a remote status were last fetched before a time (ms), or never."""
    params = {"id": status_id, "before": before}
    return await reader.fetch_value(_REPLIES_DUE, params) is not None


async def mark_mentions(tx: Transaction, status_id: int) -> None:
    """Note that a status names people, who were not known when it came."""
    await tx.execute(_MARK_MENTIONS, {"id": status_id})


async def claim_replies(tx: Transaction, status_id: int, *, before: int) -> bool:
    """Note that its replies are fetched now; False where somebody else does so."""
    params = {"id": status_id, "before": before, "now": now_ms()}
    return await tx.execute(_CLAIM_REPLIES, params) == 1


async def collections(reader: Reader, status_id: int) -> tuple[str, str, str] | None:
    """The addresses of a remote status's replies, of its context, and its own."""
    row = await reader.fetch_one(_REPLIES, {"id": status_id})
    return None if row is None else (row[0], row[1], row[2])


async def missing_parent(reader: Reader, status_id: int) -> str:
    """The address of what a status answers, as long as it is not known here."""
    return await reader.fetch_value(_PARENT_URI, {"id": status_id}) or ""
