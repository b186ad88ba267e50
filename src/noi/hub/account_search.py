"""FASP's account search: people who want to be found, as addresses of their actors.

https://github.com/mastodon/fediverse_auxiliary_service_provider_specifications,
discovery/account_search/v0.1
"""

from noi.auth.fasp import Reply
from noi.hub.base import Call, fasp_route
from noi.hub.parameters import DEFAULT_LIMIT, needed, page, positive
from noi.services.hub import account_search


@fasp_route("GET", "/account_search/v0/search", capability="account_search")
async def search(call: Call) -> Reply:
    """People by name, handle, bio and hashtags, the best first."""
    found = await account_search.find(
        call.network,
        needed(call, "term"),
        limit=positive(call, "limit", DEFAULT_LIMIT),
        after=call.query("after"),
        language=call.query("language"),
        host=call.query("host"),
    )
    return page(call, [account.uri for account in found.accounts], found.next)


HANDLERS = [search]
