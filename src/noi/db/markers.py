"""How far a person has read in a timeline."""

from noi.db.database import Database, Transaction
from noi.models.ids import now_ms
from noi.models.markers import Marker

_COLUMNS = "timeline, last_read_id, version, updated_at"
_LOAD = f"SELECT {_COLUMNS} FROM markers WHERE account_id = :account_id"
_SET = f"""INSERT INTO markers (account_id, timeline, last_read_id, version, updated_at)
VALUES (:account_id, :timeline, :last_read_id, 1, :now)
ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = excluded.last_read_id,
    version = markers.version + 1, updated_at = excluded.updated_at
RETURNING {_COLUMNS}"""


async def load(db: Database, account_id: int) -> list[Marker]:
    """All markers of an account."""
    return await db.fetch_all(_LOAD, {"account_id": account_id}, Marker)


async def put(tx: Transaction, account_id: int, timeline: str, last_read_id: int) -> Marker:
    """Set a marker and raise its version."""
    row = {
        "account_id": account_id,
        "timeline": timeline,
        "last_read_id": last_read_id,
        "now": now_ms(),
    }
    marker = await tx.fetch_one(_SET, row, Marker)
    assert marker is not None
    return marker
