"""Quotes of a status: https://docs.joinmastodon.org/methods/statuses/#quotes"""

from noi.api.base import Call, Reply, endpoint
from noi.api.paging import paged
from noi.api.rendering import status_json, statuses_json
from noi.services import quotes, timelines


@endpoint("GET", "/api/v1/statuses/{id:str}/quotes", scope="read:statuses")
async def quoting(call: Call) -> Reply:
    """What quotes a status, newest first, as far as one may see it."""
    page = call.params.page(20, 40)
    ids = await quotes.quoting(call.network, call.viewer_id, call.path_id(), page)
    refs = await timelines.by_ids(call.network, call.viewer_id, ids)
    body = await statuses_json(call.network, call.viewer, refs, "thread")
    return paged(call, page, ids, body)


@endpoint(
    "POST", "/api/v1/statuses/{id:str}/quotes/{quoting_id:str}/revoke", scope="write:statuses"
)
async def revoke(call: Call) -> Reply:
    """Take back the leave to quote one's own status; the answer is the one that quoted it."""
    quoting_id = call.path_id("quoting_id")
    await quotes.revoke(call.network, call.person.account_id, call.path_id(), quoting_id)
    return Reply(await status_json(call.network, call.viewer, quoting_id))


@endpoint(["PUT", "PATCH"], "/api/v1/statuses/{id:str}/interaction_policy", scope="write:statuses")
async def set_policy(call: Call) -> Reply:
    """Change who may quote one's own status."""
    policy = call.params.required("quote_approval_policy")
    status_id = call.path_id()
    await quotes.set_policy(call.network, call.person.account_id, status_id, policy)
    return Reply(await status_json(call.network, call.viewer, status_id))


HANDLERS = [quoting, revoke, set_policy]
