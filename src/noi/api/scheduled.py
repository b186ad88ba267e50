"""Scheduled statuses: https://docs.joinmastodon.org/methods/scheduled_statuses/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.compositions import scheduled_time
from noi.api.entities.scheduled import scheduled_entity
from noi.api.paging import paged
from noi.models.errors import Invalid
from noi.services import scheduled


@endpoint("GET", "/api/v1/scheduled_statuses", scope="read:statuses")
async def index(call: Call) -> Reply:
    """One's own, newest made first."""
    page = call.params.page(20, 40)
    found = await scheduled.fetch_page(call.network, call.person.account_id, page)
    body = [await scheduled_entity(call.network, item) for item in found]
    return paged(call, page, [item.id for item in found], body)


@endpoint("GET", "/api/v1/scheduled_statuses/{id:str}", scope="read:statuses")
async def show(call: Call) -> object:
    """One of them."""
    found = await scheduled.get(call.network, call.person.account_id, call.path_id())
    return await scheduled_entity(call.network, found)


@endpoint(["PUT", "PATCH"], "/api/v1/scheduled_statuses/{id:str}", scope="write:statuses")
async def update(call: Call) -> object:
    """Give it another time."""
    at = scheduled_time(call.params)
    if at is None:
        raise Invalid("Choose a time", field="scheduled_at", code="ERR_BLANK")
    moved = await scheduled.move(call.network, call.person.account_id, call.path_id(), at)
    return await scheduled_entity(call.network, moved)


@endpoint("DELETE", "/api/v1/scheduled_statuses/{id:str}", scope="write:statuses")
async def delete(call: Call) -> object:
    """Do not publish it after all."""
    await scheduled.delete(call.network, call.person.account_id, call.path_id())
    return {}


HANDLERS = [index, show, update, delete]
