"""CustomEmoji: https://docs.joinmastodon.org/entities/CustomEmoji/"""

import msgspec

from noi.models.statuses import CustomEmoji
from noi.services.network import Network


class EmojiEntity(msgspec.Struct):
    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | None


def emoji_entity(network: Network, emoji: CustomEmoji) -> EmojiEntity:
    """One custom emoji."""
    return EmojiEntity(
        shortcode=emoji.shortcode,
        url=network.storage.url(emoji.image),
        static_url=network.storage.url(emoji.image_static),
        visible_in_picker=emoji.visible,
        category=emoji.category or None,
    )
