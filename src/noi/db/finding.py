"""What others' word alone can bring before people: nothing whose owner has not agreed to be found.

The rule is stricter than that of pages: whom one follows is not exempted, and neither are one's
own posts, so that no provider can learn or show more than a stranger may find.
"""

from collections.abc import Sequence

from noi.db.database import Reader
from noi.db.visibility import BLOCKED_EITHER_WAY, viewpoint, visible, wanted
from noi.models.accounts import AccountState
from noi.models.federation import INSTANCE_ACTOR_ID

UNWANTED = f"""a.id IN ({BLOCKED_EITHER_WAY}
    UNION ALL SELECT target_id FROM mutes
    WHERE account_id = :viewer AND (expires_at IS NULL OR expires_at > :now))
    OR a.domain <> '' AND a.domain IN (SELECT domain FROM user_domain_blocks
        WHERE account_id = :viewer)"""
"""Whom the viewer does not want to meet, or who does not want to meet the viewer."""
SHOWN = f"""a.state = {AccountState.ACTIVE:d} AND a.deleted_at IS NULL AND a.discoverable = 1
    AND a.moved_to_id IS NULL AND a.id <> {INSTANCE_ACTOR_ID}
    AND NOT EXISTS (SELECT 1 FROM users u WHERE u.account_id = a.id
        AND (u.confirmed_at IS NULL OR u.approved_at IS NULL))"""
"""Who lets themselves be recommended."""

_ACCOUNTS = f"""SELECT a.id, a.domain = '' FROM accounts a
WHERE a.id @in(:ids) AND {SHOWN} AND NOT ({UNWANTED})"""
_STATUSES = f"""SELECT s.id, s.local FROM statuses s JOIN accounts a ON a.id = s.account_id
WHERE s.id @in(:ids) AND s.visibility = 0 AND s.local_only = 0 AND s.reblog_of_id IS NULL
    AND s.hidden_at IS NULL AND a.{{consent}} = 1 AND a.state = {AccountState.ACTIVE:d}
    AND {visible()} AND {wanted()}"""
_SEARCHED = _STATUSES.format(consent="indexable")
_RECOMMENDED = _STATUSES.format(consent="discoverable")
_UNTOLD = """SELECT a.id FROM accounts a
WHERE a.id @in(:ids) AND a.domain <> '' AND coalesce(a.fetched_at, 0) < :before
    AND NOT EXISTS (SELECT 1 FROM follows f WHERE f.target_id = a.id)"""
_STATUS_IDS = "SELECT uri, id FROM statuses WHERE uri @in(:uris)"
_ACCOUNT_IDS = "SELECT uri, id FROM accounts WHERE uri @in(:uris)"


async def accounts(reader: Reader, viewer_id: int, ids: Sequence[int]) -> dict[int, bool]:
    """Those of some accounts that may be recommended to the viewer (0 for a stranger); and whether
    each is of this network.
    """
    return await _some(reader, _ACCOUNTS, viewer_id, ids)


async def statuses(reader: Reader, viewer_id: int, ids: Sequence[int]) -> dict[int, bool]:
    """Those of some statuses that anybody may find by searching and the viewer wants to see; and
    whether each is of this network.
    """
    return await _some(reader, _SEARCHED, viewer_id, ids)


async def recommended_statuses(
    reader: Reader, viewer_id: int, ids: Sequence[int]
) -> dict[int, bool]:
    """The same of statuses whose authors let them be recommended."""
    return await _some(reader, _RECOMMENDED, viewer_id, ids)


async def _some(reader: Reader, sql: str, viewer_id: int, ids: Sequence[int]) -> dict[int, bool]:
    if not ids:
        return {}
    rows = await reader.fetch_all(sql, viewpoint(viewer_id, ids=list(ids)))
    return {row[0]: bool(row[1]) for row in rows}


async def account_ids(reader: Reader, uris: Sequence[str]) -> dict[str, int]:
    """The ids of known accounts by their addresses."""
    return await _ids(reader, _ACCOUNT_IDS, uris)


async def status_ids(reader: Reader, uris: Sequence[str]) -> dict[str, int]:
    """The ids of known statuses by their addresses, also of those that are gone."""
    return await _ids(reader, _STATUS_IDS, uris)


async def _ids(reader: Reader, sql: str, uris: Sequence[str]) -> dict[str, int]:
    if not uris:
        return {}
    rows = await reader.fetch_all(sql, {"uris": list(uris)})
    return {row[0]: row[1] for row in rows}


async def untold(reader: Reader, account_ids: Sequence[int], before: int) -> set[int]:
    """Those of some accounts whose servers need not tell this one of changes, since nobody here
    follows them, and that were fetched before a time (ms).
    """
    if not account_ids:
        return set()
    rows = await reader.fetch_all(_UNTOLD, {"ids": list(account_ids), "before": before})
    return {row[0] for row in rows}
