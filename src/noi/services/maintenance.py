"""What a network clears away from time to time."""

from noi.db import maintenance as table
from noi.db import purging, timelines
from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.models.jobs import CleanUp, PurgeSearch
from noi.services import distribution
from noi.services.network import Network

_BATCH = 1000
_OWNERS = 200
_MINUTE_MS = 60_000
_DAY_MS = 86_400_000

# How long rows stay after their end. Used authorization codes are kept for a day, so that a
# stolen one that is tried again still revokes its token.
_KEPT_MS = {
    "sessions": 0,
    "one_time_codes": 0,
    "authorization_codes": _DAY_MS,
    "fasp_replays": 0,
    "idempotency_keys": 60 * _MINUTE_MS,
    "handled_activities": 14 * _DAY_MS,
    "withdrawn_objects": 30 * _DAY_MS,
    "inbox_journal": 30 * _DAY_MS,
    "live_events": 5 * _MINUTE_MS,
}


async def clean_up(network: Network, job: CleanUp) -> None:
    """Delete what has expired, shorten timelines, and let unvisited homes rest."""
    for name in table.EXPIRING:
        while await _delete(network, name) == _BATCH:
            pass
    await _trim(network, lists=False)
    await _trim(network, lists=True)
    await distribution.rest_homes(network)


async def purge(network: Network, job: PurgeSearch) -> None:
    """Let nothing stay of the words of what was removed, where searching cannot find it either."""
    await purging.purge(network.db, "status_search")
    await purging.purge(network.db, "account_search")


async def _delete(network: Network, name: str) -> int:
    before = now_ms() - _KEPT_MS[name]
    return await network.db.transaction(lambda tx: table.delete_expired(tx, name, before, _BATCH))


async def _trim(network: Network, *, lists: bool) -> None:
    last: int | None = 0
    while last is not None:
        owners, last = await table.long_timelines(
            network.db, lists=lists, after=last, limit=_OWNERS
        )
        if owners:
            await network.db.transaction(lambda tx, owners=owners: _trim_all(tx, owners))


async def _trim_all(tx: Transaction, owners: list[int]) -> None:
    for owner_id in owners:
        await timelines.trim(tx, owner_id)
