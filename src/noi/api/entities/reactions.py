"""Reactions, as Pleroma's kin have them: `pleroma.emoji_reactions` of a status.

See https://docs.pleroma.social/backend/development/API/differences_in_mastoapi_responses/#statuses
"""

from collections.abc import Collection, Sequence

import msgspec

from noi.models.statuses import Reaction
from noi.services.network import Network


class ReactionEntity(msgspec.Struct):
    """`name` is an emoji, or `shortcode` or `shortcode@domain` of a custom one."""

    name: str
    count: int
    me: bool
    url: str | None
    static_url: str | None


def reaction_entity(network: Network, reaction: Reaction, own: Collection[str]) -> ReactionEntity:
    """One reaction; `own` are the names of those of the reader."""
    emoji = reaction.emoji
    return ReactionEntity(
        name=reaction.name.removesuffix("@"),
        count=reaction.count,
        me=reaction.name in own,
        url=network.storage.url(emoji.image) if emoji else None,
        static_url=network.storage.url(emoji.image_static) if emoji else None,
    )


def spliced(network: Network, reactions: Sequence[Reaction], own: Collection[str]) -> bytes:
    """What stands in a status that somebody has reacted to."""
    entities = [reaction_entity(network, reaction, own) for reaction in reactions]
    return b',"pleroma":{"emoji_reactions":%b}' % msgspec.json.encode(entities)
