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

# What answers something that is not known here may well be for others.
ANSWERS_NOBODY_ELSE = """(s.in_reply_to_account_id = s.account_id
    OR s.in_reply_to_id IS NULL AND s.in_reply_to_uri = '')"""


def some(table: str, owner: str, column: str, value: str, more: str = "") -> str:
    """Whether `table` has a row of the viewer (as `owner`) with a value.

    Most people have no row there at all, which is looked up once for a whole page. (Not with
    EXISTS, for which PostgreSQL likes to read tables whole.)
    """
    own = f"FROM {table} own WHERE own.{owner} = :viewer"
    return f"""((SELECT min(own.{column}) {own}) IS NOT NULL
        AND EXISTS (SELECT 1 {own} AND own.{column} = {value}{more}))"""


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
        AND NOT {some("blocks", "account_id", "target_id", f"{s}.account_id")}
        AND NOT {some("blocks", "target_id", "account_id", f"{s}.account_id")}))"""


def wanted(status: str = "s", author: str = "a") -> str:
    """What a timeline leaves out besides: muted people and the viewer's blocked domains."""
    lasting = " AND (own.expires_at IS NULL OR own.expires_at > :now)"
    muted = some("mutes", "account_id", "target_id", f"{status}.account_id", lasting)
    shut = some("user_domain_blocks", "account_id", "domain", f"{author}.domain")
    return f"(NOT {muted} AND ({author}.domain = '' OR NOT {shut}))"


def unlimited(author: str = "a", status: str = "s") -> str:
    """Public places show limited accounts only to those who follow them, and to themselves."""
    return f"""({author}.state = {AccountState.ACTIVE:d} OR {status}.account_id = :viewer
    OR EXISTS (SELECT 1 FROM follows known
        WHERE known.account_id = :viewer AND known.target_id = {status}.account_id))"""
