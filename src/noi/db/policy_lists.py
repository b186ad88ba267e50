"""Lists of domain policies by the addresses that they are fetched from."""

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms
from noi.models.policies import ListMode, PolicyList

_COLUMNS = ", ".join(PolicyList.__struct_fields__)
_ALL = f"SELECT {_COLUMNS} FROM policy_lists ORDER BY id"
_GET = f"SELECT {_COLUMNS} FROM policy_lists WHERE id = :id"
_INSERT = """INSERT INTO policy_lists (id, url, title, rule_text, mode, moderator_id, created_at)
VALUES (:id, :url, :title, :rule_text, :mode, :moderator_id, :now)
ON CONFLICT (url) DO NOTHING"""
_SET_MODE = "UPDATE policy_lists SET mode = :mode WHERE id = :id"
_FETCHED = """UPDATE policy_lists SET content = :content, fetched_at = :now, error = ''
WHERE id = :id"""
_FAILED = "UPDATE policy_lists SET error = :error WHERE id = :id"
_DELETE = "DELETE FROM policy_lists WHERE id = :id"


async def fetch_all(reader: Reader) -> list[PolicyList]:
    """All lists, oldest first."""
    return await reader.fetch_all(_ALL, {}, PolicyList)


async def get(reader: Reader, list_id: int) -> PolicyList | None:
    """One list."""
    return await reader.fetch_one(_GET, {"id": list_id}, PolicyList)


async def insert(
    tx: Transaction, new_id: int, url: str, title: str, rule_text: str, moderator_id: int | None
) -> bool:
    """Subscribe to a list; False where that was done before."""
    row = {
        "id": new_id,
        "url": url,
        "title": title,
        "rule_text": rule_text,
        "mode": ListMode.DRY_RUN.value,
        "moderator_id": moderator_id,
        "now": now_ms(),
    }
    return await tx.execute(_INSERT, row) == 1


async def set_mode(tx: Transaction, list_id: int, mode: ListMode) -> bool:
    """Change what a list does; False where there is none."""
    return await tx.execute(_SET_MODE, {"id": list_id, "mode": mode.value}) == 1


async def fetched(tx: Transaction, list_id: int, content: str) -> None:
    """Keep a list as it came."""
    await tx.execute(_FETCHED, {"id": list_id, "content": content, "now": now_ms()})


async def failed(tx: Transaction, list_id: int, error: str) -> None:
    """Note why a list could not be had; what was fetched before stays."""
    await tx.execute(_FAILED, {"id": list_id, "error": error.replace("\0", "")[:500]})


async def delete(tx: Transaction, list_id: int) -> bool:
    """Unsubscribe from a list; False where there is none."""
    return await tx.execute(_DELETE, {"id": list_id}) == 1
