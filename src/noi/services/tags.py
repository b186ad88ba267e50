"""Hashtags as readers meet them: how much they are used, who follows and features them."""

import msgspec

from noi.db import featured_tags, followed_tags, locks
from noi.db import tags as table
from noi.db.database import Transaction
from noi.db.featured_tags import FeaturedTag
from noi.db.followed_tags import FollowedTag
from noi.models.errors import Invalid, NotFound
from noi.models.ids import first_id_at, now_ms
from noi.models.paging import Page
from noi.models.statuses import Tag
from noi.services.network import Network
from noi.text.hashtags import display, family_key, tag_key, valid_tag

MAX_FOLLOWED = 1000
MAX_FEATURED = 10
MAX_NAME = 100
HISTORY_DAYS = 7
_DAY_MS = 86_400_000


class TagDay(msgspec.Struct, frozen=True):
    """The public uses of a tag on one day; `start` is midnight UTC in ms."""

    start: int
    uses: int
    accounts: int


class TagView(msgspec.Struct, frozen=True):
    """A tag with its last days, newest first, and how the viewer stands to it."""

    tag: Tag
    history: list[TagDay]
    following: bool
    featuring: bool


async def get(network: Network, viewer_id: int, name: str) -> TagView:
    """A tag by any spelling, also one never used; raises NotFound for what is no tag."""
    key = _checked(name)
    tag = await table.get(network.db, key) or Tag(0, key, family_key(name), display(name))
    return (await views(network, viewer_id, [tag]))[0]


async def views(network: Network, viewer_id: int, tags: list[Tag]) -> list[TagView]:
    """Tags with what a reader sees beside them; `viewer_id` 0 for someone not signed in."""
    ids = [tag.id for tag in tags if tag.id]
    today = now_ms() // _DAY_MS
    since = first_id_at((today - HISTORY_DAYS + 1) * _DAY_MS)
    used = await followed_tags.uses(network.db, ids, since) if ids else []
    by_day = {(use.tag_id, use.day): use for use in used}
    marks = await followed_tags.marks(network.db, viewer_id, ids) if ids and viewer_id else {}

    def day_of(tag: Tag, day: int) -> TagDay:
        use = by_day.get((tag.id, day))
        return TagDay(day * _DAY_MS, use.uses if use else 0, use.accounts if use else 0)

    found: list[TagView] = []
    for tag in tags:
        mark = marks.get(tag.id)
        history = [day_of(tag, today - ago) for ago in range(HISTORY_DAYS)]
        following, featuring = (mark.following, mark.featuring) if mark else (False, False)
        found.append(TagView(tag, history, following, featuring))
    return found


async def follow(network: Network, account_id: int, name: str) -> TagView:
    """Follow a tag; raises NotFound for what is no tag, Invalid beyond 1,000."""

    async def work(tx: Transaction) -> Tag:
        await locks.owner(tx, account_id)
        tag = await _ensure(network, tx, name)
        new = await followed_tags.insert(tx, network.ids.next(), account_id, tag.id)
        if new and await followed_tags.count(tx, account_id) > MAX_FOLLOWED:
            raise Invalid("You can follow at most {count} hashtags", count=MAX_FOLLOWED)
        return tag

    return (await views(network, account_id, [await network.db.transaction(work)]))[0]


async def unfollow(network: Network, account_id: int, name: str) -> TagView:
    """Follow a tag no more; raises NotFound for what is no tag."""
    view = await get(network, account_id, name)
    if view.following:
        await network.db.transaction(lambda tx: followed_tags.delete(tx, account_id, view.tag.id))
    return msgspec.structs.replace(view, following=False)


async def followed(network: Network, account_id: int, page: Page) -> list[FollowedTag]:
    """The tags that an account follows, last first."""
    return await followed_tags.page(network.db, account_id, page)


async def feature(network: Network, account_id: int, name: str) -> FeaturedTag:
    """Feature a tag on one's profile; raises NotFound for what is no tag, Invalid beyond 10."""

    async def work(tx: Transaction) -> Tag:
        await locks.owner(tx, account_id)
        tag = await _ensure(network, tx, name)
        spelling = display(name.strip())
        new = await featured_tags.insert(tx, network.ids.next(), account_id, tag.id, spelling)
        if new and await featured_tags.count(tx, account_id) > MAX_FEATURED:
            raise Invalid("You can feature at most {count} hashtags", count=MAX_FEATURED)
        return tag

    tag = await network.db.transaction(work)
    rows = await featured_tags.all_of(network.db, account_id)
    return next(row for row in rows if row.tag_id == tag.id)


async def unfeature(network: Network, account_id: int, featured_id: int) -> None:
    """Feature a tag no more, by the row's id; raises NotFound."""

    async def work(tx: Transaction) -> None:
        if not await featured_tags.delete(tx, account_id, featured_id):
            raise NotFound

    await network.db.transaction(work)


async def unfeature_tag(network: Network, account_id: int, name: str) -> TagView:
    """Feature a tag no more; raises NotFound for what is no tag."""
    view = await get(network, account_id, name)
    if view.featuring:
        await network.db.transaction(
            lambda tx: featured_tags.delete_tag(tx, account_id, view.tag.id)
        )
    return msgspec.structs.replace(view, featuring=False)


async def featured(network: Network, account_id: int) -> list[FeaturedTag]:
    """The tags that an account features, oldest first."""
    return await featured_tags.all_of(network.db, account_id)


async def suggestions(network: Network, account_id: int) -> list[TagView]:
    """What one uses most of late and does not feature."""
    ids = await featured_tags.most_used(network.db, account_id, MAX_FEATURED)
    tags = [await table.get_by_id(network.db, id_) for id_ in ids]
    return await views(network, account_id, [tag for tag in tags if tag is not None])


async def _ensure(network: Network, tx: Transaction, name: str) -> Tag:
    key = _checked(name)
    return await table.ensure(
        tx, network.ids.next(), key=key, family=family_key(name), name=display(name.strip())
    )


def _checked(name: str) -> str:
    if len(name) > MAX_NAME or not valid_tag(name.strip()):
        raise NotFound
    return tag_key(name.strip())
