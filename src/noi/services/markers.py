"""How far a person has read, kept for all of their devices."""

from collections.abc import Mapping

from noi.db import markers
from noi.db.database import Transaction
from noi.models.errors import Invalid
from noi.models.markers import Marker
from noi.services.network import Network

TIMELINES = ("home", "notifications")


async def load(network: Network, account_id: int) -> dict[str, Marker]:
    """The markers of an account by timeline; those never set are left out."""
    return {marker.timeline: marker for marker in await markers.load(network.db, account_id)}


async def put(network: Network, account_id: int, positions: Mapping[str, int]) -> dict[str, Marker]:
    """Set markers, forwards or back; raises Invalid for other timelines than the two."""
    if not positions.keys() <= set(TIMELINES):
        raise Invalid("Not a timeline", field="timeline")

    async def work(tx: Transaction) -> dict[str, Marker]:
        return {
            timeline: await markers.put(tx, account_id, timeline, last_read_id)
            for timeline, last_read_id in sorted(positions.items())
        }

    return await network.db.transaction(work)
