"""Follows that decisions about domains have ended, kept for the people who lost them."""

from collections.abc import Sequence

from noi.db.database import Database, Reader, Transaction
from noi.db.dialect import with_rows
from noi.db.follows import FollowTerms
from noi.db.paging import fetch_page
from noi.models.paging import Page
from noi.models.policies import PolicyDecision, Severance, SeveredFollow

_INSERT = """INSERT INTO severances (id, domain, rule_text, reason, created_at)
VALUES (:id, :domain, :rule_text, :reason, :created_at) ON CONFLICT (id) DO NOTHING"""
_ADD = """INSERT INTO severed_follows
    (severance_id, account_id, other_id, incoming, show_reblogs, notify, languages)
VALUES @rows(:severance_id, :account_id, :other_id, :incoming, :show_reblogs, :notify, :languages)
ON CONFLICT (account_id, severance_id, incoming, other_id) DO NOTHING"""
_SEVERED = """(SELECT count(*) FROM severed_follows f WHERE f.account_id = :account_id
    AND f.severance_id = v.id AND f.incoming = {incoming})"""
_COLUMNS = f"""v.id, v.domain, v.rule_text, v.reason, v.created_at,
    {_SEVERED.format(incoming=1)}, {_SEVERED.format(incoming=0)}"""
_CONCERNS = """EXISTS (SELECT 1 FROM severed_follows c
    WHERE c.account_id = :account_id AND c.severance_id = v.id)"""
_GET = f"SELECT {_COLUMNS} FROM severances v WHERE v.id = :id AND {_CONCERNS}"
_PAGE = f"""SELECT {_COLUMNS} FROM severances v
WHERE v.id > :after AND v.id < :before AND {_CONCERNS} ORDER BY v.id @order LIMIT :limit"""
_FOLLOWS = """SELECT f.other_id, a.username || '@' || a.domain, f.show_reblogs, f.notify,
    f.languages
FROM severed_follows f JOIN accounts a ON a.id = f.other_id
WHERE f.account_id = :account_id AND f.severance_id = :severance_id AND f.incoming = :incoming
    AND f.other_id > :after
ORDER BY f.other_id LIMIT CAST(:limit AS BIGINT)"""


async def insert(tx: Transaction, decision: PolicyDecision) -> None:
    """Note that a decision parts people; it gives the severance its id."""
    row = {
        "id": decision.id,
        "domain": decision.domain,
        "rule_text": decision.rule_text,
        "reason": decision.reason,
        "created_at": decision.created_at,
    }
    await tx.execute(_INSERT, row)


async def add(
    tx: Transaction,
    severance_id: int,
    lost: Sequence[tuple[int, int, bool, FollowTerms]],
) -> None:
    """Remember follows as (who lost it, the other account, whether it was a follower, terms)."""
    rows = [
        {
            "severance_id": severance_id,
            "account_id": account_id,
            "other_id": other_id,
            "incoming": int(incoming),
            "show_reblogs": int(terms.show_reblogs),
            "notify": int(terms.notify),
            "languages": terms.languages,
        }
        for account_id, other_id, incoming, terms in lost
    ]
    for sql, params in with_rows(_ADD, rows):
        await tx.execute(sql, params)


async def get(reader: Reader, account_id: int, severance_id: int) -> Severance | None:
    """A severance by which this account lost someone."""
    return await reader.fetch_one(_GET, {"id": severance_id, "account_id": account_id}, Severance)


async def page(db: Database, account_id: int, page: Page) -> list[Severance]:
    """All of them, newest first."""
    return await fetch_page(db, _PAGE, {"account_id": account_id}, page, Severance)


async def follows(
    reader: Reader, account_id: int, severance_id: int, *, incoming: bool, after: int, limit: int
) -> list[SeveredFollow]:
    """Whom an account lost, by their ids: followers (`incoming`) or those it followed."""
    params = {
        "account_id": account_id,
        "severance_id": severance_id,
        "incoming": int(incoming),
        "after": after,
        "limit": limit,
    }
    return await reader.fetch_all(_FOLLOWS, params, SeveredFollow)
