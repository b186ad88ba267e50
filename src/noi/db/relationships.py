"""How accounts stand to each other, gathered from every table of relations."""

from noi.db.database import Reader
from noi.models.accounts import Relationship
from noi.models.ids import now_ms

_LOAD = """SELECT a.id,
    f.id IS NOT NULL, coalesce(f.show_reblogs, r.show_reblogs, 0),
    coalesce(f.notify, r.notify, 0), coalesce(f.languages, r.languages),
    back.id IS NOT NULL, b.id IS NOT NULL, by.id IS NOT NULL,
    m.id IS NOT NULL, coalesce(m.notifications, 0), m.expires_at,
    r.id IS NOT NULL, rback.id IS NOT NULL, d.id IS NOT NULL, e.id IS NOT NULL,
    coalesce(n.comment, '')
FROM @each(:ids) asked
JOIN accounts a ON a.id = asked.value
LEFT JOIN follows f ON f.account_id = :viewer AND f.target_id = a.id
LEFT JOIN follows back ON back.account_id = a.id AND back.target_id = :viewer
LEFT JOIN follow_requests r ON r.account_id = :viewer AND r.target_id = a.id
LEFT JOIN follow_requests rback ON rback.account_id = a.id AND rback.target_id = :viewer
LEFT JOIN blocks b ON b.account_id = :viewer AND b.target_id = a.id
LEFT JOIN blocks by ON by.account_id = a.id AND by.target_id = :viewer
LEFT JOIN mutes m ON m.account_id = :viewer AND m.target_id = a.id
    AND (m.expires_at IS NULL OR m.expires_at > :now)
LEFT JOIN user_domain_blocks d ON d.account_id = :viewer AND d.domain = a.domain
LEFT JOIN endorsements e ON e.account_id = :viewer AND e.target_id = a.id
LEFT JOIN account_notes n ON n.account_id = :viewer AND n.target_id = a.id"""


async def load(reader: Reader, viewer_id: int, ids: list[int]) -> list[Relationship]:
    """The viewer's relations to accounts, in the order of `ids`; unknown ids are left out."""
    if not ids:
        return []
    params = {"viewer": viewer_id, "ids": list(dict.fromkeys(ids)), "now": now_ms()}
    found = {row.target_id: row for row in await reader.fetch_all(_LOAD, params, Relationship)}
    return [found[id_] for id_ in dict.fromkeys(ids) if id_ in found]
