"""Search: https://docs.joinmastodon.org/methods/search/"""

import msgspec

from noi.api.base import Call, endpoint
from noi.api.entities.accounts import AccountEntity, account_entities
from noi.api.entities.tags import tag_entity
from noi.api.rendering import statuses_json
from noi.models.errors import Unauthorized
from noi.models.search import ALL_KINDS, SearchKind, SearchResults
from noi.services import search, tags

_MOST_SHOWN = 40


@endpoint("GET", "/api/v2/search", scope="read:search", access="public")
async def everything(call: Call) -> dict[str, object]:
    """Accounts, statuses and hashtags; `alliance` says which provider of it has found what."""
    found = await _found(call)
    views = await tags.views(call.network, call.viewer_id, found.tags)
    signed_in = call.viewer is not None
    return {
        "accounts": await account_entities(call.network, [row.id for row in found.accounts]),
        "statuses": await _statuses(call, found),
        "hashtags": [tag_entity(call.network, view, signed_in=signed_in) for view in views],
        "collections": [],
        **_found_by(found),
    }


@endpoint("GET", "/api/v1/search", scope="read:search", access="public")
async def everything_v1(call: Call) -> dict[str, object]:
    """The same for older apps, with hashtags as plain names."""
    found = await _found(call)
    return {
        "accounts": await account_entities(call.network, [row.id for row in found.accounts]),
        "statuses": await _statuses(call, found),
        "hashtags": [tag.name.lower() for tag in found.tags],
    }


@endpoint("GET", "/api/v1/accounts/search", scope="read:accounts")
async def accounts(call: Call) -> list[AccountEntity]:
    """Accounts alone, as one types their name."""
    found = await search.search(
        call.network,
        call.person,
        call.params.text("q"),
        kinds={SearchKind.ACCOUNTS},
        limit=call.params.page(40, 80).limit,
        offset=call.params.offset(),
        following=call.params.flag("following"),
        resolve=call.params.flag("resolve"),
    )
    return await account_entities(call.network, [row.id for row in found.accounts])


async def _found(call: Call) -> SearchResults:
    params = call.params
    offset, resolve = params.offset(), params.flag("resolve")
    if call.viewer is None and (offset or resolve):
        raise Unauthorized("Search queries that resolve or page need a signed-in user")
    kind = params.text("type")
    return await search.search(
        call.network,
        call.viewer,
        params.required("q"),
        kinds={SearchKind(kind)} if kind in ALL_KINDS else ALL_KINDS,
        limit=params.page(20, _MOST_SHOWN).limit,
        offset=offset,
        account_id=params.id("account_id"),
        max_id=params.id("max_id"),
        min_id=params.id("min_id"),
        following=params.flag("following"),
        resolve=resolve,
        alliance=True,
    )


def _found_by(found: SearchResults) -> dict[str, object]:
    """Who in the alliance has found what of other networks, by ids."""
    if not (found.accounts_by or found.statuses_by):
        return {}
    people = _named(found.accounts_by, [row.id for row in found.accounts])
    posts = _named(found.statuses_by, [ref.id for ref in found.statuses])
    return {"alliance": {"accounts": people, "statuses": posts}}


def _named(by: dict[int, str], ids: list[int]) -> dict[str, str]:
    return {str(id_): by[id_] for id_ in ids if id_ in by}


async def _statuses(call: Call, found: SearchResults) -> msgspec.Raw:
    return msgspec.Raw(await statuses_json(call.network, call.viewer, found.statuses, "public"))


HANDLERS = [everything, everything_v1, accounts]
