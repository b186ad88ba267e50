"""Hashtags: https://docs.joinmastodon.org/methods/tags/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.tags import TagEntity, tag_entity
from noi.api.paging import paged
from noi.services import tags
from noi.services.tags import TagView

_TAG = "/api/v1/tags/{name:str}"


@endpoint("GET", _TAG, access="public", scope="read")
async def show(call: Call) -> TagEntity:
    """A tag and how much it is used."""
    return _entity(call, await tags.get(call.network, call.viewer_id, _name(call)))


@endpoint("POST", f"{_TAG}/follow", scope="write:follows")
async def follow(call: Call) -> TagEntity:
    """Have public statuses with a tag in one's home."""
    return _entity(call, await tags.follow(call.network, call.viewer_id, _name(call)))


@endpoint("POST", f"{_TAG}/unfollow", scope="write:follows")
async def unfollow(call: Call) -> TagEntity:
    """Follow a tag no more."""
    return _entity(call, await tags.unfollow(call.network, call.viewer_id, _name(call)))


@endpoint("POST", f"{_TAG}/feature", scope="write:accounts")
async def feature(call: Call) -> TagEntity:
    """Feature a tag on one's profile."""
    await tags.feature(call.network, call.viewer_id, _name(call))
    return _entity(call, await tags.get(call.network, call.viewer_id, _name(call)))


@endpoint("POST", f"{_TAG}/unfeature", scope="write:accounts")
async def unfeature(call: Call) -> TagEntity:
    """Feature a tag no more."""
    return _entity(call, await tags.unfeature_tag(call.network, call.viewer_id, _name(call)))


@endpoint("GET", "/api/v1/followed_tags", scope="read:follows")
async def followed(call: Call) -> Reply:
    """The tags one follows."""
    page = call.params.page(100, 200)
    lines = await tags.followed(call.network, call.viewer_id, page)
    found = await tags.views(call.network, call.viewer_id, list(lines))
    body = [_entity(call, view) for view in found]
    return paged(call, page, [line.page_id for line in lines], body)


def _name(call: Call) -> str:
    return call.request.path_params["name"]


def _entity(call: Call, view: TagView) -> TagEntity:
    return tag_entity(call.network, view, signed_in=call.viewer is not None)


HANDLERS = [show, follow, unfollow, feature, unfeature, followed]
