"""Preferences: https://docs.joinmastodon.org/methods/preferences/"""

from noi.api.base import Call, endpoint
from noi.services import preferences


@endpoint("GET", "/api/v1/preferences", scope="read:accounts")
async def show(call: Call) -> dict[str, object]:
    """How one wants to write and to read."""
    found = await preferences.get(call.network, call.viewer_id)
    return {
        "posting:default:visibility": found.visibility,
        "posting:default:sensitive": found.sensitive,
        "posting:default:language": found.language or None,
        "posting:default:quote_policy": found.quote_policy,
        "reading:expand:media": found.expand_media,
        "reading:expand:spoilers": found.expand_spoilers,
        "reading:autoplay:gifs": found.autoplay_gifs,
    }


HANDLERS = [show]
