"""How one stands to accounts: https://docs.joinmastodon.org/methods/accounts/#relationships"""

from noi.api.base import Call, endpoint
from noi.api.entities.accounts import account_entities
from noi.api.entities.relationships import (
    RelationshipEntity,
    relationship_entity,
    relationship_with,
)
from noi.models.accounts import AccountState
from noi.services import accounts, follows, notes, relationships


@endpoint("GET", "/api/v1/accounts/relationships", scope="read:follows")
async def index(call: Call) -> list[RelationshipEntity]:
    """Relationships to the accounts `id[]`; disabled ones only with `with_suspended`."""
    ids = call.params.ids("id", most=200)
    if not call.params.flag("with_suspended"):
        found = await accounts.load(call.network, ids)
        ids = [
            id_ for id_ in ids if id_ in found and found[id_].account.state <= AccountState.LIMITED
        ]
    rows = await relationships.load(call.network, call.viewer_id, ids)
    return [relationship_entity(row) for row in rows]


@endpoint("GET", "/api/v1/accounts/familiar_followers", scope="read:follows")
async def familiar_followers(call: Call) -> list[dict[str, object]]:
    """Who of those one follows follows each of the accounts `id[]`."""
    ids = call.params.ids("id", most=80)
    found = await follows.familiar(call.network, call.viewer_id, ids)
    return [
        {
            "id": str(id_),
            "accounts": await account_entities(call.network, [one.id for one in followers]),
        }
        for id_, followers in found.items()
    ]


@endpoint("POST", "/api/v1/accounts/{id:str}/note", scope="write:accounts")
async def note(call: Call) -> RelationshipEntity:
    """Write a private note about an account."""
    target_id = call.path_id()
    await notes.set_note(call.network, call.viewer_id, target_id, call.params.text("comment"))
    return await relationship_with(call.network, call.viewer_id, target_id)


HANDLERS = [index, familiar_followers, note]
