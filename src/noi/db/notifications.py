"""Notifications, unique for each recipient by what they tell."""

from collections.abc import Collection

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.accounts import AccountKind, AccountState
from noi.models.ids import now_ms
from noi.models.notifications import OFFICIAL_KINDS, Notification, NotificationKind
from noi.models.paging import Page


class Circumstances(msgspec.Struct, array_like=True, frozen=True):
    """How a recipient stands to an account that did something, and to the status it is about."""

    recipient_state: AccountState
    sender_state: AccountState
    following: bool
    blocked: bool
    muted: bool
    domain_blocked: bool
    conversation_muted: bool
    status_gone: bool
    permitted: bool
    followed_since: int | None
    joined_at: int
    sender_kind: AccountKind
    sender_is_staff: bool
    unasked_private: bool
    preferences: str


_CIRCUMSTANCES = f"""SELECT me.state, a.state,
    EXISTS (SELECT 1 FROM follows f WHERE f.account_id = me.account_id AND f.target_id = a.id),
    EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = me.account_id AND b.target_id = a.id)
        OR EXISTS (SELECT 1 FROM blocks b
            WHERE b.account_id = a.id AND b.target_id = me.account_id),
    EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = me.account_id AND m.target_id = a.id
        AND m.notifications = 1 AND (m.expires_at IS NULL OR m.expires_at > :now)),
    EXISTS (SELECT 1 FROM user_domain_blocks d
        WHERE d.account_id = me.account_id AND d.domain = a.domain),
    EXISTS (SELECT 1 FROM statuses s JOIN conversation_mutes c
        ON c.account_id = me.account_id AND c.conversation_id = s.conversation_id
        WHERE s.id = :status_id),
    CAST(:status_id AS BIGINT) IS NOT NULL AND NOT EXISTS (SELECT 1 FROM statuses s
        JOIN accounts author ON author.id = s.account_id
        WHERE s.id = :status_id AND s.deleted_at IS NULL AND s.hidden_at IS NULL
            AND author.state <= {AccountState.LIMITED:d}),
    EXISTS (SELECT 1 FROM notification_permissions p
        WHERE p.account_id = me.account_id AND p.from_account_id = a.id),
    (SELECT f.created_at FROM follows f
        WHERE f.account_id = a.id AND f.target_id = me.account_id),
    a.created_at, a.kind,
    EXISTS (SELECT 1 FROM users staff WHERE staff.account_id = a.id AND staff.role <> 'member'),
    EXISTS (SELECT 1 FROM statuses s WHERE s.id = :status_id AND s.visibility = 3
        AND coalesce(s.in_reply_to_account_id, 0) <> me.account_id),
    me.preferences
FROM (SELECT u.account_id, r.state, u.preferences FROM users u
    JOIN accounts r ON r.id = u.account_id WHERE u.account_id = :account_id) me
JOIN accounts a ON a.id = :from_account_id"""

# What was undone before its notification was written is not told any more; who undoes it in this
# moment waits, and then finds the notification to withdraw.
_STILL_TRUE = {
    NotificationKind.FOLLOW: """SELECT 1 FROM follows
        WHERE account_id = :from_account_id AND target_id = :account_id @shared""",
    NotificationKind.FOLLOW_REQUEST: """SELECT 1 FROM follow_requests
        WHERE account_id = :from_account_id AND target_id = :account_id @shared""",
    NotificationKind.FAVOURITE: """SELECT 1 FROM favourites
        WHERE account_id = :from_account_id AND status_id = :status_id @shared""",
    NotificationKind.REBLOG: """SELECT 1 FROM statuses
        WHERE reblog_of_id = :status_id AND account_id = :from_account_id
            AND deleted_at IS NULL @shared""",
    NotificationKind.REACTION: """SELECT 1 FROM reactions
        WHERE account_id = :from_account_id AND status_id = :status_id LIMIT 1 @shared""",
    NotificationKind.QUOTE: """SELECT 1 FROM quotes q JOIN statuses s ON s.id = q.status_id
        WHERE q.status_id = :status_id AND q.state = 'accepted'
            AND q.quoted_account_id = :account_id
            AND (s.visibility <= 1 OR EXISTS (SELECT 1 FROM mentions m
                    WHERE m.status_id = s.id AND m.account_id = :account_id)
                OR s.visibility = 2 AND EXISTS (SELECT 1 FROM follows f
                    WHERE f.account_id = :account_id AND f.target_id = s.account_id))
        @shared""",
}

_INSERT = """INSERT INTO notifications
    (id, account_id, kind, from_account_id, status_id, subject_id, dedup_key, created_at, filtered)
VALUES (:id, :account_id, :kind, :from_account_id, :status_id, :subject_id, :dedup_key,
    :created_at, :filtered)
ON CONFLICT (account_id, dedup_key) DO NOTHING"""
_DELETE_EARLIER = """DELETE FROM notifications
WHERE account_id = :account_id AND dedup_key = :dedup_key
    AND coalesce(subject_id, 0) < coalesce(CAST(:subject_id AS BIGINT), 0)"""
_WITHDRAW = "DELETE FROM notifications WHERE account_id = :account_id AND dedup_key = :dedup_key"
_WITHDRAW_ABOUT = """DELETE FROM notifications
WHERE status_id = :status_id AND dedup_key = :dedup_key"""
_DISMISS = "DELETE FROM notifications WHERE account_id = :account_id AND id = :id"
_CLEAR = "DELETE FROM notifications WHERE account_id = :account_id"
_OFFICIAL = "('" + "', '".join(sorted(OFFICIAL_KINDS)) + "')"
_DROP_FROM = f"""DELETE FROM notifications
WHERE account_id = :account_id AND from_account_id = :from_account_id
    AND kind NOT IN {_OFFICIAL}"""

_COLUMNS = """n.id, n.account_id, n.kind, n.from_account_id, n.status_id, n.subject_id,
    n.created_at"""
SHOWN = f"""n.filtered <= :most_filtered AND (n.kind IN {_OFFICIAL}
    OR a.state <= {AccountState.LIMITED:d}
    AND (n.status_id IS NULL OR s.deleted_at IS NULL AND s.hidden_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM mutes m
        WHERE m.account_id = n.account_id AND m.target_id = n.from_account_id
            AND m.notifications = 1 AND (m.expires_at IS NULL OR m.expires_at > :now)))"""
JOINS = """JOIN accounts a ON a.id = n.from_account_id
LEFT JOIN statuses s ON s.id = n.status_id"""
_PAGE = f"""SELECT {_COLUMNS} FROM notifications n {JOINS}
WHERE n.account_id = :account_id AND n.id > :after AND n.id < :before {{narrow}} AND {SHOWN}
ORDER BY n.id @order LIMIT :limit"""
_GET = f"""SELECT {_COLUMNS} FROM notifications n {JOINS}
WHERE n.account_id = :account_id AND n.id = :id AND {SHOWN}"""
_COUNT_UNREAD = f"""SELECT count(*) FROM (
    SELECT 1 FROM notifications n {JOINS}
    WHERE n.account_id = :account_id AND n.id > coalesce((SELECT last_read_id FROM markers
            WHERE account_id = :account_id AND timeline = 'notifications'), 0)
        {{narrow}} AND {SHOWN}
    ORDER BY n.id DESC LIMIT :limit) unread"""


async def circumstances(
    reader: Reader, account_id: int, from_account_id: int, status_id: int | None
) -> Circumstances | None:
    """What decides about a notification; None when either account is unknown, or not a user."""
    params = {
        "account_id": account_id,
        "from_account_id": from_account_id,
        "status_id": status_id,
        "now": now_ms(),
    }
    return await reader.fetch_one(_CIRCUMSTANCES, params, Circumstances)


async def still_true(
    reader: Reader,
    kind: NotificationKind,
    account_id: int,
    from_account_id: int,
    status_id: int | None,
) -> bool:
    """Whether what a notification tells has not been undone."""
    sql = _STILL_TRUE.get(kind)
    params = {"account_id": account_id, "from_account_id": from_account_id, "status_id": status_id}
    return sql is None or await reader.fetch_value(sql, params) is not None


async def insert(tx: Transaction, new: Notification, dedup_key: str, *, filtered: bool) -> bool:
    """Add a notification; False when its recipient has it already."""
    row = msgspec.structs.asdict(new) | {
        "kind": str(new.kind),
        "dedup_key": dedup_key,
        "filtered": int(filtered),
    }
    return await tx.execute(_INSERT, row) == 1


async def delete_earlier(
    tx: Transaction, account_id: int, dedup_key: str, subject_id: int | None
) -> None:
    """Make room for a newer notification of the same: subjects rise with time."""
    params = {"account_id": account_id, "dedup_key": dedup_key, "subject_id": subject_id}
    await tx.execute(_DELETE_EARLIER, params)


async def withdraw(tx: Transaction, account_id: int, dedup_key: str) -> None:
    """Remove an account's notification of what was undone."""
    await tx.execute(_WITHDRAW, {"account_id": account_id, "dedup_key": dedup_key})


async def withdraw_about(tx: Transaction, status_id: int, dedup_key: str) -> None:
    """Remove everyone's notification of what was undone with a status."""
    await tx.execute(_WITHDRAW_ABOUT, {"status_id": status_id, "dedup_key": dedup_key})


async def drop_from(tx: Transaction, account_id: int, from_account_id: int) -> None:
    """Remove what came from one account, except official notices."""
    params = {"account_id": account_id, "from_account_id": from_account_id}
    await tx.execute(_DROP_FROM, params)


async def dismiss(tx: Transaction, account_id: int, notification_id: int) -> bool:
    """Remove one notification; False when its recipient has no such one."""
    params = {"account_id": account_id, "id": notification_id}
    return await tx.execute(_DISMISS, params) == 1


async def clear(tx: Transaction, account_id: int) -> None:
    """Remove all notifications of an account."""
    await tx.execute(_CLEAR, {"account_id": account_id})


async def page(
    db: Database,
    account_id: int,
    page: Page,
    *,
    kinds: Collection[str] | None = None,
    from_account_id: int | None = None,
    status_id: int | None = None,
    with_filtered: bool = False,
) -> list[Notification]:
    """An account's notifications, newest first; if asked of some kinds, from one account,
    about one status, or with those that were put aside.
    """
    sql, params = _narrowed(_PAGE, account_id, kinds, from_account_id, status_id)
    params["most_filtered"] = int(with_filtered)
    return await fetch_page(db, sql, params, page, Notification)


async def get(db: Database, account_id: int, notification_id: int) -> Notification | None:
    """One notification of its recipient, None for anyone else's."""
    params = {
        "account_id": account_id,
        "id": notification_id,
        "now": now_ms(),
        "most_filtered": 1,
    }
    return await db.fetch_one(_GET, params, Notification)


async def count_unread(
    db: Database,
    account_id: int,
    limit: int,
    *,
    kinds: Collection[str] | None = None,
    from_account_id: int | None = None,
) -> int:
    """How many lie above the reading marker, counted up to `limit`."""
    sql, params = _narrowed(_COUNT_UNREAD, account_id, kinds, from_account_id)
    return await db.fetch_value(sql, params | {"limit": limit})


def _narrowed(
    sql: str,
    account_id: int,
    kinds: Collection[str] | None,
    from_account_id: int | None,
    status_id: int | None = None,
) -> tuple[str, dict[str, object]]:
    params: dict[str, object] = {"account_id": account_id, "now": now_ms(), "most_filtered": 0}
    narrow = ""
    if kinds is not None:
        narrow += " AND n.kind @in(:kinds)"
        params["kinds"] = [str(kind) for kind in kinds]
    if from_account_id is not None:
        narrow += " AND n.from_account_id = :from_account_id"
        params["from_account_id"] = from_account_id
    if status_id is not None:
        narrow += " AND n.status_id = :status_id"
        params["status_id"] = status_id
    return sql.replace("{narrow}", narrow), params
