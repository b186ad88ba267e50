"""Which services of the hub members have switched on."""

from noi.db.database import Reader, Transaction

_PUT = """INSERT INTO hub_capabilities (member_id, capability, activated_at)
VALUES (:member_id, :capability, :now) ON CONFLICT (member_id, capability) DO NOTHING"""
_DELETE = """DELETE FROM hub_capabilities
WHERE member_id = :member_id AND capability = :capability"""
_DELETE_ALL = "DELETE FROM hub_capabilities WHERE member_id = :member_id"
_OF_MEMBER = """SELECT capability FROM hub_capabilities
WHERE member_id = :member_id ORDER BY capability"""
_ACTIVE = """SELECT 1 FROM hub_capabilities
WHERE member_id = :member_id AND capability = :capability"""


async def put(tx: Transaction, member_id: int, capability: str, now: int) -> bool:
    """Switch one on; False where it was."""
    row = {"member_id": member_id, "capability": capability, "now": now}
    return await tx.execute(_PUT, row) == 1


async def delete(tx: Transaction, member_id: int, capability: str) -> bool:
    """Switch one off; False where it was."""
    return await tx.execute(_DELETE, {"member_id": member_id, "capability": capability}) == 1


async def delete_all(tx: Transaction, member_id: int) -> None:
    await tx.execute(_DELETE_ALL, {"member_id": member_id})


async def of_member(reader: Reader, member_id: int) -> list[str]:
    rows = await reader.fetch_all(_OF_MEMBER, {"member_id": member_id})
    return [row[0] for row in rows]


async def active(reader: Reader, member_id: int, capability: str) -> bool:
    params = {"member_id": member_id, "capability": capability}
    return await reader.fetch_value(_ACTIVE, params) is not None
