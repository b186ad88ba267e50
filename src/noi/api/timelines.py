"""Timelines: https://docs.joinmastodon.org/methods/timelines/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.hot_paths import hot_endpoint
from noi.api.paging import paged
from noi.api.rendering import statuses_json
from noi.models.errors import Invalid
from noi.models.paging import Page
from noi.models.statuses import StatusRef
from noi.services import settings, timelines


async def statuses_page(call: Call, page: Page, refs: list[StatusRef], context: str) -> Reply:
    """Answer a page of statuses, paged by what the page is sorted by."""
    body = await statuses_json(call.network, call.viewer, refs, context)
    return paged(call, page, [ref.page_id for ref in refs], body)


@hot_endpoint("/api/v1/timelines/home", scope="read:statuses")
async def home(call: Call) -> Reply:
    """What those one follows post."""
    page = call.params.page()
    refs = await timelines.home(call.network, call.person, page)
    return await statuses_page(call, page, refs, "home")


@hot_endpoint("/api/v1/timelines/public", scope="read:statuses", access="public")
async def public(call: Call) -> Reply:
    """Public statuses of everyone, or with `local` of this network."""
    await _check_preview(call)
    page, params = call.params.page(), call.params
    refs = await timelines.public(
        call.network,
        call.viewer_id,
        page,
        local=params.flag("local"),
        remote=params.flag("remote"),
        only_media=params.flag("only_media"),
    )
    return await statuses_page(call, page, refs, "public")


@hot_endpoint("/api/v1/timelines/tag/{name:str}", scope="read:statuses", access="public")
async def hashtag(call: Call) -> Reply:
    """Public statuses with a hashtag, in all its spellings."""
    await _check_preview(call)
    page, params = call.params.page(), call.params
    refs = await timelines.hashtag(
        call.network,
        call.viewer_id,
        call.request.path_params["name"],
        page,
        any_of=params.texts("any", most=4),
        all_of=params.texts("all", most=4),
        none_of=params.texts("none", most=4),
        local=params.flag("local"),
        remote=params.flag("remote"),
        only_media=params.flag("only_media"),
    )
    return await statuses_page(call, page, refs, "public")


@hot_endpoint("/api/v1/timelines/list/{id:str}", scope="read:lists")
async def of_list(call: Call) -> Reply:
    """What the members of one of one's lists post."""
    page = call.params.page()
    refs = await timelines.list_timeline(call.network, call.person, call.path_id(), page)
    return await statuses_page(call, page, refs, "home")


@endpoint("GET", "/api/v1/timelines/link", scope="read:statuses", access="public")
async def link(call: Call) -> Reply:
    """Public statuses that link to an address."""
    await _check_preview(call)
    page = call.params.page()
    url = call.params.required("url", max_length=2048)
    refs = await timelines.with_link(call.network, call.viewer_id, url, page)
    return await statuses_page(call, page, refs, "public")


@endpoint("GET", "/api/v1/timelines/direct", scope="read:statuses")
async def direct(call: Call) -> Reply:
    """Direct statuses, for apps that do not know conversations yet."""
    page = call.params.page()
    refs = await timelines.direct(call.network, call.person, page)
    return await statuses_page(call, page, refs, "home")


@endpoint("GET", "/api/v1/favourites", scope="read:favourites")
async def favourites(call: Call) -> Reply:
    """What one has favourited."""
    page = call.params.page()
    refs = await timelines.favourited(call.network, call.person, page)
    return await statuses_page(call, page, refs, "home")


@endpoint("GET", "/api/v1/bookmarks", scope="read:bookmarks")
async def bookmarks(call: Call) -> Reply:
    """What one has bookmarked."""
    page = call.params.page()
    refs = await timelines.bookmarked(call.network, call.person, page)
    return await statuses_page(call, page, refs, "home")


@endpoint("GET", "/api/v1/accounts/{id:str}/statuses", scope="read:statuses", access="public")
async def of_account(call: Call) -> Reply:
    """What one account posts, or with `pinned` what it has pinned."""
    page, params, account_id = call.params.page(), call.params, call.path_id()
    if params.flag("pinned"):
        refs = await timelines.pinned(call.network, call.viewer_id, account_id)
        return Reply(await statuses_json(call.network, call.viewer, refs, "account"))
    refs = await timelines.by_account(
        call.network,
        call.viewer_id,
        account_id,
        page,
        only_media=params.flag("only_media"),
        exclude_replies=params.flag("exclude_replies"),
        exclude_reblogs=params.flag("exclude_reblogs"),
        tag=params.text("tagged", max_length=200),
    )
    return await statuses_page(call, page, refs, "account")


async def _check_preview(call: Call) -> None:
    if call.viewer is None and not (await settings.get(call.network)).local_timeline_public:
        raise Invalid("This method requires an authenticated user")


HANDLERS = [
    home,
    public,
    hashtag,
    of_list,
    link,
    direct,
    favourites,
    bookmarks,
    of_account,
]
