"""Reactions to statuses, as apps of Pleroma's kin know them.

See https://docs.pleroma.social/backend/development/API/pleroma_api/#put-apiv1pleromastatusesidreactionsemoji
"""

from noi.api.base import Call, Reply, endpoint
from noi.api.entities.accounts import account_entities
from noi.api.entities.reactions import reaction_entity
from noi.api.rendering import status_json
from noi.services import reactions


@endpoint(
    "PUT", "/api/v1/pleroma/statuses/{id:str}/reactions/{emoji:str}", scope="write:favourites"
)
async def react(call: Call) -> Reply:
    """React to a status with an emoji, or the shortcode of one of this network's."""
    account_id, content = call.person.account_id, _content(call)
    status_id = await reactions.react(call.network, account_id, call.path_id(), content)
    return Reply(await status_json(call.network, call.viewer, status_id))


@endpoint(
    "DELETE", "/api/v1/pleroma/statuses/{id:str}/reactions/{emoji:str}", scope="write:favourites"
)
async def unreact(call: Call) -> Reply:
    """Take a reaction back."""
    account_id, content = call.person.account_id, _content(call)
    status_id = await reactions.unreact(call.network, account_id, call.path_id(), content)
    return Reply(await status_json(call.network, call.viewer, status_id))


@endpoint(
    "GET", "/api/v1/pleroma/statuses/{id:str}/reactions", scope="read:statuses", access="public"
)
async def show(call: Call) -> object:
    """Who reacted to a status, and with what."""
    return await _shown(call)


@endpoint(
    "GET",
    "/api/v1/pleroma/statuses/{id:str}/reactions/{emoji:str}",
    scope="read:statuses",
    access="public",
)
async def show_one(call: Call) -> object:
    """Who reacted to a status with one emoji."""
    wanted = str(call.request.path_params["emoji"]).strip(":")
    return [entity for entity in await _shown(call) if entity["name"] == wanted]


async def _shown(call: Call) -> list[dict[str, object]]:
    found = await reactions.reacted_by(call.network, call.viewer_id, call.path_id())
    status_id = found[0][0].status_id if found else 0
    own = (await reactions.own(call.network, call.viewer_id, [status_id])).get(status_id, set())
    shown: list[dict[str, object]] = []
    for reaction, people in found:
        entity = reaction_entity(call.network, reaction, own)
        accounts = await account_entities(call.network, [account.id for account in people])
        shown.append(
            {"name": entity.name, "count": entity.count, "me": entity.me, "accounts": accounts}
        )
    return shown


def _content(call: Call) -> str:
    text = str(call.request.path_params["emoji"])
    return f":{text.strip(':')}:" if text.isascii() and "@" not in text and len(text) > 1 else text


HANDLERS = [react, unreact, show, show_one]
