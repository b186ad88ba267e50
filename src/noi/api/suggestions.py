"""Whom one might follow: https://docs.joinmastodon.org/methods/suggestions/"""

from noi.api.base import Call, endpoint
from noi.api.entities.accounts import AccountEntity, account_entities
from noi.services import suggestions
from noi.services.suggestions import Suggestion

_SOURCES = {
    "followed_by": ["friends_of_friends"],
    "tag": ["similar_to_recently_followed"],
    "topic": ["similar_to_recently_followed"],
}
# Of what older versions knew, these two say whether it is for this person or for everybody.
_PERSONAL, _GLOBAL = "past_interactions", "global"


@endpoint("GET", "/api/v2/suggestions", scope="read")
async def index(call: Call) -> list[dict[str, object]]:
    """Accounts with what speaks for them; `alliance` names the provider that suggests one."""
    found = await _found(call)
    entities = {int(entity.id): entity for entity in await _entities(call, found)}
    return [
        {
            "source": _PERSONAL if one.kind in _SOURCES else _GLOBAL,
            "sources": _sources(one),
            "account": entities[one.account_id],
            **({"alliance": one.provider} if one.provider else {}),
        }
        for one in found
        if one.account_id in entities
    ]


@endpoint("GET", "/api/v1/suggestions", scope="read")
async def index_v1(call: Call) -> list[AccountEntity]:
    """The same accounts alone."""
    return await _entities(call, await _found(call))


@endpoint("DELETE", "/api/v1/suggestions/{id:str}", scope="read")
async def dismiss(call: Call) -> dict[str, object]:
    """Suggest an account no more."""
    await suggestions.dismiss(call.network, call.viewer_id, call.path_id())
    return {}


async def _found(call: Call) -> list[Suggestion]:
    limit = call.params.page(40, 80).limit
    return await suggestions.fetch(call.network, call.viewer_id, limit)


async def _entities(call: Call, found: list[Suggestion]) -> list[AccountEntity]:
    return await account_entities(call.network, [one.account_id for one in found])


def _sources(one: Suggestion) -> list[str]:
    """Mastodon calls what providers say without a reason `fasp`; people of here have none."""
    return _SOURCES.get(one.kind, ["fasp"] if one.provider else [])


HANDLERS = [index, index_v1, dismiss]
