"""FASP, data sharing 0.1: what members announce.

https://github.com/mastodon/fediverse_auxiliary_service_provider_specifications
"""

import msgspec

from noi.hub.base import Call, fasp_route
from noi.models.errors import Invalid
from noi.services.hub import announcements
from noi.services.hub.announcements import Announcement


class _Named(msgspec.Struct):
    id: str | int


class _Source(msgspec.Struct, rename="camel"):
    subscription: _Named | None = None
    backfill_request: _Named | None = None


class _Announced(msgspec.Struct, rename="camel"):
    source: _Source
    category: str
    object_uris: list[str]
    event_type: str | None = None
    more_objects_available: bool = False


@fasp_route("POST", "/data_sharing/v0/announcements", capability="data_sharing")
async def announce(call: Call) -> None:
    """Journal what a member announces: 204 means that it is on disk."""
    body = call.json(_Announced)
    subscription, backfill = body.source.subscription, body.source.backfill_request
    if (subscription is None) == (backfill is None):
        raise Invalid("The source is a subscription or a backfill request", field="source")
    category, event = announcements.parse(
        body.category, body.event_type or "", backfill=backfill is not None
    )
    announced = Announcement(
        subscription=str(subscription.id) if subscription else "",
        backfill=str(backfill.id) if backfill else "",
        category=category,
        event=event,
        uris=body.object_uris,
        more=body.more_objects_available,
    )
    await announcements.take(call.network, call.caller, announced)


HANDLERS = [announce]
