"""The first version of filters, a view on the second: each keyword is a filter of its own.

See https://docs.joinmastodon.org/methods/filters/#v1
"""

from msgspec import UNSET

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.filters import v1_entity
from noi.models.errors import Invalid
from noi.models.filters import FilterAction, FilterKeyword, FilterView
from noi.services import filters
from noi.services.filters import FilterChange, KeywordChange

_ONE = "/api/v1/filters/{id:str}"
# RFC 9745; the day Mastodon 4.0 brought the second version.
_DEPRECATED = {"Deprecation": "@1668384000"}


@endpoint("GET", "/api/v1/filters", scope="read:filters")
async def index(call: Call) -> Reply:
    """All keywords of one's filters."""
    found = await filters.all_of(call.network, call.viewer_id)
    body = [v1_entity(view.filter, keyword) for view in found for keyword in view.keywords]
    return Reply(body, headers=_DEPRECATED)


@endpoint("POST", "/api/v1/filters", scope="write:filters")
async def create(call: Call) -> Reply:
    """Make a filter of one keyword."""
    phrase = call.params.text("phrase")
    keyword = KeywordChange(keyword=phrase, whole_word=call.params.boolean("whole_word"))
    change = _change(call, title=phrase, keyword=keyword)
    view = await filters.create(call.network, call.viewer_id, change)
    return _answer(view, view.keywords[0])


@endpoint("GET", _ONE, scope="read:filters")
async def show(call: Call) -> Reply:
    """One keyword."""
    return _answer(*await _found(call))


@endpoint(["PUT", "PATCH"], _ONE, scope="write:filters")
async def update(call: Call) -> Reply:
    """Change a keyword, and its filter where it has no other."""
    view, keyword = await _found(call)
    phrase, params = call.params.optional_text("phrase"), call.params
    whole_word = params.boolean("whole_word")
    changed = KeywordChange(id=keyword.id, keyword=phrase, whole_word=whole_word)
    change = _change(call, title=phrase, keyword=changed)
    if len(view.keywords) > 1:
        if any(name in params for name in ("context", "irreversible", "expires_in")):
            raise Invalid("This filter has several keywords: use an app that knows such filters")
        change = FilterChange(keywords=[changed])
    view = await filters.update(call.network, call.viewer_id, view.filter.id, change)
    return _answer(view, next(row for row in view.keywords if row.id == keyword.id))


@endpoint("DELETE", _ONE, scope="write:filters")
async def delete(call: Call) -> Reply:
    """Remove a keyword, and its filter where nothing else is left in it."""
    view, keyword = await _found(call)
    if len(view.keywords) > 1 or view.statuses:
        await filters.delete_keyword(call.network, call.viewer_id, keyword.id)
    else:
        await filters.delete(call.network, call.viewer_id, view.filter.id)
    return Reply({}, headers=_DEPRECATED)


async def _found(call: Call) -> tuple[FilterView, FilterKeyword]:
    keyword = await filters.get_keyword(call.network, call.viewer_id, call.path_id())
    return await filters.get(call.network, call.viewer_id, keyword.filter_id), keyword


def _change(call: Call, *, title: str | None, keyword: KeywordChange) -> FilterChange:
    params = call.params
    action = None
    if (irreversible := params.boolean("irreversible")) is not None:
        action = FilterAction.HIDE if irreversible else FilterAction.WARN
    return FilterChange(
        title=title,
        contexts=params.texts("context") if "context" in params else None,
        action=action,
        expires_in=params.integer("expires_in") if "expires_in" in params else UNSET,
        keywords=[keyword],
    )


def _answer(view: FilterView, keyword: FilterKeyword) -> Reply:
    return Reply(v1_entity(view.filter, keyword), headers=_DEPRECATED)


HANDLERS = [index, create, show, update, delete]
