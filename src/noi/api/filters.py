"""Filters: https://docs.joinmastodon.org/methods/filters/"""

from msgspec import UNSET

from noi.api.base import Call, endpoint
from noi.api.entities.filters import (
    FilterEntity,
    FilterKeywordEntity,
    FilterStatusEntity,
    filter_entity,
    filter_status_entity,
    keyword_entity,
)
from noi.models.errors import BadRequest
from noi.services import filters
from noi.services.filters import FilterChange, KeywordChange

_FILTER = "/api/v2/filters/{id:str}"
_KEYWORD = "/api/v2/filters/keywords/{id:str}"
_STATUS = "/api/v2/filters/statuses/{id:str}"


@endpoint("GET", "/api/v2/filters", scope="read:filters")
async def index(call: Call) -> list[FilterEntity]:
    """One's filters."""
    return [filter_entity(view) for view in await filters.all_of(call.network, call.viewer_id)]


@endpoint("POST", "/api/v2/filters", scope="write:filters")
async def create(call: Call) -> FilterEntity:
    """Make a filter."""
    change = _change(call, title=call.params.text("title"))
    return filter_entity(await filters.create(call.network, call.viewer_id, change))


@endpoint("GET", _FILTER, scope="read:filters")
async def show(call: Call) -> FilterEntity:
    """One filter."""
    return filter_entity(await filters.get(call.network, call.viewer_id, call.path_id()))


@endpoint(["PUT", "PATCH"], _FILTER, scope="write:filters")
async def update(call: Call) -> FilterEntity:
    """Change a filter and its keywords."""
    change = _change(call, title=call.params.optional_text("title"))
    view = await filters.update(call.network, call.viewer_id, call.path_id(), change)
    return filter_entity(view)


@endpoint("DELETE", _FILTER, scope="write:filters")
async def delete(call: Call) -> dict[str, object]:
    """Remove a filter."""
    await filters.delete(call.network, call.viewer_id, call.path_id())
    return {}


@endpoint("GET", f"{_FILTER}/keywords", scope="read:filters")
async def keywords(call: Call) -> list[FilterKeywordEntity]:
    """The keywords of a filter."""
    view = await filters.get(call.network, call.viewer_id, call.path_id())
    return [keyword_entity(row) for row in view.keywords]


@endpoint("POST", f"{_FILTER}/keywords", scope="write:filters")
async def add_keyword(call: Call) -> FilterKeywordEntity:
    """Add a keyword to a filter."""
    row = await filters.add_keyword(
        call.network,
        call.viewer_id,
        call.path_id(),
        call.params.text("keyword"),
        whole_word=call.params.boolean("whole_word") is not False,
    )
    return keyword_entity(row)


@endpoint("GET", _KEYWORD, scope="read:filters")
async def show_keyword(call: Call) -> FilterKeywordEntity:
    """One keyword."""
    return keyword_entity(await filters.get_keyword(call.network, call.viewer_id, call.path_id()))


@endpoint(["PUT", "PATCH"], _KEYWORD, scope="write:filters")
async def update_keyword(call: Call) -> FilterKeywordEntity:
    """Change a keyword."""
    row = await filters.update_keyword(
        call.network,
        call.viewer_id,
        call.path_id(),
        keyword=call.params.optional_text("keyword"),
        whole_word=call.params.boolean("whole_word"),
    )
    return keyword_entity(row)


@endpoint("DELETE", _KEYWORD, scope="write:filters")
async def delete_keyword(call: Call) -> dict[str, object]:
    """Remove a keyword."""
    await filters.delete_keyword(call.network, call.viewer_id, call.path_id())
    return {}


@endpoint("GET", f"{_FILTER}/statuses", scope="read:filters")
async def statuses(call: Call) -> list[FilterStatusEntity]:
    """The statuses on a filter."""
    view = await filters.get(call.network, call.viewer_id, call.path_id())
    return [filter_status_entity(row) for row in view.statuses]


@endpoint("POST", f"{_FILTER}/statuses", scope="write:filters")
async def add_status(call: Call) -> FilterStatusEntity:
    """Put a status on a filter."""
    status_id = call.params.id("status_id")
    if status_id is None:
        raise BadRequest("Missing parameter: {name}", name="status_id")
    row = await filters.add_status(call.network, call.viewer_id, call.path_id(), status_id)
    return filter_status_entity(row)


@endpoint("GET", _STATUS, scope="read:filters")
async def show_status(call: Call) -> FilterStatusEntity:
    """One status on a filter."""
    row = await filters.get_status(call.network, call.viewer_id, call.path_id())
    return filter_status_entity(row)


@endpoint("DELETE", _STATUS, scope="write:filters")
async def delete_status(call: Call) -> FilterStatusEntity:
    """Take a status off its filter."""
    row = await filters.delete_status(call.network, call.viewer_id, call.path_id())
    return filter_status_entity(row)


def _change(call: Call, *, title: str | None) -> FilterChange:
    params = call.params
    rows = params.nested_list("keywords_attributes", most=2 * filters.MAX_KEYWORDS)
    return FilterChange(
        title=title,
        contexts=params.texts("context") if "context" in params else None,
        action=params.text("filter_action") or None,
        expires_in=params.integer("expires_in") if "expires_in" in params else UNSET,
        keywords=[
            KeywordChange(
                id=row.id("id"),
                keyword=row.optional_text("keyword"),
                whole_word=row.boolean("whole_word"),
                remove=row.flag("_destroy"),
            )
            for row in rows
        ],
    )


HANDLERS = [
    index,
    create,
    show,
    update,
    delete,
    keywords,
    add_keyword,
    show_keyword,
    update_keyword,
    delete_keyword,
    statuses,
    add_status,
    show_status,
    delete_status,
]
