"""Hashtags on profiles: https://docs.joinmastodon.org/methods/featured_tags/"""

from noi.api.base import Call, endpoint
from noi.api.entities.tags import (
    FeaturedTagEntity,
    TagEntity,
    featured_tag_entity,
    tag_entity,
)
from noi.services import accounts, tags

_PATH = "/api/v1/featured_tags"


@endpoint("GET", _PATH, scope="read:accounts")
async def index(call: Call) -> list[FeaturedTagEntity]:
    """The tags one features."""
    return await featured(call, call.viewer_id)


@endpoint("GET", "/api/v1/accounts/{id:str}/featured_tags", access="public", scope="read:accounts")
async def of_account(call: Call) -> list[FeaturedTagEntity]:
    """The tags that an account features."""
    return await featured(call, call.path_id())


@endpoint("POST", _PATH, scope="write:accounts")
async def create(call: Call) -> FeaturedTagEntity:
    """Feature a tag."""
    row = await tags.feature(call.network, call.viewer_id, call.params.required("name"))
    owner = await accounts.get(call.network, call.viewer_id)
    return featured_tag_entity(call.network, owner, row)


@endpoint("DELETE", f"{_PATH}/{{id:str}}", scope="write:accounts")
async def delete(call: Call) -> dict[str, object]:
    """Feature a tag no more."""
    await tags.unfeature(call.network, call.viewer_id, call.path_id())
    return {}


@endpoint("GET", f"{_PATH}/suggestions", scope="read:accounts")
async def suggestions(call: Call) -> list[TagEntity]:
    """Up to ten tags that one uses most and does not feature."""
    found = await tags.suggestions(call.network, call.viewer_id)
    return [tag_entity(call.network, view, signed_in=True) for view in found]


async def featured(call: Call, account_id: int) -> list[FeaturedTagEntity]:
    """The tags that an account features, as apps see them."""
    owner = await accounts.get(call.network, account_id)
    rows = await tags.featured(call.network, account_id)
    return [featured_tag_entity(call.network, owner, row) for row in rows]


HANDLERS = [index, of_account, create, delete, suggestions]
