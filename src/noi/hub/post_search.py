"""Search over consenting posts, a capability of our own: see docs/protocol/post_search.md."""

from noi.auth.fasp import Reply
from noi.hub.base import Call, fasp_route
from noi.hub.parameters import DEFAULT_LIMIT, moment, needed, page, positive
from noi.services.hub import post_search


@fasp_route("GET", "/post_search/v0/search", capability="post_search")
async def search(call: Call) -> Reply:
    """Posts by their words, the best first."""
    found = await post_search.find(
        call.network,
        needed(call, "term"),
        limit=positive(call, "limit", DEFAULT_LIMIT),
        after=call.query("after"),
        language=call.query("language"),
        host=call.query("host"),
        since=moment(call, "since"),
        until=moment(call, "until"),
    )
    return page(call, [hit.post.uri for hit in found.posts], found.next)


HANDLERS = [search]
