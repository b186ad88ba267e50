"""The directory of people who want to be found: https://docs.joinmastodon.org/methods/directory/"""

from noi.api.base import Call, endpoint
from noi.api.entities.accounts import account_entities
from noi.models.errors import BadRequest
from noi.services import alliance_search, instance

_MOST = 80


@endpoint("GET", "/api/v1/directory", access="public")
async def index(call: Call) -> object:
    """Last active first, or newest first with `order=new`."""
    limit = call.params.integer("limit")
    if limit is not None and limit < 0:
        raise BadRequest("limit must not be negative")
    ids = await instance.directory(
        call.network,
        order=call.params.text("order"),
        local=call.params.flag("local"),
        limit=min(limit or 40, _MOST),
        offset=call.params.offset(),
        viewer_id=call.viewer_id,
    )
    if call.viewer is not None:
        await alliance_search.check_people(call.network, ids)
    return await account_entities(call.network, ids)


HANDLERS = [index]
