"""Domains one blocks for oneself: https://docs.joinmastodon.org/methods/domain_blocks/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.paging import paged
from noi.services import domain_blocks

_PATH = "/api/v1/domain_blocks"


@endpoint("GET", _PATH, scope="read:blocks")
async def index(call: Call) -> Reply:
    """Which domains one blocks."""
    page = call.params.page(100, 200)
    rows = await domain_blocks.page(call.network, call.viewer_id, page)
    return paged(call, page, [id_ for id_, _ in rows], [domain for _, domain in rows])


@endpoint("GET", f"{_PATH}/preview", scope="write:blocks")
async def preview(call: Call) -> dict[str, int]:
    """How many follows and followers a block would end."""
    domain = call.params.required("domain")
    following, followers = await domain_blocks.preview(call.network, call.viewer_id, domain)
    return {"following_count": following, "followers_count": followers}


@endpoint("POST", _PATH, scope="write:blocks")
async def block(call: Call) -> dict[str, object]:
    """Block a domain."""
    await domain_blocks.block(call.network, call.viewer_id, call.params.required("domain"))
    return {}


@endpoint("DELETE", _PATH, scope="write:blocks")
async def unblock(call: Call) -> dict[str, object]:
    """Unblock a domain."""
    await domain_blocks.unblock(call.network, call.viewer_id, call.params.required("domain"))
    return {}


HANDLERS = [index, preview, block, unblock]
