"""Announcements: https://docs.joinmastodon.org/methods/announcements/"""

from noi.api.base import Call, endpoint


@endpoint("GET", "/api/v1/announcements")
async def index(call: Call) -> object:
    """What the staff has announced."""
    return []


HANDLERS = [index]
