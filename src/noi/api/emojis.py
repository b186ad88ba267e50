"""Custom emojis: https://docs.joinmastodon.org/methods/custom_emojis/"""

from noi.api.base import Call, endpoint
from noi.api.entities.emojis import emoji_entity
from noi.services import emojis


@endpoint("GET", "/api/v1/custom_emojis", access="public")
async def index(call: Call) -> object:
    """The network's own emojis."""
    return [emoji_entity(call.network, emoji) for emoji in await emojis.fetch_all(call.network)]


HANDLERS = [index]
