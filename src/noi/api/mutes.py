"""Mutes: https://docs.joinmastodon.org/methods/mutes/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import muted_entities
from noi.api.entities.relationships import RelationshipEntity, relationship_with
from noi.api.paging import paged
from noi.services import mutes


@endpoint("POST", "/api/v1/accounts/{id:str}/mute", scope="write:mutes")
async def mute(call: Call) -> RelationshipEntity:
    """Mute an account for `duration` seconds, or without end."""
    target_id, params = call.path_id(), call.params
    await mutes.mute(
        call.network,
        call.viewer_id,
        target_id,
        notifications=params.boolean("notifications") is not False,
        seconds=params.integer("duration") or 0,
    )
    return await relationship_with(call.network, call.viewer_id, target_id)


@endpoint("POST", "/api/v1/accounts/{id:str}/unmute", scope="write:mutes")
async def unmute(call: Call) -> RelationshipEntity:
    """End a mute."""
    target_id = call.path_id()
    await mutes.unmute(call.network, call.viewer_id, target_id)
    return await relationship_with(call.network, call.viewer_id, target_id)


@endpoint("GET", "/api/v1/mutes", scope="read:mutes")
async def index(call: Call) -> Reply:
    """Whom one mutes, and until when."""
    page = call.params.page(40, 80)
    lines = await mutes.page(call.network, call.viewer_id, page)
    body = await muted_entities(call.network, [(line.id, line.mute_expires_at) for line in lines])
    return paged(call, page, [line.page_id for line in lines], body)


HANDLERS = [mute, unmute, index]
