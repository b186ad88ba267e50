"""Grouped notifications: https://docs.joinmastodon.org/methods/grouped_notifications/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import AccountEntity, account_entities
from noi.api.entities.notification_groups import GroupedResults, grouped_results
from noi.api.notifications import kinds_of, unread_limit
from noi.api.paging import link_header
from noi.models.paging import Page
from noi.services import notification_groups, notifications
from noi.services.notification_groups import GROUPED, GroupPage

_PATH = "/api/v2/notifications"
_GROUP = "/api/v2/notifications/{key:str}"


@endpoint("GET", _PATH, scope="read:notifications")
async def index(call: Call) -> Reply:
    """What happened to one, in groups, newest first."""
    page, params = call.params.page(40, 80), call.params
    found = await notification_groups.page(
        call.network,
        call.viewer_id,
        page,
        kinds=kinds_of(call),
        grouped=_grouped(call),
        from_account_id=params.id("account_id"),
    )
    body = await grouped_results(
        call.network,
        call.person,
        found.groups,
        partial_avatars=params.text("expand_accounts") == "partial_avatars",
    )
    return Reply(body, headers=link_header(call, page, _cursors(page, found)))


@endpoint("GET", f"{_PATH}/unread_count", scope="read:notifications")
async def unread_count(call: Call) -> dict[str, int]:
    """How many groups have something above the reading marker."""
    count = await notification_groups.count_unread(
        call.network,
        call.viewer_id,
        limit=unread_limit(call),
        kinds=kinds_of(call),
        grouped=_grouped(call),
        from_account_id=call.params.id("account_id"),
    )
    return {"count": count}


@endpoint("POST", f"{_PATH}/clear", scope="write:notifications")
async def clear(call: Call) -> dict[str, object]:
    """Remove all."""
    await notifications.clear(call.network, call.viewer_id)
    return {}


@endpoint("GET", _GROUP, scope="read:notifications")
async def show(call: Call) -> GroupedResults:
    """One group."""
    group = await notification_groups.get(call.network, call.viewer_id, _key(call))
    return await grouped_results(call.network, call.person, [group])


@endpoint("GET", f"{_GROUP}/accounts", scope="write:notifications read:notifications")
async def accounts(call: Call) -> list[AccountEntity]:
    """Everyone of a group, the latest first; at most 1,000."""
    page = Page(limit=1000)
    rows = await notification_groups.rows_of(call.network, call.viewer_id, _key(call), page)
    return await account_entities(call.network, [row.from_account_id for row in rows])


@endpoint("POST", f"{_GROUP}/dismiss", scope="write:notifications")
async def dismiss(call: Call) -> dict[str, object]:
    """Remove one group."""
    await notification_groups.dismiss(call.network, call.viewer_id, _key(call))
    return {}


def _key(call: Call) -> str:
    return call.request.path_params["key"]


def _grouped(call: Call) -> list[str]:
    if "grouped_types" not in call.params:
        return list(GROUPED)
    return call.params.texts("grouped_types", most=40)


def _cursors(page: Page, found: GroupPage) -> list[int]:
    """The ends of the page; as many as its limit where there is a next page."""
    if not found.groups:
        return []
    return [found.newest_id, *[found.oldest_id] * (page.limit if found.more else 0)]


HANDLERS = [index, unread_count, clear, show, accounts, dismiss]
