"""FASP's trends: posts, hashtags and links that are talked about more than usual.

https://github.com/mastodon/fediverse_auxiliary_service_provider_specifications,
discovery/trends/v0.1. How they are counted stands in services/hub/trends.py.
"""

from collections.abc import Awaitable
from typing import Protocol

from noi.auth.fasp import Reply
from noi.hub.base import Call, fasp_route
from noi.hub.parameters import DEFAULT_LIMIT, positive
from noi.models.hub_finding import Trend
from noi.services.hub import trends
from noi.services.network import Network

_DEFAULT_HOURS = 24


class _Find(Protocol):
    def __call__(
        self, network: Network, *, hours: int, limit: int, language: str
    ) -> Awaitable[list[Trend]]: ...


@fasp_route("GET", "/trends/v0/content", capability="trends")
async def content(call: Call) -> Reply:
    """Posts."""
    return await _told(call, trends.posts, "content", "uri", examples=False)


@fasp_route("GET", "/trends/v0/hashtags", capability="trends")
async def hashtags(call: Call) -> Reply:
    """Hashtags, each with some posts that have it."""
    return await _told(call, trends.hashtags, "hashtags", "name", mark="#")


@fasp_route("GET", "/trends/v0/links", capability="trends")
async def links(call: Call) -> Reply:
    """Links, each with some posts that have it."""
    return await _told(call, trends.links, "links", "url")


async def _told(
    call: Call, find: _Find, key: str, name: str, *, mark: str = "", examples: bool = True
) -> Reply:
    found = await find(
        call.network,
        hours=min(positive(call, "withinLastHours", _DEFAULT_HOURS), trends.HOURS[-1]),
        limit=positive(call, "maxCount", DEFAULT_LIMIT),
        language=call.query("language"),
    )
    told: list[dict[str, object]] = []
    for trend in found:
        one: dict[str, object] = {name: f"{mark}{trend.name}", "rank": trend.rank}
        one["distribution"] = trend.hourly
        if examples:
            one["examples"] = [hit.post.uri for hit in trend.examples]
        told.append(one)
    return Reply({key: told})


HANDLERS = [content, hashtags, links]
