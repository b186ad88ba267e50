"""Blocks: https://docs.joinmastodon.org/methods/blocks/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import account_entities
from noi.api.entities.relationships import RelationshipEntity, relationship_with
from noi.api.paging import paged
from noi.services import blocks


@endpoint("POST", "/api/v1/accounts/{id:str}/block", scope="write:blocks")
async def block(call: Call) -> RelationshipEntity:
    """Block an account."""
    target_id = call.path_id()
    await blocks.block(call.network, call.viewer_id, target_id)
    return await relationship_with(call.network, call.viewer_id, target_id)


@endpoint("POST", "/api/v1/accounts/{id:str}/unblock", scope="write:blocks")
async def unblock(call: Call) -> RelationshipEntity:
    """End a block."""
    target_id = call.path_id()
    await blocks.unblock(call.network, call.viewer_id, target_id)
    return await relationship_with(call.network, call.viewer_id, target_id)


@endpoint("GET", "/api/v1/blocks", scope="read:blocks")
async def index(call: Call) -> Reply:
    """Whom one blocks."""
    page = call.params.page(40, 80)
    lines = await blocks.page(call.network, call.viewer_id, page)
    body = await account_entities(call.network, [line.id for line in lines])
    return paged(call, page, [line.page_id for line in lines], body)


HANDLERS = [block, unblock, index]
