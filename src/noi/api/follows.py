"""Following: https://docs.joinmastodon.org/methods/accounts/#follow"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import account_entities
from noi.api.entities.relationships import RelationshipEntity, relationship_with
from noi.api.paging import paged
from noi.db.follows import Direction
from noi.services import follows


@endpoint("POST", "/api/v1/accounts/{id:str}/follow", scope="write:follows")
async def follow(call: Call) -> RelationshipEntity:
    """Follow an account, ask to, or change what one sees of it."""
    target_id, params = call.path_id(), call.params
    given = "languages" in params
    await follows.follow(
        call.network,
        call.viewer_id,
        target_id,
        show_reblogs=params.boolean("reblogs"),
        notify=params.boolean("notify"),
        languages=[code for code in params.texts("languages") if code] if given else None,
    )
    return await relationship_with(call.network, call.viewer_id, target_id)


@endpoint("POST", "/api/v1/accounts/{id:str}/unfollow", scope="write:follows")
async def unfollow(call: Call) -> RelationshipEntity:
    """Follow an account no more, or take back the request."""
    target_id = call.path_id()
    await follows.unfollow(call.network, call.viewer_id, target_id)
    return await relationship_with(call.network, call.viewer_id, target_id)


@endpoint("POST", "/api/v1/accounts/{id:str}/remove_from_followers", scope="write:follows")
async def remove_from_followers(call: Call) -> RelationshipEntity:
    """Make an account a follower no more."""
    target_id = call.path_id()
    await follows.remove_from_followers(call.network, call.viewer_id, target_id)
    return await relationship_with(call.network, call.viewer_id, target_id)


@endpoint("GET", "/api/v1/accounts/{id:str}/followers", access="public", scope="read:accounts")
async def followers(call: Call) -> Reply:
    """Who follows an account, if it shows that."""
    return await _page(call, "followers")


@endpoint("GET", "/api/v1/accounts/{id:str}/following", access="public", scope="read:accounts")
async def following(call: Call) -> Reply:
    """Whom an account follows, if it shows that."""
    return await _page(call, "following")


async def _page(call: Call, direction: Direction) -> Reply:
    page = call.params.page(40, 80)
    lines = await follows.page(call.network, direction, call.viewer_id, call.path_id(), page)
    body = await account_entities(call.network, [line.id for line in lines])
    return paged(call, page, [line.page_id for line in lines], body)


HANDLERS = [follow, unfollow, remove_from_followers, followers, following]
