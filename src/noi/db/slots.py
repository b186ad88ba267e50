"""Process slots: a lease on a part of the id space, so that processes never make equal ids."""

from noi.db.database import Database, Transaction
from noi.models.errors import Unavailable
from noi.models.ids import SLOTS, now_ms

LEASE_MS = 120_000

_TAKEN = "SELECT slot FROM process_slots WHERE expires_at >= :now"
_TAKE = """INSERT INTO process_slots (slot, holder, expires_at)
VALUES (:slot, :holder, :expires_at)
ON CONFLICT (slot) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
WHERE process_slots.expires_at < :now"""
_RENEW = """UPDATE process_slots SET expires_at = :expires_at
WHERE slot = :slot AND holder = :holder"""
_RELEASE_HOLDER = "DELETE FROM process_slots WHERE holder = :holder"
_RELEASE = "DELETE FROM process_slots WHERE slot = :slot AND holder = :holder"


async def take(db: Database, holder: str) -> int:
    """Lease the lowest free slot; raises Unavailable when all are held."""

    async def work(tx: Transaction) -> int:
        now = now_ms()
        taken = {row[0] for row in await tx.fetch_all(_TAKEN, {"now": now})}
        for slot in range(SLOTS):
            lease = {"slot": slot, "holder": holder, "expires_at": now + LEASE_MS, "now": now}
            if slot not in taken and await tx.execute(_TAKE, lease):
                return slot
        raise Unavailable("All {count} process slots are taken", count=SLOTS)

    return await db.transaction(work)


async def renew(db: Database, slot: int, holder: str) -> bool:
    """Extend a lease; False when it was lost, and the process must stop making ids."""
    lease = {"slot": slot, "holder": holder, "expires_at": now_ms() + LEASE_MS}
    return await db.execute(_RENEW, lease) == 1


async def release(db: Database, slot: int, holder: str) -> None:
    """Give a slot back."""
    await db.execute(_RELEASE, {"slot": slot, "holder": holder})


async def release_holder(tx: Transaction, holder: str) -> None:
    """Give back the slot of a process that is known to be gone."""
    await tx.execute(_RELEASE_HOLDER, {"holder": holder})
