"""Whom somebody might want to follow: what was found out, and what was dismissed."""

from collections.abc import Sequence

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.finding import SHOWN, UNWANTED
from noi.db.visibility import viewpoint
from noi.models.accounts import AccountState
from noi.models.ids import now_ms

_NEW_TO_THEM = f"""{SHOWN} AND NOT ({UNWANTED}) AND a.id <> :viewer
    AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.account_id = :viewer AND f.target_id = a.id)
    AND NOT EXISTS (SELECT 1 FROM follow_requests f
        WHERE f.account_id = :viewer AND f.target_id = a.id)
    AND NOT EXISTS (SELECT 1 FROM dismissed_suggestions d
        WHERE d.account_id = :viewer AND d.target_id = a.id)"""
_KEPT = f"""SELECT s.target_id, s.provider, s.kind, s.params
FROM suggestions s JOIN accounts a ON a.id = s.target_id
WHERE s.account_id = :viewer AND {_NEW_TO_THEM} ORDER BY s.place LIMIT :limit"""
_HERE = f"""SELECT a.id FROM accounts a WHERE a.domain = '' AND {_NEW_TO_THEM}
ORDER BY a.last_status_at DESC NULLS LAST, a.id LIMIT :limit"""
_STILL_NEW = f"SELECT a.id FROM accounts a WHERE a.id @in(:ids) AND {_NEW_TO_THEM}"
# Of very many follows the newest count; who follows very many tells little about each of them.
_FRIENDS = f"""SELECT a.id, count(*), min(via.id), a.followers_count
FROM (SELECT target_id FROM follows WHERE account_id = :viewer ORDER BY id DESC LIMIT 150) mine
JOIN accounts via ON via.id = mine.target_id AND via.hide_collections = 0
    AND via.following_count <= 2000 AND via.state = {AccountState.ACTIVE:d}
JOIN follows theirs ON theirs.account_id = via.id
JOIN accounts a ON a.id = theirs.target_id
WHERE {_NEW_TO_THEM}
GROUP BY a.id, a.followers_count ORDER BY count(*) DESC, a.id LIMIT 200"""
_TAGS = """SELECT t.id, t.name FROM (
    SELECT tag_id, 1000 AS uses FROM (SELECT tag_id FROM followed_tags
        WHERE account_id = :viewer ORDER BY id DESC LIMIT 10) AS followed
    UNION ALL SELECT st.tag_id, count(*) FROM (
        SELECT id FROM statuses WHERE account_id = :viewer AND deleted_at IS NULL
        ORDER BY id DESC LIMIT 200) AS recent
    JOIN status_tags st ON st.status_id = recent.id GROUP BY st.tag_id) AS mine
JOIN tags t ON t.id = mine.tag_id
GROUP BY t.id, t.name ORDER BY sum(mine.uses) DESC, t.id LIMIT 10"""
_AUTHORS = f"""SELECT a.id FROM (
    SELECT status_id FROM status_tags WHERE tag_id = :tag_id AND status_id > :since
    ORDER BY status_id DESC LIMIT 300) AS recent
JOIN statuses s ON s.id = recent.status_id JOIN accounts a ON a.id = s.account_id
WHERE s.visibility = 0 AND s.deleted_at IS NULL AND s.hidden_at IS NULL AND {_NEW_TO_THEM}
GROUP BY a.id ORDER BY max(s.id) DESC LIMIT 40"""
_ROUND = "SELECT made_at FROM suggestion_rounds WHERE account_id = :account_id"
_MADE = """INSERT INTO suggestion_rounds (account_id, made_at) VALUES (:account_id, :now)
ON CONFLICT (account_id) DO UPDATE SET made_at = excluded.made_at"""
_CLEAR = "DELETE FROM suggestions WHERE account_id = :account_id"
_INSERT = """INSERT INTO suggestions (account_id, target_id, place, provider, kind, params)
VALUES (:account_id, :target_id, :place, :provider, :kind, :params)
ON CONFLICT (account_id, target_id) DO NOTHING"""
_DISMISS = """INSERT INTO dismissed_suggestions (account_id, target_id, created_at)
VALUES (:account_id, :target_id, :now) ON CONFLICT (account_id, target_id) DO NOTHING"""


class Kept(msgspec.Struct, array_like=True, frozen=True):
    """A suggestion: `provider` is who makes it ('' for this network), `params` are JSON."""

    target_id: int
    provider: str = ""
    kind: str = ""
    params: str = "{}"


class Friend(msgspec.Struct, array_like=True, frozen=True):
    """Somebody followed by `paths` of those one follows, one of them `through`."""

    id: int
    paths: int
    through: int
    followers: int


async def kept(reader: Reader, viewer_id: int, limit: int) -> list[Kept]:
    """What was found for somebody and is new to them still, best first."""
    return await reader.fetch_all(_KEPT, viewpoint(viewer_id, limit=limit), Kept)


async def here(reader: Reader, viewer_id: int, limit: int) -> list[int]:
    """People of this network who want to be found, those first who have posted last."""
    params = viewpoint(viewer_id, limit=limit)
    return [row[0] for row in await reader.fetch_all(_HERE, params)]


async def still_new(reader: Reader, viewer_id: int, ids: Sequence[int]) -> set[int]:
    """Those of some accounts that may be suggested to somebody."""
    if not ids:
        return set()
    params = viewpoint(viewer_id, ids=list(ids))
    return {row[0] for row in await reader.fetch_all(_STILL_NEW, params)}


async def friends(db: Database, viewer_id: int) -> list[Friend]:
    """Whom those follow whom one follows, as far as they show it."""
    return await db.fetch_all(_FRIENDS, viewpoint(viewer_id), Friend, slow=True)


async def tags(db: Database, viewer_id: int) -> list[tuple[int, str]]:
    """The hashtags that one follows or has used of late."""
    rows = await db.fetch_all(_TAGS, {"viewer": viewer_id}, slow=True)
    return [(row[0], row[1]) for row in rows]


async def authors(db: Database, viewer_id: int, tag_id: int, since: int) -> list[int]:
    """Who has used a hashtag in public since an id, the last ones first."""
    params = viewpoint(viewer_id, tag_id=tag_id, since=since)
    return [row[0] for row in await db.fetch_all(_AUTHORS, params, slow=True)]


async def last_made(reader: Reader, account_id: int) -> int:
    """When suggestions were last made for somebody (ms), 0 for never."""
    return await reader.fetch_value(_ROUND, {"account_id": account_id}) or 0


async def replace(tx: Transaction, account_id: int, found: Sequence[Kept], made_at: int) -> None:
    """Keep other suggestions for somebody, the best first, as made at a time (ms)."""
    await tx.execute(_CLEAR, {"account_id": account_id})
    for place, one in enumerate(found):
        row = {**msgspec.structs.asdict(one), "account_id": account_id, "place": place}
        await tx.execute(_INSERT, row)
    await tx.execute(_MADE, {"account_id": account_id, "now": made_at})


async def dismiss(tx: Transaction, account_id: int, target_id: int) -> None:
    """Suggest an account to somebody no more."""
    row = {"account_id": account_id, "target_id": target_id, "now": now_ms()}
    await tx.execute(_DISMISS, row)
