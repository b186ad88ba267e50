"""Tag and FeaturedTag: https://docs.joinmastodon.org/entities/Tag/"""

from urllib.parse import quote

import msgspec

from noi.api.entities.dates import day
from noi.db.featured_tags import FeaturedTag
from noi.models.accounts import Account
from noi.models.ids import id_time
from noi.services.network import Network
from noi.services.tags import TagView


class TagHistoryEntity(msgspec.Struct):
    """Numbers as strings; `day` in seconds since 1970."""

    day: str
    uses: str
    accounts: str


class TagEntity(msgspec.Struct):
    """`following` and `featuring` only for someone signed in."""

    id: str
    name: str
    url: str
    history: list[TagHistoryEntity]
    following: bool | msgspec.UnsetType = msgspec.UNSET
    featuring: bool | msgspec.UnsetType = msgspec.UNSET


class FeaturedTagEntity(msgspec.Struct):
    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


def tag_entity(network: Network, view: TagView, *, signed_in: bool) -> TagEntity:
    """A tag with its use in the last days."""
    name = view.tag.name.lower()
    entity = TagEntity(
        id=str(view.tag.id),
        name=name,
        url=f"{network.settings.origin}/tags/{quote(name)}",
        history=[
            TagHistoryEntity(str(day.start // 1000), str(day.uses), str(day.accounts))
            for day in view.history
        ],
    )
    if signed_in:
        entity.following, entity.featuring = view.following, view.featuring
    return entity


def featured_tag_entity(network: Network, owner: Account, row: FeaturedTag) -> FeaturedTagEntity:
    """A tag on its owner's profile."""
    last = None if row.last_status_id is None else id_time(row.last_status_id)
    return FeaturedTagEntity(
        id=str(row.id),
        name=row.name,
        url=f"{network.settings.origin}/@{owner.handle}/tagged/{quote(row.name)}",
        statuses_count=str(row.statuses_count),
        last_status_at=day(last),
    )
