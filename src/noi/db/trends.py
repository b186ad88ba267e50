"""What is talked about: counted here, and as providers of the alliance say."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.db.hidden_trends import NOT_HIDDEN
from noi.models.accounts import AccountState
from noi.models.alliance import ProviderState
from noi.models.ids import now_ms

Kind = Literal["tag", "status", "link"]
OWN = 0
"""The provider that is this network itself."""

# Only what people let be recommended, and what anybody may see, counts.
_OPEN = f"""s.visibility = 0 AND s.local_only = 0 AND s.deleted_at IS NULL
    AND s.hidden_at IS NULL AND a.discoverable = 1 AND a.state = {AccountState.ACTIVE:d}"""
_TAGS = f"""SELECT st.tag_id FROM status_tags st
JOIN statuses s ON s.id = st.status_id JOIN accounts a ON a.id = s.account_id
WHERE st.status_id >= :since AND s.reblog_of_id IS NULL AND {_OPEN}
GROUP BY st.tag_id HAVING count(DISTINCT s.account_id) >= :people
ORDER BY count(DISTINCT s.account_id) DESC, max(s.id) DESC LIMIT :limit"""
_LINKS = f"""SELECT s.card_id FROM statuses s
JOIN accounts a ON a.id = s.account_id JOIN preview_cards c ON c.id = s.card_id
WHERE s.id >= :since AND s.card_id IS NOT NULL AND c.state = 'ready'
    AND s.reblog_of_id IS NULL AND {_OPEN}
GROUP BY s.card_id HAVING count(DISTINCT s.account_id) >= :people
ORDER BY count(DISTINCT s.account_id) DESC, max(s.id) DESC LIMIT :limit"""
_STATUSES = f"""SELECT s.id FROM (
    SELECT f.status_id, f.account_id FROM favourites f WHERE f.id >= :since
    UNION ALL SELECT r.reblog_of_id, r.account_id FROM statuses r
    WHERE r.id >= :since AND r.reblog_of_id IS NOT NULL AND r.deleted_at IS NULL) AS acts
JOIN statuses s ON s.id = acts.status_id JOIN accounts a ON a.id = s.account_id
WHERE s.id >= :since AND s.reblog_of_id IS NULL AND s.sensitive = 0
    AND acts.account_id <> s.account_id AND {_OPEN}
GROUP BY s.id HAVING count(DISTINCT acts.account_id) >= :people
ORDER BY count(DISTINCT acts.account_id) DESC, s.id DESC LIMIT :limit"""
_COUNTS: Mapping[Kind, str] = {"tag": _TAGS, "link": _LINKS, "status": _STATUSES}

_PLACES = f"""SELECT t.provider_id, t.place, t.object_id FROM trends t
WHERE t.kind = :kind AND t.counted_at > :since AND {NOT_HIDDEN}
    AND (t.provider_id = {OWN} OR EXISTS (
    SELECT 1 FROM fasp_capabilities c JOIN fasp_providers p ON p.id = c.provider_id
    WHERE c.provider_id = t.provider_id AND c.capability = 'trends' AND c.wanted = 1
        AND p.state = '{ProviderState.CONFIRMED}'
        AND (p.membership = '' OR p.membership = 'admitted')))
ORDER BY t.place, t.provider_id"""
_CLEAR = "DELETE FROM trends WHERE provider_id = :provider_id AND kind = :kind"
_INSERT = """INSERT INTO trends (provider_id, kind, place, object_id, counted_at)
VALUES (:provider_id, :kind, :place, :object_id, :now)"""
_FORGET = "DELETE FROM trends WHERE counted_at < :before"
_LINK_USES = """SELECT s.card_id, (s.id >> 16) / 86400000, count(*), count(DISTINCT s.account_id)
FROM statuses s WHERE s.card_id @in(:ids) AND s.card_id IS NOT NULL AND s.id >= :since
    AND s.visibility = 0 AND s.deleted_at IS NULL AND s.hidden_at IS NULL
GROUP BY 1, 2"""


class Place(msgspec.Struct, array_like=True, frozen=True):
    """Where a provider puts something, from 0; `object_id` is a tag's, status's or card's."""

    provider_id: int
    place: int
    object_id: int


class LinkUse(msgspec.Struct, array_like=True, frozen=True):
    """How often a link was posted on a day (days since 1970, UTC), and by how many."""

    card_id: int
    day: int
    uses: int
    accounts: int


async def count(db: Database, kind: Kind, *, since: int, people: int, limit: int) -> list[int]:
    """What at least so many different people have spoken of here since an id, the most first."""
    params = {"since": since, "people": people, "limit": limit}
    return [row[0] for row in await db.fetch_all(_COUNTS[kind], params, slow=True)]


async def places(reader: Reader, kind: Kind, since: int) -> list[Place]:
    """What this network and the providers in use have said since a time (ms)."""
    return await reader.fetch_all(_PLACES, {"kind": kind, "since": since}, Place)


async def replace(tx: Transaction, provider_id: int, kind: Kind, ids: Sequence[int]) -> None:
    """Keep what a provider says now, the most talked about first."""
    await tx.execute(_CLEAR, {"provider_id": provider_id, "kind": kind})
    now = now_ms()
    for place, id_ in enumerate(dict.fromkeys(ids)):
        row = {"provider_id": provider_id, "kind": kind, "place": place, "object_id": id_}
        await tx.execute(_INSERT, {**row, "now": now})


async def forget(tx: Transaction, before: int) -> None:
    """Forget what was said before a time (ms)."""
    await tx.execute(_FORGET, {"before": before})


async def link_uses(db: Database, card_ids: Sequence[int], since: int) -> list[LinkUse]:
    """The public uses of links by day, from statuses not older than an id."""
    params = {"ids": list(card_ids), "since": since}
    return await db.fetch_all(_LINK_USES, params, LinkUse, slow=True)
