"""Timelines: pages of references, each with what it takes to show it."""

from noi.db import distribution, lists, timelines
from noi.db import tags as tag_rows
from noi.db.database import Transaction
from noi.models.accounts import Viewer
from noi.models.errors import NotFound
from noi.models.paging import Page
from noi.models.statuses import StatusRef
from noi.services.network import Network
from noi.text.hashtags import family_key, tag_key

_MERGED_ACCOUNTS = 200
_MERGED_STATUSES = 20


async def home(network: Network, viewer: Viewer, page: Page) -> list[StatusRef]:
    """The home timeline, rebuilt first for someone who was away for long."""
    refs = await timelines.stored(network.db, viewer.account_id, viewer.account_id, page)
    first = page.max_id is None and page.since_id is None and page.min_id is None
    # One's own posts come into a home that rests, too, so it need not be empty.
    if first and len(refs) < page.limit and await distribution.rests(network.db, viewer.account_id):
        await network.db.transaction(lambda tx: build_home(tx, viewer.account_id))
        refs = await timelines.stored(network.db, viewer.account_id, viewer.account_id, page)
    return refs


async def build_home(tx: Transaction, account_id: int) -> None:
    """Fill a home that is not kept up to date with the newest of those it follows."""
    if await distribution.home_built_at(tx, account_id) is not None:
        return
    await distribution.mark_home_built(tx, account_id)
    followed = await distribution.followed(tx, account_id, limit=_MERGED_ACCOUNTS)
    for author_id in [account_id, *followed]:
        await distribution.merge_recent(tx, account_id, author_id, limit=_MERGED_STATUSES)
    await timelines.trim(tx, account_id)


async def list_timeline(
    network: Network, viewer: Viewer, list_id: int, page: Page
) -> list[StatusRef]:
    """The timeline of one of the viewer's lists; raises NotFound for another's."""
    if await lists.get(network.db, viewer.account_id, list_id) is None:
        raise NotFound
    return await timelines.stored(network.db, viewer.account_id, list_id, page)


async def hashtag(
    network: Network,
    viewer_id: int,
    name: str,
    page: Page,
    *,
    exact: bool = False,
    any_of: list[str] | None = None,
    all_of: list[str] | None = None,
    none_of: list[str] | None = None,
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[StatusRef]:
    """Public statuses with a hashtag in any of its spellings, or with `exact` in that one only."""
    tag_id = 0
    if exact:
        tag = await tag_rows.get(network.db, tag_key(name))
        if tag is None:
            return []
        tag_id = tag.id
    return await timelines.tagged(
        network.db,
        viewer_id,
        page,
        family="" if exact else family_key(name),
        tag_id=tag_id,
        any_of=[family_key(other) for other in any_of or []],
        all_of=[family_key(other) for other in all_of or []],
        none_of=[family_key(other) for other in none_of or []],
        local=local,
        remote=remote,
        only_media=only_media,
    )


async def public(
    network: Network,
    viewer_id: int,
    page: Page,
    *,
    local: bool = False,
    remote: bool = False,
    only_media: bool = False,
) -> list[StatusRef]:
    """Public statuses of everyone, of this network, or of others."""
    return await timelines.public(
        network.db, viewer_id, page, local=local, remote=remote, only_media=only_media
    )


async def by_account(
    network: Network,
    viewer_id: int,
    account_id: int,
    page: Page,
    *,
    only_media: bool = False,
    exclude_replies: bool = False,
    exclude_reblogs: bool = False,
    tag: str = "",
) -> list[StatusRef]:
    """What one account posted and reblogged, as far as the viewer may see it."""
    return await timelines.by_account(
        network.db,
        viewer_id,
        account_id,
        page,
        only_media=only_media,
        exclude_replies=exclude_replies,
        exclude_reblogs=exclude_reblogs,
        tag_key=tag_key(tag) if tag else "",
    )


async def pinned(network: Network, viewer_id: int, account_id: int) -> list[StatusRef]:
    """What an account has pinned, last first."""
    return await timelines.pinned(network.db, viewer_id, account_id)


async def favourited(network: Network, viewer: Viewer, page: Page) -> list[StatusRef]:
    """What the viewer has favourited, last first; paged by `page_id`."""
    return await timelines.favourited(network.db, viewer.account_id, page)


async def bookmarked(network: Network, viewer: Viewer, page: Page) -> list[StatusRef]:
    """What the viewer has bookmarked, last first; paged by `page_id`."""
    return await timelines.bookmarked(network.db, viewer.account_id, page)


async def direct(network: Network, viewer: Viewer, page: Page) -> list[StatusRef]:
    """Direct statuses from and to the viewer."""
    return await timelines.direct(network.db, viewer.account_id, page)


async def with_link(network: Network, viewer_id: int, url: str, page: Page) -> list[StatusRef]:
    """Public statuses with a preview card of that address."""
    return await timelines.with_link(network.db, viewer_id, url, page)


async def by_ids(network: Network, viewer_id: int, ids: list[int]) -> list[StatusRef]:
    """Those of some statuses that the viewer may see, in the order of `ids`."""
    return await timelines.by_ids(network.db, viewer_id, ids)
