"""Fan-out on write: set-wise, one statement a kind of timeline."""

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms
from noi.models.statuses import Status, Visibility

# What answers something that is not known here yet waits until that is there.
_BEGINS = """CAST(:reply_to AS BIGINT) = 0 AND NOT EXISTS (SELECT 1 FROM statuses self
    WHERE self.id = :status_id AND self.in_reply_to_uri <> '')"""
# Nobody is shown what they would not see: the relations are checked again at each reading.
_FOLLOWERS_WANT = f"""(f.show_reblogs = 1 OR :is_reblog = 0)
    AND (f.languages IS NULL OR :language = '' OR f.languages LIKE :language_pattern)
    AND ({_BEGINS} OR :reply_to = f.account_id OR :reply_to = :author
        OR EXISTS (SELECT 1 FROM follows known
            WHERE known.account_id = f.account_id AND known.target_id = :reply_to))
    AND NOT EXISTS (SELECT 1 FROM mutes m
        WHERE m.account_id = f.account_id AND m.target_id IN (:author, :other)
            AND (m.expires_at IS NULL OR m.expires_at > :now))
    AND NOT EXISTS (SELECT 1 FROM blocks b
        WHERE b.account_id = f.account_id AND b.target_id IN (:author, :other))
    AND NOT EXISTS (SELECT 1 FROM blocks b
        WHERE b.target_id = f.account_id AND b.account_id IN (:author, :other))
    AND (:is_reblog = 0 OR NOT EXISTS (SELECT 1 FROM timeline_entries seen
        WHERE seen.owner_id = f.account_id AND seen.status_id = :reblog_of
            AND seen.status_id > :recent))"""

_TO_HOMES_AND_LISTS = f"""INSERT INTO timeline_entries (owner_id, status_id)
SELECT f.account_id, CAST(:status_id AS BIGINT)
FROM follows f JOIN users u ON u.account_id = f.account_id
WHERE f.target_id = :author AND u.home_built_at IS NOT NULL AND {_FOLLOWERS_WANT}
    AND (:visibility < 3 OR EXISTS (SELECT 1 FROM mentions d
        WHERE d.status_id = :status_id AND d.account_id = f.account_id))
    AND NOT EXISTS (SELECT 1 FROM list_accounts la JOIN lists l ON l.id = la.list_id
        WHERE la.account_id = :author AND l.account_id = f.account_id AND l.exclusive = 1)
UNION ALL
SELECT l.id, CAST(:status_id AS BIGINT) FROM list_accounts la JOIN lists l ON l.id = la.list_id
WHERE la.account_id = :author AND :visibility < 3
    AND (l.account_id = :author OR EXISTS (SELECT 1 FROM follows f
        WHERE f.account_id = l.account_id AND f.target_id = :author
            AND (f.show_reblogs = 1 OR :is_reblog = 0)
            AND (f.languages IS NULL OR :language = '' OR f.languages LIKE :language_pattern)))
    AND ({_BEGINS} OR :reply_to = :author OR :reply_to = l.account_id
        OR l.replies_policy = 'followed' AND EXISTS (SELECT 1 FROM follows known
            WHERE known.account_id = l.account_id AND known.target_id = :reply_to)
        OR l.replies_policy = 'list' AND EXISTS (SELECT 1 FROM list_accounts other
            WHERE other.list_id = l.id AND other.account_id = :reply_to))
ON CONFLICT DO NOTHING"""

_TO_TAG_FOLLOWERS = """INSERT INTO timeline_entries (owner_id, status_id)
SELECT DISTINCT ft.account_id, CAST(:status_id AS BIGINT) FROM status_tags st
JOIN followed_tags ft ON ft.tag_id = st.tag_id
JOIN users u ON u.account_id = ft.account_id
WHERE st.status_id = :status_id AND u.home_built_at IS NOT NULL AND ft.account_id <> :author
    AND NOT EXISTS (SELECT 1 FROM mutes m
        WHERE m.account_id = ft.account_id AND m.target_id = :author
            AND (m.expires_at IS NULL OR m.expires_at > :now))
    AND NOT EXISTS (SELECT 1 FROM blocks b
        WHERE b.account_id = ft.account_id AND b.target_id = :author
            OR b.target_id = ft.account_id AND b.account_id = :author)
ON CONFLICT DO NOTHING"""

_NOTIFIED_FOLLOWERS = """SELECT f.account_id FROM follows f
WHERE f.target_id = :author AND f.notify = 1 AND f.account_id > :after
ORDER BY f.account_id LIMIT :limit"""

_RECENT_REBLOG_MS = 12 * 3_600_000


async def to_homes_and_lists(tx: Transaction, status: Status) -> None:
    """Put a status into the homes of local followers and into the lists that hold its author.

    Running it again changes nothing.
    """
    now = now_ms()
    params = {
        "status_id": status.id,
        "author": status.account_id,
        "visibility": status.visibility,
        "is_reblog": int(status.reblog_of_id is not None),
        "reblog_of": status.reblog_of_id or 0,
        "recent": (now - _RECENT_REBLOG_MS) << 16,
        "reply_to": status.in_reply_to_account_id or 0,
        "language": status.language,
        "language_pattern": f'%"{status.language}"%',
        "other": status.reblog_of_account_id or status.account_id,
        "now": now,
    }
    # PostgreSQL does many of them in one go; SQLite's end comes after other people's deletions.
    write = tx.execute if tx.dialect == "sqlite" else tx.at_end
    await write(_TO_HOMES_AND_LISTS, params)
    if status.visibility == Visibility.PUBLIC and status.has_tags:
        await tx.execute(_TO_TAG_FOLLOWERS, params)


async def notified_followers(tx: Transaction, author: int, *, after: int, limit: int) -> list[int]:
    """Followers who asked to be told of each status, by account id above `after`."""
    params = {"author": author, "after": after, "limit": limit}
    return [row[0] for row in await tx.fetch_all(_NOTIFIED_FOLLOWERS, params)]


# What a home, or the owner of a list, wants to see of an account; no row where it is nothing.
_TERMS = """SELECT f.show_reblogs, f.languages FROM follows f
WHERE f.account_id = :owner AND f.target_id = :author AND NOT EXISTS (
    SELECT 1 FROM list_accounts la JOIN lists l ON l.id = la.list_id
    WHERE la.account_id = :author AND l.account_id = :owner AND l.exclusive = 1)
UNION ALL SELECT coalesce(f.show_reblogs, 1), f.languages FROM list_accounts la
JOIN lists l ON l.id = la.list_id
LEFT JOIN follows f ON f.account_id = l.account_id AND f.target_id = :author
WHERE la.list_id = :owner AND la.account_id = :author
    AND (l.account_id = :author OR f.id IS NOT NULL)
LIMIT 1"""
_RECENT_OF_ACCOUNT = """INSERT INTO timeline_entries (owner_id, status_id)
SELECT CAST(:owner AS BIGINT), recent.id FROM (
    SELECT s.id, s.language, s.reblog_of_id, s.in_reply_to_account_id FROM statuses s
    WHERE s.account_id = :author AND s.deleted_at IS NULL AND s.visibility < 3
    ORDER BY s.id DESC LIMIT 400) AS recent
WHERE (recent.in_reply_to_account_id IS NULL OR recent.in_reply_to_account_id = :author)
    AND (:show_reblogs = 1 OR recent.reblog_of_id IS NULL)
    AND (CAST(:languages AS TEXT) IS NULL OR recent.language = ''
        OR CAST(:languages AS TEXT) LIKE '%"' || recent.language || '"%')
ORDER BY recent.id DESC LIMIT :limit
ON CONFLICT DO NOTHING"""
_FOLLOWED = """SELECT f.target_id FROM follows f JOIN accounts a ON a.id = f.target_id
WHERE f.account_id = :owner ORDER BY coalesce(a.last_status_at, 0) DESC, a.id
LIMIT :limit"""
_HOME_STATE = "SELECT home_built_at FROM users WHERE account_id = :id"
_HOME_BUILT = "UPDATE users SET home_built_at = :now WHERE account_id = :id"
_PUT_TO_REST = """UPDATE users SET home_built_at = NULL WHERE account_id IN (
    SELECT account_id FROM users
    WHERE home_built_at < :before AND coalesce(last_active_at, 0) < :before LIMIT :limit)
RETURNING account_id"""
_EMPTY = "DELETE FROM timeline_entries WHERE owner_id @in(:owners)"
_RESTS = """SELECT CASE WHEN home_built_at IS NULL THEN 1 ELSE 0 END FROM users
WHERE account_id = :id"""


async def merge_recent(tx: Transaction, owner_id: int, author_id: int, *, limit: int) -> None:
    """Bring an account's newest statuses into a home or a list, as far as its owner wants them.

    Nothing comes in where the account is not followed, or not on the list, any more.
    """
    whose = {"owner": owner_id, "author": author_id}
    terms = (1, None) if owner_id == author_id else await tx.fetch_one(_TERMS, whose)
    if terms is not None:
        show_reblogs, languages = terms
        params = whose | {"show_reblogs": show_reblogs, "languages": languages, "limit": limit}
        await tx.execute(_RECENT_OF_ACCOUNT, params)


async def followed(tx: Transaction, account_id: int, *, limit: int) -> list[int]:
    """Whom an account follows, those who posted last first."""
    rows = await tx.fetch_all(_FOLLOWED, {"owner": account_id, "limit": limit})
    return [row[0] for row in rows]


async def home_built_at(tx: Transaction, account_id: int) -> int | None:
    """Since when the home of a local account is kept up to date; None while it is not."""
    return await tx.fetch_value(_HOME_STATE, {"id": account_id})


async def mark_home_built(tx: Transaction, account_id: int) -> None:
    """From now on, fan-out reaches this home."""
    await tx.execute(_HOME_BUILT, {"id": account_id, "now": now_ms()})


async def rest_homes(tx: Transaction, *, before: int, limit: int) -> int:
    """Empty some homes of people who have not come since `before` (ms), and keep up with them no
    more; answers how many.
    """
    rows = await tx.fetch_all(_PUT_TO_REST, {"before": before, "limit": limit})
    if rows:
        await tx.execute(_EMPTY, {"owners": [row[0] for row in rows]})
    return len(rows)


async def rests(reader: Reader, owner_id: int) -> bool:
    """Whether a timeline is a home that is not kept up; False for lists."""
    return bool(await reader.fetch_value(_RESTS, {"id": owner_id}))
