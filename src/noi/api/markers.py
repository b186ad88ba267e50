"""Reading positions: https://docs.joinmastodon.org/methods/markers/"""

from collections.abc import Mapping

import msgspec

from noi.api.base import Call, endpoint
from noi.api.entities.dates import timestamp
from noi.models.markers import Marker
from noi.services import markers


class MarkerEntity(msgspec.Struct):
    last_read_id: str
    version: int
    updated_at: str


@endpoint("GET", "/api/v1/markers", scope="read:statuses")
async def show(call: Call) -> dict[str, MarkerEntity]:
    """The markers of the timelines in `timeline[]`."""
    wanted = call.params.texts("timeline")
    found = await markers.load(call.network, call.viewer_id)
    return _entities({name: marker for name, marker in found.items() if name in wanted})


@endpoint("POST", "/api/v1/markers", scope="write:statuses")
async def update(call: Call) -> dict[str, MarkerEntity]:
    """Set `home[last_read_id]`, `notifications[last_read_id]` or both."""
    positions: dict[str, int] = {}
    for timeline in markers.TIMELINES:
        nested = call.params.nested(timeline)
        position = nested.id("last_read_id") if nested else None
        if position is not None:
            positions[timeline] = position
    return _entities(await markers.put(call.network, call.viewer_id, positions))


def _entities(found: Mapping[str, Marker]) -> dict[str, MarkerEntity]:
    return {
        name: MarkerEntity(str(marker.last_read_id), marker.version, timestamp(marker.updated_at))
        for name, marker in found.items()
    }


HANDLERS = [show, update]
