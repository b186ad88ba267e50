"""The live bus in the database: events travel with the commit that causes them."""

import msgspec

from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.models.live import LiveEvent

_INSERT = "INSERT INTO live_events (event, created_at) VALUES (:event, :now)"
_NOTIFY = "SELECT pg_notify('noi_live', :event)"
_TRIM = "DELETE FROM live_events WHERE created_at < :before"

_decoder = msgspec.json.Decoder(LiveEvent)


async def publish(tx: Transaction, event: LiveEvent) -> None:
    """Tell every process, when this transaction commits."""
    encoded = msgspec.json.encode(event).decode()
    if tx.dialect == "sqlite":
        await tx.execute(_INSERT, {"event": encoded, "now": now_ms()})
    else:
        await tx.fetch_value(_NOTIFY, {"event": encoded})


def decode(event: str) -> LiveEvent:
    """Read what `Database.watch` hands out."""
    return _decoder.decode(event)


async def trim(tx: Transaction, before: int) -> None:
    """Forget events older than a time in milliseconds."""
    await tx.execute(_TRIM, {"before": before})
