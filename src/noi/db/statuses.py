"""Statuses of every origin. Deleted ones stay as tombstones."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Reader, Transaction
from noi.db.visibility import viewpoint, visible
from noi.models.accounts import Account
from noi.models.errors import NotFound
from noi.models.ids import now_ms
from noi.models.statuses import Status, StatusEdit


def status_columns(alias: str = "s") -> str:
    """The columns of models.statuses.Status, in its order, of the table named `alias`."""
    return ", ".join(f"{alias}.{name}" for name in Status.__struct_fields__)


STATUS_COLUMNS = status_columns()

_GET = f"SELECT {STATUS_COLUMNS} FROM statuses s WHERE s.id = :id"
_GET_MANY = f"SELECT {STATUS_COLUMNS} FROM statuses s WHERE s.id @in(:ids)"
_GET_BY_URI = f"SELECT {STATUS_COLUMNS} FROM statuses s WHERE s.uri = :uri"
_GET_VISIBLE = f"""SELECT {STATUS_COLUMNS} FROM statuses s
JOIN accounts a ON a.id = s.account_id
WHERE s.id = :id AND {visible()}"""
_INSERT = f"""INSERT INTO statuses ({", ".join(Status.__struct_fields__)}, local)
VALUES ({", ".join(f":{name}" for name in Status.__struct_fields__)}, :local)"""
_INSERT_REBLOG = f"{_INSERT} ON CONFLICT DO NOTHING"
_GET_REBLOG = f"""SELECT {STATUS_COLUMNS} FROM statuses s
WHERE s.reblog_of_id = :status_id AND s.account_id = :account_id AND s.deleted_at IS NULL"""
_COUNTERS = frozenset(
    {"replies_count", "reblogs_count", "favourites_count", "quotes_count", "reactions_count"}
)
_COUNT = """UPDATE statuses SET {0} = CASE WHEN {0} + :by < 0 THEN 0 ELSE {0} + :by END,
    revision = revision + 1 WHERE id = :id AND deleted_at IS NULL"""
_EDIT = """UPDATE statuses SET text = :text, content_type = :content_type, content = :content,
    spoiler_text = :spoiler_text, sensitive = :sensitive, language = :language,
    poll_id = :poll_id, card_id = :card_id, has_media = :has_media, has_mentions = :has_mentions,
    has_tags = :has_tags, emojis = :emojis, edited_at = :edited_at, revision = revision + 1
WHERE id = :id AND deleted_at IS NULL"""
_BURY = """UPDATE statuses SET deleted_at = :now, revision = revision + 1
WHERE id = :id AND deleted_at IS NULL"""
_ERASE_TEXT = """UPDATE statuses SET text = '', content = '', spoiler_text = '', emojis = '[]',
    card_id = NULL WHERE id = :id AND deleted_at IS NOT NULL"""
_FORGET_MARKS = (
    "DELETE FROM favourites WHERE status_id = :id",
    "DELETE FROM bookmarks WHERE status_id = :id",
    "DELETE FROM reactions WHERE status_id = :id",
    "DELETE FROM notifications WHERE status_id = :id",
    "DELETE FROM status_edits WHERE status_id = :id",
)
_TOUCH = "UPDATE statuses SET revision = revision + 1 WHERE id = :id"
_COUNTING = """UPDATE accounts SET statuses_count = statuses_count + 1,
    last_status_at = CASE WHEN coalesce(last_status_at, 0) < :at THEN :at ELSE last_status_at END
WHERE id = :account_id AND deleted_at IS NULL"""
_COUNT_ONE = f"{_COUNTING} RETURNING indexable"
_COUNT_FOR_AUTHOR = f"""{_COUNTING}
RETURNING {", ".join(Account.__struct_fields__)}"""
_LIVE_REBLOGS = """SELECT id, account_id FROM statuses
WHERE reblog_of_id = :id AND deleted_at IS NULL LIMIT :limit"""
_LEAVE_GROUP = """UPDATE statuses SET group_id = NULL, revision = revision + 1
WHERE id = :id AND group_id = :group_id"""
_INSERT_CONVERSATION = "INSERT INTO conversations (id, uri, created_at) VALUES (:id, '', :now)"
_INSERT_EDIT = """INSERT INTO status_edits (id, status_id, text, content, spoiler_text, sensitive,
    media, poll_options, created_at)
VALUES (:id, :status_id, :text, :content, :spoiler_text, :sensitive, :media, :poll_options,
    :created_at)"""
_EDITS = f"""SELECT {", ".join(StatusEdit.__struct_fields__)} FROM status_edits
WHERE status_id = :status_id ORDER BY id LIMIT 1000"""
_ALREADY = """SELECT status_id, scheduled_status_id FROM idempotency_keys
WHERE account_id = :account_id AND key_hash = :key_hash AND created_at > :since"""
_CLAIM = """INSERT INTO idempotency_keys
    (account_id, key_hash, status_id, scheduled_status_id, created_at)
VALUES (:account_id, :key_hash, :status_id, :scheduled_status_id, :now)
ON CONFLICT (account_id, key_hash) DO UPDATE SET status_id = excluded.status_id,
    scheduled_status_id = excluded.scheduled_status_id, created_at = excluded.created_at
WHERE idempotency_keys.created_at <= :since"""
_IDEMPOTENCY_MS = 3_600_000


async def get(reader: Reader, status_id: int) -> Status | None:
    """A status in whatever state; for a reader's eyes use `get_visible`."""
    return await reader.fetch_one(_GET, {"id": status_id}, Status)


async def get_many(reader: Reader, ids: Sequence[int]) -> dict[int, Status]:
    """Statuses by id, in whatever state; missing ones are left out."""
    if not ids:
        return {}
    rows = await reader.fetch_all(_GET_MANY, {"ids": list(dict.fromkeys(ids))}, Status)
    return {status.id: status for status in rows}


async def get_by_uri(reader: Reader, uri: str) -> Status | None:
    """A status by its ActivityPub id."""
    return await reader.fetch_one(_GET_BY_URI, {"uri": uri}, Status)


async def get_visible(reader: Reader, status_id: int, viewer_id: int) -> Status | None:
    """A status, if the viewer (0 for a stranger) may see it."""
    return await reader.fetch_one(_GET_VISIBLE, viewpoint(viewer_id, id=status_id), Status)


async def insert(tx: Transaction, status: Status, *, local: bool) -> None:
    """Insert a status and count it for its author; raises NotFound where that one is deleted."""
    await count_for_author(tx, status.account_id, status.created_at)
    await insert_counted(tx, status, local=local)


async def insert_counted(tx: Transaction, status: Status, *, local: bool) -> None:
    """Insert a status that `count_for_author` has counted."""
    await tx.later(_INSERT, {**msgspec.structs.asdict(status), "local": int(local)})


async def insert_reblog(tx: Transaction, reblog: Status, *, local: bool) -> Status | None:
    """Insert a reblog and count it; None where its author has reblogged that status already.

    Raises NotFound where the status, or the account, was deleted meanwhile.
    """
    row = {**msgspec.structs.asdict(reblog), "local": int(local)}
    if not await tx.execute(_INSERT_REBLOG, row):
        return None
    assert reblog.reblog_of_id is not None
    if not await count(tx, reblog.reblog_of_id, "reblogs_count", 1):
        raise NotFound
    await count_for_author(tx, reblog.account_id, reblog.created_at)
    return reblog


async def get_reblog(reader: Reader, status_id: int, account_id: int) -> Status | None:
    """An account's own reblog of a status."""
    params = {"status_id": status_id, "account_id": account_id}
    return await reader.fetch_one(_GET_REBLOG, params, Status)


async def live_reblogs(reader: Reader, status_id: int, limit: int) -> list[tuple[int, int]]:
    """Ids and accounts of some reblogs of a status that are not deleted yet."""
    rows = await reader.fetch_all(_LIVE_REBLOGS, {"id": status_id, "limit": limit})
    return [(row[0], row[1]) for row in rows]


async def count_for_author(tx: Transaction, account_id: int, created_at: int) -> Account:
    """Count a new status; answers the account as it is then, raises NotFound for a deleted one.

    To be called after changes of other statuses: everyone locks in this order, so that nobody
    waits in a circle.
    """
    at = {"at": created_at, "account_id": account_id}
    author = await tx.fetch_one(_COUNT_FOR_AUTHOR, at, Account)
    if author is None:
        raise NotFound
    return author


async def count_one(tx: Transaction, account_id: int, created_at: int) -> bool:
    """The same; answers only whether the account's statuses may be found."""
    at = {"at": created_at, "account_id": account_id}
    indexable = await tx.fetch_value(_COUNT_ONE, at)
    if indexable is None:
        raise NotFound
    return bool(indexable)


async def count(tx: Transaction, status_id: int, counter: str, by: int) -> bool:
    """Change one of the counters, never below zero; False for a status that is deleted."""
    if counter not in _COUNTERS:
        raise ValueError(counter)
    return await tx.execute(_COUNT.format(counter), {"id": status_id, "by": by}) == 1


async def edit(tx: Transaction, status: Status) -> None:
    """Write an edited status over the one that is not deleted."""
    await tx.execute(_EDIT, msgspec.structs.asdict(status))


async def bury(tx: Transaction, status_id: int) -> bool:
    """Leave a tombstone; False where it was one already."""
    return await tx.execute(_BURY, {"id": status_id, "now": now_ms()}) == 1


async def erase_text(tx: Transaction, status_id: int) -> None:
    """Forget what a tombstone once said."""
    await tx.execute(_ERASE_TEXT, {"id": status_id})


async def forget_marks(tx: Transaction, status_id: int) -> None:
    """Remove the favourites, bookmarks, notifications and earlier versions of a status."""
    for sql in _FORGET_MARKS:
        await tx.execute(sql, {"id": status_id})


async def touch(tx: Transaction, status_id: int) -> None:
    """Raise the revision, because something shown with the status has changed."""
    await tx.execute(_TOUCH, {"id": status_id})


async def leave_group(tx: Transaction, status_id: int, group_id: int) -> None:
    """Let a status be one of a group's no more."""
    await tx.execute(_LEAVE_GROUP, {"id": status_id, "group_id": group_id})


async def start_conversation(tx: Transaction, conversation_id: int) -> None:
    """Insert a conversation."""
    await tx.later(_INSERT_CONVERSATION, {"id": conversation_id, "now": now_ms()})


async def insert_edit(tx: Transaction, earlier: StatusEdit) -> None:
    """Keep an earlier version."""
    await tx.execute(_INSERT_EDIT, msgspec.structs.asdict(earlier))


async def edits(reader: Reader, status_id: int) -> list[StatusEdit]:
    """Earlier versions, oldest first."""
    return await reader.fetch_all(_EDITS, {"status_id": status_id}, StatusEdit)


async def made_before(
    reader: Reader, account_id: int, key_hash: bytes
) -> tuple[int | None, int | None] | None:
    """What an idempotency key made within the last hour: a status or a scheduled status."""
    since = now_ms() - _IDEMPOTENCY_MS
    params = {"account_id": account_id, "key_hash": key_hash, "since": since}
    row = await reader.fetch_one(_ALREADY, params)
    return None if row is None else (row[0], row[1])


async def claim_key(
    tx: Transaction,
    account_id: int,
    key_hash: bytes,
    *,
    status_id: int | None = None,
    scheduled_status_id: int | None = None,
) -> bool:
    """Note what an idempotency key makes; False where it made something within the hour.

    Of several at once, the others wait here for the first to commit.
    """
    now = now_ms()
    row = {
        "account_id": account_id,
        "key_hash": key_hash,
        "status_id": status_id,
        "scheduled_status_id": scheduled_status_id,
        "now": now,
        "since": now - _IDEMPOTENCY_MS,
    }
    return await tx.execute(_CLAIM, row) == 1
