"""Notifications: https://docs.joinmastodon.org/methods/notifications/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.notifications import NotificationEntity, notification_entities
from noi.api.paging import paged
from noi.models.errors import BadRequest, NotFound
from noi.models.notifications import NotificationKind
from noi.services import notifications

_PATH = "/api/v1/notifications"
_MOST_KINDS = 40


@endpoint("GET", _PATH, scope="read:notifications")
async def index(call: Call) -> Reply:
    """What happened to one, newest first."""
    page = call.params.page(40, 80)
    found = await notifications.page(
        call.network,
        call.viewer_id,
        page,
        kinds=kinds_of(call),
        from_account_id=call.params.id("account_id"),
        with_filtered=call.params.flag("include_filtered"),
    )
    body = await notification_entities(call.network, call.person, found)
    return paged(call, page, [row.id for row in found], body)


@endpoint("GET", f"{_PATH}/unread_count", scope="read:notifications")
async def unread_count(call: Call) -> dict[str, int]:
    """How many lie above the reading marker, counted up to `limit`."""
    count = await notifications.count_unread(
        call.network,
        call.viewer_id,
        limit=unread_limit(call),
        kinds=kinds_of(call),
        from_account_id=call.params.id("account_id"),
    )
    return {"count": count}


@endpoint("GET", f"{_PATH}/{{id:str}}", scope="read:notifications")
async def show(call: Call) -> NotificationEntity:
    """One notification."""
    found = await notifications.get(call.network, call.viewer_id, call.path_id())
    entities = await notification_entities(call.network, call.person, [found])
    if not entities:
        raise NotFound
    return entities[0]


@endpoint("POST", f"{_PATH}/clear", scope="write:notifications")
async def clear(call: Call) -> dict[str, object]:
    """Remove all."""
    await notifications.clear(call.network, call.viewer_id)
    return {}


@endpoint("POST", f"{_PATH}/{{id:str}}/dismiss", scope="write:notifications")
async def dismiss(call: Call) -> dict[str, object]:
    """Remove one."""
    await notifications.dismiss(call.network, call.viewer_id, call.path_id())
    return {}


@endpoint("POST", f"{_PATH}/dismiss", scope="write:notifications")
async def dismiss_named(call: Call) -> dict[str, object]:
    """Remove one, named in the body as old apps do."""
    await notifications.dismiss(call.network, call.viewer_id, call.params.id("id") or 0)
    return {}


def unread_limit(call: Call) -> int:
    """Up to where unread ones are counted; raises BadRequest for a negative limit."""
    limit = call.params.integer("limit")
    if limit is not None and limit < 0:
        raise BadRequest("limit must not be negative")
    return limit or 100


def kinds_of(call: Call) -> list[str] | None:
    """What `types[]` and `exclude_types[]` leave; None for all. Unknown types are nothing."""
    wanted = call.params.texts("types", most=_MOST_KINDS)
    unwanted = call.params.texts("exclude_types", most=_MOST_KINDS)
    if not wanted and not unwanted:
        return None
    return [
        kind for kind in NotificationKind if kind not in unwanted and (not wanted or kind in wanted)
    ]


HANDLERS = [index, unread_count, show, clear, dismiss, dismiss_named]
