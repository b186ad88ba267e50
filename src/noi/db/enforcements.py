"""Enforcements and appeals: the only module that hides a status or reads why one is hidden."""

from noi.db.database import Database, Reader, Transaction
from noi.db.paging import fetch_page
from noi.models.ids import now_ms
from noi.models.moderation import Appeal, Enforcement, EnforcementAction
from noi.models.paging import Page

_COLUMNS = ", ".join(f"e.{name}" for name in Enforcement.__struct_fields__)
_APPEAL_COLUMNS = ", ".join(f"p.{name}" for name in Appeal.__struct_fields__)

_LOCK_ACCOUNT = "UPDATE accounts SET revision = revision WHERE id = :id"
_INSERT = """INSERT INTO enforcements (id, moderator_id, account_id, status_id, action, rule_id,
    rule_text, reason, report_id, created_at)
VALUES (:id, :moderator_id, :account_id, :status_id, :action, :rule_id,
    :rule_text, :reason, :report_id, :created_at)"""
_GET = f"SELECT {_COLUMNS} FROM enforcements e WHERE e.id = :id"
_IN_FORCE = """SELECT e.action, e.status_id FROM enforcements e
WHERE e.account_id = :account_id AND e.reversed_at IS NULL"""
_PAGE = f"""SELECT {_COLUMNS} FROM enforcements e
WHERE e.id > :after AND e.id < :before ORDER BY e.id @order LIMIT :limit"""
_PAGE_OF_ACCOUNT = f"""SELECT {_COLUMNS} FROM enforcements e
WHERE e.account_id = :account_id AND e.id > :after AND e.id < :before
ORDER BY e.id @order LIMIT :limit"""
_KEPT_OUT = f"""SELECT {_COLUMNS} FROM enforcements e
WHERE e.action = '{EnforcementAction.HIDE_TREND}' AND e.reversed_at IS NULL
ORDER BY e.id DESC LIMIT :limit"""
_REVERSE = """UPDATE enforcements SET reversed_at = :now, reversed_by_id = :moderator_id,
    reversal_reason = :reason
WHERE id = :id AND reversed_at IS NULL"""
_SEEN = """UPDATE enforcements SET seen_at = :now
WHERE id = :id AND account_id = :account_id AND seen_at IS NULL"""
_HIDE = """UPDATE statuses SET hidden_at = CAST(:hidden_at AS BIGINT), revision = revision + 1
WHERE id = :id AND deleted_at IS NULL
    AND (hidden_at IS NULL) <> (CAST(:hidden_at AS BIGINT) IS NULL)"""
_STATUS = "SELECT account_id FROM statuses WHERE id = :id AND deleted_at IS NULL"
_TOKENS = "SELECT id FROM access_tokens WHERE account_id = :account_id"

_INSERT_APPEAL = """INSERT INTO appeals (id, enforcement_id, account_id, text, created_at)
VALUES (:id, :enforcement_id, :account_id, :text, :now)"""
_GET_APPEAL = f"SELECT {_APPEAL_COLUMNS} FROM appeals p WHERE p.id = :id"
_APPEALS_OF = f"SELECT {_APPEAL_COLUMNS} FROM appeals p WHERE p.enforcement_id @in(:ids)"
_OPEN_APPEALS = f"""SELECT {_APPEAL_COLUMNS} FROM appeals p
WHERE p.decided_at IS NULL ORDER BY p.id LIMIT :limit"""
_DECIDE = """UPDATE appeals SET decided_at = :now, decided_by_id = :moderator_id,
    accepted = :accepted, answer = :answer
WHERE id = :id AND decided_at IS NULL"""


async def lock_account(tx: Transaction, account_id: int) -> None:
    """Let only this transaction enforce on an account until it ends."""
    await tx.execute(_LOCK_ACCOUNT, {"id": account_id})


async def insert(tx: Transaction, new: Enforcement) -> None:
    row: dict[str, object] = {
        "id": new.id,
        "moderator_id": new.moderator_id,
        "account_id": new.account_id,
        "status_id": new.status_id,
        "action": new.action.value,
        "rule_id": new.rule_id,
        "rule_text": new.rule_text,
        "reason": new.reason,
        "report_id": new.report_id,
        "created_at": new.created_at,
    }
    await tx.execute(_INSERT, row)


async def get(reader: Reader, enforcement_id: int) -> Enforcement | None:
    return await reader.fetch_one(_GET, {"id": enforcement_id}, Enforcement)


async def in_force(reader: Reader, account_id: int) -> list[tuple[EnforcementAction, int | None]]:
    """What is not reversed against an account: actions, and the status each is about."""
    rows = await reader.fetch_all(_IN_FORCE, {"account_id": account_id})
    return [(EnforcementAction(action), status_id) for action, status_id in rows]


async def page(db: Database, page: Page, account_id: int | None) -> list[Enforcement]:
    """Enforcements, newest first, of one account or of all."""
    if account_id is None:
        return await fetch_page(db, _PAGE, {}, page, Enforcement)
    params: dict[str, object] = {"account_id": account_id}
    return await fetch_page(db, _PAGE_OF_ACCOUNT, params, page, Enforcement)


async def kept_out(reader: Reader, limit: int) -> list[Enforcement]:
    """What keeps statuses out of the trends now, newest first."""
    return await reader.fetch_all(_KEPT_OUT, {"limit": limit}, Enforcement)


async def reverse(
    tx: Transaction, enforcement_id: int, moderator_id: int | None, reason: str
) -> bool:
    """Mark an enforcement as taken back; False when it already was."""
    row = {"id": enforcement_id, "moderator_id": moderator_id, "reason": reason, "now": now_ms()}
    return await tx.execute(_REVERSE, row) == 1


async def mark_seen(tx: Transaction, enforcement_id: int, account_id: int) -> None:
    row = {"id": enforcement_id, "account_id": account_id, "now": now_ms()}
    await tx.execute(_SEEN, row)


async def set_hidden(tx: Transaction, status_id: int, hidden_at: int | None) -> bool:
    """Hide a status, or show it again (None); False where it is so already, or deleted."""
    return await tx.execute(_HIDE, {"id": status_id, "hidden_at": hidden_at}) == 1


async def author_of(reader: Reader, status_id: int) -> int | None:
    """Who wrote a status that is not deleted."""
    author: int | None = await reader.fetch_value(_STATUS, {"id": status_id})
    return author


async def token_ids(reader: Reader, account_id: int) -> list[int]:
    """The tokens whose open streams must end."""
    return [row[0] for row in await reader.fetch_all(_TOKENS, {"account_id": account_id})]


async def insert_appeal(
    tx: Transaction, appeal_id: int, enforcement_id: int, account_id: int, text: str
) -> None:
    """Raises Duplicate when that enforcement was appealed before."""
    row = {
        "id": appeal_id,
        "enforcement_id": enforcement_id,
        "account_id": account_id,
        "text": text,
        "now": now_ms(),
    }
    await tx.execute(_INSERT_APPEAL, row)


async def get_appeal(reader: Reader, appeal_id: int) -> Appeal | None:
    return await reader.fetch_one(_GET_APPEAL, {"id": appeal_id}, Appeal)


async def appeals_of(reader: Reader, enforcement_ids: list[int]) -> dict[int, Appeal]:
    """Appeals by the enforcement they are about."""
    if not enforcement_ids:
        return {}
    appeals = await reader.fetch_all(_APPEALS_OF, {"ids": enforcement_ids}, Appeal)
    return {appeal.enforcement_id: appeal for appeal in appeals}


async def open_appeals(reader: Reader, limit: int) -> list[Appeal]:
    """Appeals that wait for an answer, oldest first."""
    return await reader.fetch_all(_OPEN_APPEALS, {"limit": limit}, Appeal)


async def decide(
    tx: Transaction, appeal_id: int, moderator_id: int, accepted: bool, answer: str
) -> bool:
    """Answer an appeal; False when it was answered before."""
    row = {
        "id": appeal_id,
        "moderator_id": moderator_id,
        "accepted": int(accepted),
        "answer": answer,
        "now": now_ms(),
    }
    return await tx.execute(_DECIDE, row) == 1
