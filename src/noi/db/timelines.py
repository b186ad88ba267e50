"""Pages of statuses for one viewer, and the stored home and list timelines.

Every page selects references: ids and revisions from one index range, after the visibility
rule, with the viewer's own marks on each.
"""

import re
from collections.abc import Sequence

from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.db.visibility import ANSWERS_NOBODY_ELSE, some, unlimited, viewpoint, visible, wanted
from noi.models.paging import Page
from noi.models.statuses import StatusRef, StreamedRef

HOME_LENGTH = 800

_PROPER = "coalesce(s.reblog_of_id, s.id)"

# In the order of the bits of StatusRef.marks.
_MARKS = (
    f"EXISTS (SELECT 1 FROM favourites f WHERE f.account_id = :viewer AND f.status_id = {_PROPER})",
    f"""EXISTS (SELECT 1 FROM statuses mine WHERE mine.reblog_of_id = {_PROPER}
        AND mine.account_id = :viewer AND mine.deleted_at IS NULL)""",
    f"EXISTS (SELECT 1 FROM bookmarks b WHERE b.account_id = :viewer AND b.status_id = {_PROPER})",
    some("conversation_mutes", "account_id", "conversation_id", "s.conversation_id"),
    """s.account_id = :viewer AND EXISTS (SELECT 1 FROM pins p
        WHERE p.account_id = :viewer AND p.status_id = s.id)""",
)


def _select(page_id: str) -> str:
    bits = (f"CASE WHEN {mark} THEN {1 << bit} ELSE 0 END" for bit, mark in enumerate(_MARKS))
    return f"""SELECT s.id, s.revision, s.account_id, a.revision,
    r.id, r.revision, r.account_id, ra.revision,
    {" + ".join(bits)},
    {page_id}"""


_JOINS = """JOIN accounts a ON a.id = s.account_id
LEFT JOIN statuses r ON r.id = s.reblog_of_id
LEFT JOIN accounts ra ON ra.id = r.account_id"""

# What of a reblog goes for the reblogged status, and for who wrote it, too.
_SEEN = f"{visible()} AND (s.reblog_of_id IS NULL OR {visible('r', 'ra')})"
_WANTED = f"{wanted()} AND (s.reblog_of_id IS NULL OR {wanted('r', 'ra')})"

_STORED = f"""{_select("s.id")}
FROM timeline_entries t JOIN statuses s ON s.id = t.status_id {_JOINS}
WHERE t.owner_id = :owner AND t.status_id > :after AND t.status_id < :before
    AND {_SEEN} AND {_WANTED}
ORDER BY t.status_id @order LIMIT :limit"""

_PUBLIC = f"""{_select("s.id")}
FROM statuses s {_JOINS}
WHERE s.visibility = 0 AND s.deleted_at IS NULL AND s.reblog_of_id IS NULL {{narrow}}
    AND {ANSWERS_NOBODY_ELSE}
    AND s.id > :after AND s.id < :before
    AND {visible()} AND {wanted()} AND {unlimited()}
ORDER BY s.id @order LIMIT :limit"""

_MEDIA_ONLY = " AND s.has_media = 1"
_LOCAL_ONLY = " AND s.local = 1"
_REMOTE_ONLY = " AND s.local = 0"

# `CROSS JOIN` keeps SQLite walking the tag's index in order, instead of sorting.
_TAGGED = f"""{_select("s.id")}
FROM status_tags st CROSS JOIN statuses s {_JOINS}
WHERE st.{{column}} = :tag AND st.status_id = s.id AND s.visibility = 0 {{narrow}}
    AND st.status_id > :after AND st.status_id < :before
    AND {visible()} AND {wanted()} AND {unlimited()}
ORDER BY st.status_id @order LIMIT :limit"""

_HAS_TAG = """ AND EXISTS (SELECT 1 FROM status_tags other
    WHERE other.status_id = s.id AND other.family @in(:{name}))"""

_BY_ACCOUNT = f"""{_select("s.id")}
FROM statuses s {_JOINS}
WHERE s.account_id = :account_id AND s.deleted_at IS NULL {{narrow}}
    AND s.id > :after AND s.id < :before AND {_SEEN}
ORDER BY s.id @order LIMIT :limit"""

_MARKED = f"""{_select("m.id")}
FROM {{table}} m JOIN statuses s ON s.id = m.status_id {_JOINS}
WHERE m.account_id = :viewer AND m.id > :after AND m.id < :before AND {visible()}
ORDER BY m.id @order LIMIT :limit"""

_PINNED = f"""{_select("s.id")}
FROM pins own JOIN statuses s ON s.id = own.status_id {_JOINS}
WHERE own.account_id = :account_id AND {visible()}
ORDER BY own.created_at DESC LIMIT 20"""

_DIRECT = f"""{_select("s.id")}
FROM statuses s {_JOINS}
WHERE s.id IN (
        SELECT m.status_id FROM mentions m WHERE m.account_id = :viewer
        UNION SELECT o.id FROM statuses o
        WHERE o.account_id = :viewer AND o.deleted_at IS NULL AND o.visibility = 3)
    AND s.visibility = 3 AND s.id > :after AND s.id < :before AND {visible()}
ORDER BY s.id @order LIMIT :limit"""

_BY_CARD = f"""{_select("s.id")}
FROM statuses s {_JOINS}
WHERE s.card_id = (SELECT id FROM preview_cards WHERE url = :url) AND s.card_id IS NOT NULL
    AND s.visibility = 0 AND s.id > :after AND s.id < :before
    AND {visible()} AND {wanted()} AND {unlimited()}
ORDER BY s.id @order LIMIT :limit"""

_BY_IDS = f"""{_select("s.id")}
FROM statuses s {_JOINS}
WHERE s.id @in(:ids) AND {_SEEN}"""

# One status for many viewers, who take the place of the one.
_FOR_VIEWERS = re.sub(
    r":viewer\b",
    "v.value",
    f"""{_select("v.value")}, CASE WHEN {unlimited()} THEN 1 ELSE 0 END
FROM @each(:viewers) v CROSS JOIN statuses s {_JOINS}
WHERE s.id @in(:ids) AND {_SEEN} AND {_WANTED}""",
)

# `CROSS JOIN` here too: SQLite would rather read all statuses in their order than sort a thread.
_ANCESTORS = f"""WITH RECURSIVE up (id, parent, depth) AS (
    SELECT id, in_reply_to_id, 0 FROM statuses WHERE id = :id
    UNION ALL
    SELECT s.id, s.in_reply_to_id, up.depth + 1 FROM up JOIN statuses s ON s.id = up.parent
    WHERE up.depth < :most
)
{_select("s.id")} FROM up CROSS JOIN statuses s {_JOINS}
WHERE s.id = up.id AND up.depth > 0 AND {visible()} ORDER BY s.id"""

# Breadth first by id; the walk goes through statuses that the viewer may not see.
_DESCENDANTS = f"""WITH RECURSIVE down (id, depth) AS (
    SELECT id, 1 FROM statuses WHERE in_reply_to_id = :id
    UNION ALL
    SELECT s.id, down.depth + 1 FROM down JOIN statuses s ON s.in_reply_to_id = down.id
    WHERE down.depth < :depth
)
{_select("down.depth")} FROM down CROSS JOIN statuses s {_JOINS}
WHERE s.id = down.id AND {visible()} ORDER BY s.id LIMIT :most"""


async def stored(reader: Reader, viewer_id: int, owner_id: int, page: Page) -> list[StatusRef]:
    """A page of a home timeline (owner: the viewer) or a list (owner: the list)."""
    params = viewpoint(viewer_id, owner=owner_id)
    return await fetch_page(reader, _STORED, params, page, StatusRef)


async def public(
    reader: Reader,
    viewer_id: int,
    page: Page,
    *,
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[StatusRef]:
    """Public statuses of everyone here, of this network, or of others, but no answers to others."""
    narrow = _LOCAL_ONLY if local else _REMOTE_ONLY if remote else ""
    narrow += _MEDIA_ONLY if only_media else ""
    sql = _PUBLIC.replace("{narrow}", narrow)
    return await fetch_page(reader, sql, viewpoint(viewer_id), page, StatusRef)


async def tagged(
    reader: Reader,
    viewer_id: int,
    page: Page,
    *,
    family: str = "",
    tag_id: int = 0,
    any_of: Sequence[str] = (),
    all_of: Sequence[str] = (),
    none_of: Sequence[str] = (),
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[StatusRef]:
    """Public statuses with a hashtag: a whole family of spellings, or one exact tag.

    `any_of` (further families), `all_of` and `none_of` hold family keys.
    """
    narrow = _LOCAL_ONLY if local else _REMOTE_ONLY if remote else ""
    narrow += _MEDIA_ONLY if only_media else ""
    params = viewpoint(viewer_id, tag=family or tag_id)
    for position, key in enumerate(all_of):
        narrow += _HAS_TAG.format(name=f"all{position}")
        params[f"all{position}"] = [key]
    if none_of:
        narrow += _HAS_TAG.format(name="none").replace("EXISTS", "NOT EXISTS")
        params["none"] = list(none_of)
    sql = _TAGGED.replace("{column}", "family" if family else "tag_id").replace("{narrow}", narrow)
    if any_of:
        # One status may carry several of the tags: DISTINCT, hence the plain form.
        sql = sql.replace("st.family = :tag", "st.family @in(:any)")
        sql = sql.replace("SELECT s.id", "SELECT DISTINCT s.id", 1)
        sql = sql.replace("ORDER BY st.status_id", "ORDER BY s.id")
        params["any"] = [family, *any_of]
    return await fetch_page(reader, sql, params, page, StatusRef)


async def by_account(
    reader: Reader,
    viewer_id: int,
    account_id: int,
    page: Page,
    *,
    only_media: bool = False,
    exclude_replies: bool = False,
    exclude_reblogs: bool = False,
    tag_key: str = "",
) -> list[StatusRef]:
    """What one account posted and reblogged. Replies to oneself are not left out as replies."""
    narrow = _MEDIA_ONLY if only_media else ""
    if exclude_reblogs:
        narrow += " AND s.reblog_of_id IS NULL"
    if exclude_replies:
        narrow += f" AND {ANSWERS_NOBODY_ELSE}"
    params = viewpoint(viewer_id, account_id=account_id)
    if tag_key:
        narrow += """ AND EXISTS (SELECT 1 FROM status_tags st JOIN tags tg ON tg.id = st.tag_id
            WHERE st.status_id = s.id AND tg.key = :tag_key)"""
        params["tag_key"] = tag_key
    sql = _BY_ACCOUNT.replace("{narrow}", narrow)
    return await fetch_page(reader, sql, params, page, StatusRef)


async def favourited(reader: Reader, viewer_id: int, page: Page) -> list[StatusRef]:
    """What the viewer has favourited, last first; `page_id` is the favourite's id."""
    sql = _MARKED.replace("{table}", "favourites")
    return await fetch_page(reader, sql, viewpoint(viewer_id), page, StatusRef)


async def bookmarked(reader: Reader, viewer_id: int, page: Page) -> list[StatusRef]:
    """What the viewer has bookmarked, last first; `page_id` is the bookmark's id."""
    sql = _MARKED.replace("{table}", "bookmarks")
    return await fetch_page(reader, sql, viewpoint(viewer_id), page, StatusRef)


async def pinned(reader: Reader, viewer_id: int, account_id: int) -> list[StatusRef]:
    """What an account has pinned, last first."""
    return await reader.fetch_all(_PINNED, viewpoint(viewer_id, account_id=account_id), StatusRef)


async def direct(reader: Reader, viewer_id: int, page: Page) -> list[StatusRef]:
    """Direct statuses from and to the viewer."""
    return await fetch_page(reader, _DIRECT, viewpoint(viewer_id), page, StatusRef)


async def with_link(reader: Reader, viewer_id: int, url: str, page: Page) -> list[StatusRef]:
    """Public statuses whose preview card is of `url`."""
    return await fetch_page(reader, _BY_CARD, viewpoint(viewer_id, url=url), page, StatusRef)


async def by_ids(reader: Reader, viewer_id: int, ids: Sequence[int]) -> list[StatusRef]:
    """Those of some statuses that the viewer may see, in the order of `ids`."""
    if not ids:
        return []
    refs = await reader.fetch_all(_BY_IDS, viewpoint(viewer_id, ids=list(ids)), StatusRef)
    found = {ref.id: ref for ref in refs}
    return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]


async def for_viewers(
    reader: Reader, ids: Sequence[int], viewers: Sequence[int]
) -> list[StreamedRef]:
    """Those of some viewers whose timelines may show statuses now, each with their marks on it."""
    params = viewpoint(0, ids=list(ids), viewers=list(viewers))
    return await reader.fetch_all(_FOR_VIEWERS, params, StreamedRef)


async def ancestors(
    reader: Reader, viewer_id: int, status_id: int, *, most: int
) -> list[StatusRef]:
    """What a status answers, oldest first, up to `most` steps up."""
    params = viewpoint(viewer_id, id=status_id, most=most)
    return await reader.fetch_all(_ANCESTORS, params, StatusRef)


async def descendants(
    database: Database, viewer_id: int, status_id: int, *, most: int, depth: int
) -> list[StatusRef]:
    """Replies and their replies, by id; `page_id` is the depth."""
    params = viewpoint(viewer_id, id=status_id, most=most, depth=depth)
    return await database.fetch_all(_DESCENDANTS, params, StatusRef, slow=True)


_INSERT = """INSERT INTO timeline_entries (owner_id, status_id) VALUES (:owner, :status_id)
ON CONFLICT DO NOTHING"""
_REMOVE_STATUS = "DELETE FROM timeline_entries WHERE status_id = :status_id"
_REMOVE_AUTHOR = """DELETE FROM timeline_entries WHERE owner_id = :owner AND status_id IN (
    SELECT s.id FROM timeline_entries t JOIN statuses s ON s.id = t.status_id
    LEFT JOIN statuses r ON r.id = s.reblog_of_id
    WHERE t.owner_id = :owner
        AND (s.account_id = :account_id OR r.account_id = :account_id))"""
_REMOVE_POSTS = """DELETE FROM timeline_entries WHERE owner_id = :owner AND EXISTS (
    SELECT 1 FROM statuses s
    WHERE s.id = timeline_entries.status_id AND s.account_id = :account_id)"""
_CLEAR = "DELETE FROM timeline_entries WHERE owner_id = :owner"
_TRIM = """DELETE FROM timeline_entries WHERE owner_id = :owner AND status_id < (
    SELECT status_id FROM timeline_entries WHERE owner_id = :owner
    ORDER BY status_id DESC LIMIT 1 OFFSET :length)"""
_OWNERS_OF = """SELECT status_id, owner_id FROM timeline_entries
WHERE status_id @in(:ids) AND owner_id @in(:owners)"""


async def insert(tx: Transaction, owner_id: int, status_id: int) -> None:
    """Put a status into one timeline; a repeat changes nothing."""
    await tx.later(_INSERT, {"owner": owner_id, "status_id": status_id})


async def remove_status(tx: Transaction, status_id: int) -> None:
    """Take a status out of every timeline."""
    await tx.execute(_REMOVE_STATUS, {"status_id": status_id})


async def remove_author(tx: Transaction, owner_id: int, account_id: int) -> None:
    """Take what an account wrote, or others reblogged of it, out of one timeline."""
    await tx.execute(_REMOVE_AUTHOR, {"owner": owner_id, "account_id": account_id})


async def remove_posts(tx: Transaction, owner_id: int, account_id: int) -> None:
    """Take what an account posted and reblogged out of one timeline; others' reblogs stay."""
    await tx.execute(_REMOVE_POSTS, {"owner": owner_id, "account_id": account_id})


async def clear(tx: Transaction, owner_id: int) -> None:
    """Empty one timeline."""
    await tx.execute(_CLEAR, {"owner": owner_id})


async def trim(tx: Transaction, owner_id: int) -> None:
    """Keep the newest HOME_LENGTH entries of one timeline."""
    await tx.execute(_TRIM, {"owner": owner_id, "length": HOME_LENGTH})


async def owners_with(
    reader: Reader, ids: Sequence[int], owners: Sequence[int]
) -> list[tuple[int, int]]:
    """Which of some timelines hold statuses, as (status, owner): whose open streams they go to."""
    params = {"ids": list(ids), "owners": list(owners)}
    return [(row[0], row[1]) for row in await reader.fetch_all(_OWNERS_OF, params)]
