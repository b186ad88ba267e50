"""A network's rules. Removed ones stay for the enforcements that name them."""

from collections.abc import Sequence

from noi.db.database import Reader, Transaction
from noi.models.ids import now_ms
from noi.models.moderation import Rule

_COLUMNS = "id, position, text, hint"
_LIST = f"SELECT {_COLUMNS} FROM rules WHERE deleted_at IS NULL ORDER BY position, id"
_GET = f"SELECT {_COLUMNS} FROM rules WHERE id = :id AND deleted_at IS NULL"
_GET_MANY = f"SELECT {_COLUMNS} FROM rules WHERE id @in(:ids) ORDER BY position, id"
_INSERT = """INSERT INTO rules (id, position, text, hint)
VALUES (:id, (SELECT coalesce(max(position), 0) + 1 FROM rules), :text, :hint)"""
_UPDATE = "UPDATE rules SET text = :text, hint = :hint WHERE id = :id AND deleted_at IS NULL"
_MOVE = "UPDATE rules SET position = :position WHERE id = :id"
_DELETE = "UPDATE rules SET deleted_at = :now WHERE id = :id AND deleted_at IS NULL"


async def fetch_all(reader: Reader) -> list[Rule]:
    """The rules in force, in their order."""
    return await reader.fetch_all(_LIST, {}, Rule)


async def get(reader: Reader, rule_id: int) -> Rule | None:
    """A rule in force."""
    return await reader.fetch_one(_GET, {"id": rule_id}, Rule)


async def get_many(reader: Reader, ids: Sequence[int]) -> list[Rule]:
    """Rules by id, removed ones too."""
    return await reader.fetch_all(_GET_MANY, {"ids": list(ids)}, Rule) if ids else []


async def insert(tx: Transaction, rule_id: int, text: str, hint: str) -> None:
    """Add a rule after all others."""
    await tx.execute(_INSERT, {"id": rule_id, "text": text, "hint": hint})


async def update(tx: Transaction, rule_id: int, text: str, hint: str) -> bool:
    return await tx.execute(_UPDATE, {"id": rule_id, "text": text, "hint": hint}) == 1


async def reorder(tx: Transaction, ids: Sequence[int]) -> None:
    """Give rules the order in which they are named."""
    for position, rule_id in enumerate(ids, 1):
        await tx.execute(_MOVE, {"id": rule_id, "position": position})


async def delete(tx: Transaction, rule_id: int) -> bool:
    return await tx.execute(_DELETE, {"id": rule_id, "now": now_ms()}) == 1
