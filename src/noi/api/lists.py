"""Lists: https://docs.joinmastodon.org/methods/lists/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import account_entities
from noi.api.entities.lists import ListEntity, list_entity
from noi.api.paging import paged
from noi.models.errors import BadRequest
from noi.models.lists import RepliesPolicy
from noi.models.paging import Page
from noi.services import lists

_LIST = "/api/v1/lists/{id:str}"
_EVERYBODY = 5000


@endpoint("GET", "/api/v1/lists", scope="read:lists")
async def index(call: Call) -> list[ListEntity]:
    """One's lists."""
    return [list_entity(item) for item in await lists.all_of(call.network, call.viewer_id)]


@endpoint("POST", "/api/v1/lists", scope="write:lists")
async def create(call: Call) -> ListEntity:
    """Make a list."""
    params = call.params
    item = await lists.create(
        call.network,
        call.viewer_id,
        params.text("title"),
        replies_policy=params.text("replies_policy") or RepliesPolicy.LIST,
        exclusive=params.flag("exclusive"),
    )
    return list_entity(item)


@endpoint("GET", _LIST, scope="read:lists")
async def show(call: Call) -> ListEntity:
    """One list."""
    return list_entity(await lists.get(call.network, call.viewer_id, call.path_id()))


@endpoint(["PUT", "PATCH"], _LIST, scope="write:lists")
async def update(call: Call) -> ListEntity:
    """Change a list."""
    params = call.params
    item = await lists.update(
        call.network,
        call.viewer_id,
        call.path_id(),
        title=params.optional_text("title"),
        replies_policy=params.text("replies_policy") or None,
        exclusive=params.boolean("exclusive"),
    )
    return list_entity(item)


@endpoint("DELETE", _LIST, scope="write:lists")
async def delete(call: Call) -> dict[str, object]:
    """Remove a list."""
    await lists.delete(call.network, call.viewer_id, call.path_id())
    return {}


@endpoint("GET", f"{_LIST}/accounts", scope="read:lists")
async def members(call: Call) -> Reply:
    """Who is on a list; everybody at once with `limit=0`."""
    whole = call.params.integer("limit") == 0
    page = Page(limit=_EVERYBODY) if whole else call.params.page(40, 80)
    lines = await lists.members(call.network, call.viewer_id, call.path_id(), page)
    body = await account_entities(call.network, [line.id for line in lines])
    return Reply(body) if whole else paged(call, page, [line.page_id for line in lines], body)


@endpoint("POST", f"{_LIST}/accounts", scope="write:lists")
async def add(call: Call) -> dict[str, object]:
    """Put followed accounts on a list."""
    await lists.add(call.network, call.viewer_id, call.path_id(), _account_ids(call))
    return {}


@endpoint("DELETE", f"{_LIST}/accounts", scope="write:lists")
async def remove(call: Call) -> dict[str, object]:
    """Take accounts off a list."""
    await lists.remove(call.network, call.viewer_id, call.path_id(), _account_ids(call))
    return {}


@endpoint("GET", "/api/v1/accounts/{id:str}/lists", scope="read:lists")
async def of_account(call: Call) -> list[ListEntity]:
    """Which of one's lists an account is on."""
    found = await lists.with_member(call.network, call.viewer_id, call.path_id())
    return [list_entity(item) for item in found]


def _account_ids(call: Call) -> list[int]:
    ids = call.params.ids("account_ids", most=500)
    if not ids:
        raise BadRequest("Missing parameter: {name}", name="account_ids")
    return ids


HANDLERS = [index, create, show, update, delete, members, add, remove, of_account]
