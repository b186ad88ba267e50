"""The one rule of who sees which status, as SQL that every reading query includes.

Parameters: `:viewer`, the reader's account id or 0 for someone not signed in, and `:now` in ms;
`viewpoint` makes both.
The status is aliased `s` and its author `a` unless a function is told otherwise.
"""

from noi.models.accounts import AccountState
from noi.models.ids import now_ms


def viewpoint(viewer_id: int, **more: object) -> dict[str, object]:
    """The parameters of the rule, with a query's own."""
    return {"viewer": viewer_id, "now": now_ms(), **more}


BLOCKED_EITHER_WAY = """
    SELECT target_id FROM blocks WHERE account_id = :viewer
    UNION ALL SELECT account_id FROM blocks WHERE target_id = :viewer"""

NOT_WANTED = f"""{BLOCKED_EITHER_WAY}
    UNION ALL SELECT target_id FROM mutes
    WHERE account_id = :viewer AND (expires_at IS NULL OR expires_at > :now)"""


def visible(status: str = "s", author: str = "a") -> str:
    """Whether the viewer may see a status at all; for a reblog, apply it to both statuses."""
    s, a = status, author
    return f"""({s}.deleted_at IS NULL AND {a}.state <= {AccountState.LIMITED:d}
    AND ({s}.account_id = :viewer OR {s}.hidden_at IS NULL
        AND ({s}.visibility <= 1 AND ({s}.local_only = 0 OR :viewer <> 0)
            OR EXISTS (SELECT 1 FROM mentions audience
                WHERE audience.status_id = {s}.id AND audience.account_id = :viewer)
            OR {s}.visibility = 2 AND EXISTS (SELECT 1 FROM follows audience
                WHERE audience.account_id = :viewer AND audience.target_id = {s}.account_id))
        AND NOT EXISTS (SELECT 1 FROM blocks own
            WHERE own.account_id = :viewer AND own.target_id = {s}.account_id)
        AND NOT EXISTS (SELECT 1 FROM blocks other
            WHERE other.account_id = {s}.account_id AND other.target_id = :viewer)))"""


def wanted(status: str = "s", author: str = "a") -> str:
    """What a timeline leaves out besides: muted people and the viewer's blocked domains."""
    return f"""(NOT EXISTS (SELECT 1 FROM mutes
        WHERE mutes.account_id = :viewer AND mutes.target_id = {status}.account_id
            AND (mutes.expires_at IS NULL OR mutes.expires_at > :now))
    AND ({author}.domain = '' OR NOT EXISTS (SELECT 1 FROM user_domain_blocks shut
        WHERE shut.account_id = :viewer AND shut.domain = {author}.domain)))"""


def unlimited(author: str = "a", status: str = "s") -> str:
    """Public places show limited accounts only to those who follow them, and to themselves."""
    return f"""({author}.state = {AccountState.ACTIVE:d} OR {status}.account_id = :viewer
    OR EXISTS (SELECT 1 FROM follows known
        WHERE known.account_id = :viewer AND known.target_id = {status}.account_id))"""
