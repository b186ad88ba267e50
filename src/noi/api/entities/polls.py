"""Poll: https://docs.joinmastodon.org/entities/Poll/"""

import msgspec

from noi.api.entities.dates import optional_timestamp
from noi.api.entities.emojis import EmojiEntity, emoji_entity
from noi.models.statuses import CustomEmoji, PollView
from noi.services.network import Network
from noi.services.polls import ended


class OptionEntity(msgspec.Struct):
    title: str
    votes_count: int | None


class PollEntity(msgspec.Struct, omit_defaults=True):
    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int
    voters_count: int | None
    options: list[OptionEntity]
    emojis: list[EmojiEntity]
    voted: bool | msgspec.UnsetType = msgspec.UNSET
    own_votes: list[int] | msgspec.UnsetType = msgspec.UNSET


def poll_entity(
    network: Network,
    view: PollView,
    emojis: list[CustomEmoji],
    *,
    viewer_id: int,
    own_votes: list[int] | None,
) -> PollEntity:
    """A poll as the viewer sees it: totals may be hidden until it ends."""
    poll, over = view.poll, ended(view.poll)
    hidden = poll.hide_totals and not over
    options = [
        OptionEntity(option.title, None if hidden else option.votes_count)
        for option in view.options
    ]
    entity = PollEntity(
        id=str(poll.id),
        expires_at=optional_timestamp(poll.expires_at),
        expired=over,
        multiple=poll.multiple,
        votes_count=0 if hidden else poll.votes_count,
        voters_count=poll.voters_count,
        options=options,
        emojis=[emoji_entity(network, emoji) for emoji in emojis],
    )
    if viewer_id:
        entity.voted = bool(own_votes) or viewer_id == poll.account_id
        entity.own_votes = own_votes or []
    return entity
