"""The live bus in the database: events travel with the commit that causes them."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec

from noi.db.database import Database, Transaction
from noi.models.ids import now_ms
from noi.models.live import LiveEvent, LiveKind

_INSERT = "INSERT INTO live_events (event, created_at) VALUES (:event, :now)"
_NOTIFY = "SELECT pg_notify('noi_live', :event)"
WAKE = "SELECT pg_notify('noi_jobs', '')"
"""What lets workers look for work, on PostgreSQL."""
_TRIM = "DELETE FROM live_events WHERE created_at < :before"

_PAUSE_SECONDS = 1.0

_log = logging.getLogger("noi.live")
_decoder = msgspec.json.Decoder(LiveEvent)


def encode(event: LiveEvent) -> str:
    """An event as it travels."""
    return msgspec.json.encode(event).decode()


async def publish(tx: Transaction, event: LiveEvent) -> None:
    """Tell every process, when this transaction commits."""
    encoded = encode(event)
    if tx.dialect == "sqlite":
        await tx.execute(_INSERT, {"event": encoded, "now": now_ms()})
    else:
        await tx.at_end(_NOTIFY, {"event": encoded})


async def wake_workers(tx: Transaction) -> None:
    """Let workers look for what this transaction gives them; on SQLite they see its commit."""
    if tx.dialect == "postgresql":
        await tx.fetch_value(WAKE)


def decode(event: str) -> LiveEvent:
    """Read one event as it travels; raises msgspec.ValidationError for a kind it does not know."""
    return _decoder.decode(event)


def decode_all(events: Iterable[str]) -> list[LiveEvent]:
    """Read what `Database.watch` hands out; kinds of a newer version are left out."""
    known: list[LiveEvent] = []
    for event in events:
        with suppress(msgspec.ValidationError):
            known.append(decode(event))
    return known


async def watch(db: Database, on_commit: Callable[[list[str]], None]) -> None:
    """`Database.watch` that begins anew after any error, and then tells of the gap."""
    while True:
        try:
            await db.watch(on_commit)
        except Exception:
            _log.exception("the live bus was lost; following it anew")
        await asyncio.sleep(_PAUSE_SECONDS)
        on_commit([encode(LiveEvent(LiveKind.GAP))])


async def trim(tx: Transaction, before: int) -> None:
    """Forget events older than a time in milliseconds."""
    await tx.execute(_TRIM, {"before": before})
