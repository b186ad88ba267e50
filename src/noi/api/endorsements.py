"""Featured accounts: https://docs.joinmastodon.org/methods/endorsements/"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import account_entities
from noi.api.entities.relationships import RelationshipEntity, relationship_with
from noi.api.paging import paged
from noi.services import endorsements

_ACCOUNT = "/api/v1/accounts/{id:str}"


async def _endorse(call: Call) -> RelationshipEntity:
    """Feature an account that one follows."""
    target_id = call.path_id()
    await endorsements.endorse(call.network, call.viewer_id, target_id)
    return await relationship_with(call.network, call.viewer_id, target_id)


async def _unendorse(call: Call) -> RelationshipEntity:
    """Feature an account no more."""
    target_id = call.path_id()
    await endorsements.unendorse(call.network, call.viewer_id, target_id)
    return await relationship_with(call.network, call.viewer_id, target_id)


@endpoint("GET", "/api/v1/endorsements", scope="read:accounts")
async def own(call: Call) -> Reply:
    """Whom one features."""
    return await _page(call, call.viewer_id)


@endpoint("GET", f"{_ACCOUNT}/endorsements", access="public", scope="read:accounts")
async def of_account(call: Call) -> Reply:
    """Whom an account features."""
    return await _page(call, call.path_id())


async def _page(call: Call, account_id: int) -> Reply:
    page = call.params.page(40, 80)
    lines = await endorsements.page(call.network, call.viewer_id, account_id, page)
    body = await account_entities(call.network, [line.id for line in lines])
    return paged(call, page, [line.page_id for line in lines], body)


# `pin` and `unpin` are the verbs' older names.
_VERBS = {"endorse": _endorse, "pin": _endorse, "unendorse": _unendorse, "unpin": _unendorse}

HANDLERS = [
    *(
        endpoint("POST", f"{_ACCOUNT}/{name}", scope="write:accounts")(verb)
        for name, verb in _VERBS.items()
    ),
    own,
    of_account,
]
