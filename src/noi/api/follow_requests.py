"""Requests to follow: https://docs.joinmastodon.org/methods/follow_requests/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import account_entities
from noi.api.entities.relationships import RelationshipEntity, relationship_with
from noi.api.paging import paged
from noi.services import follows


@endpoint("GET", "/api/v1/follow_requests", scope="read:follows")
async def index(call: Call) -> Reply:
    """Who asks to follow one."""
    page = call.params.page(40, 80)
    lines = await follows.requests(call.network, call.viewer_id, page)
    body = await account_entities(call.network, [line.id for line in lines])
    return paged(call, page, [line.page_id for line in lines], body)


@endpoint("POST", "/api/v1/follow_requests/{id:str}/authorize", scope="write:follows")
async def authorize(call: Call) -> RelationshipEntity:
    """Let an account follow one."""
    requester_id = call.path_id()
    await follows.accept(call.network, call.viewer_id, requester_id)
    return await relationship_with(call.network, call.viewer_id, requester_id)


@endpoint("POST", "/api/v1/follow_requests/{id:str}/reject", scope="write:follows")
async def reject(call: Call) -> RelationshipEntity:
    """Turn a request down."""
    requester_id = call.path_id()
    await follows.reject(call.network, call.viewer_id, requester_id)
    return await relationship_with(call.network, call.viewer_id, requester_id)


HANDLERS = [index, authorize, reject]
