"""One's own profile, to edit it: https://docs.joinmastodon.org/methods/profile/"""

from noi.api.accounts import profile_of
from noi.api.base import Call, endpoint
from noi.api.entities.accounts import CredentialAccount, credential_account
from noi.api.featured_tags import featured
from noi.services import accounts, portraits, profiles

_PATH = "/api/v1/profile"


@endpoint("GET", _PATH, scope="profile read:accounts")
async def show(call: Call) -> object:
    """The profile as it was typed; pictures are null where there are none."""
    return await _profile(call)


@endpoint(
    ["PUT", "PATCH"],
    _PATH,
    scope="write:accounts",
    body_limit=2 * portraits.MAX_BYTES + 1024 * 1024,
)
async def update(call: Call) -> object:
    """Change the profile."""
    await profiles.update(call.network, call.person.account_id, await profile_of(call))
    return await _profile(call)


@endpoint("DELETE", "/api/v1/profile/avatar", scope="write:accounts")
async def delete_avatar(call: Call) -> object:
    """Take the avatar away."""
    return await _without(call, profiles.Profile(avatar=b""))


@endpoint("DELETE", "/api/v1/profile/header", scope="write:accounts")
async def delete_header(call: Call) -> object:
    """Take the header away."""
    return await _without(call, profiles.Profile(header=b""))


async def _without(call: Call, change: profiles.Profile) -> CredentialAccount:
    await profiles.update(call.network, call.person.account_id, change)
    return credential_account(
        call.network, await accounts.own(call.network, call.person.account_id)
    )


async def _profile(call: Call) -> dict[str, object]:
    own = await accounts.own(call.network, call.person.account_id)
    account, entity = own.account, credential_account(call.network, own)
    return {
        "id": entity.id,
        "display_name": account.display_name,
        "note": account.note,
        "fields": entity.source.fields,
        "avatar": entity.avatar if account.avatar else None,
        "avatar_static": entity.avatar_static if account.avatar else None,
        "avatar_description": account.avatar_description,
        "header": entity.header if account.header else None,
        "header_static": entity.header_static if account.header else None,
        "header_description": account.header_description,
        "locked": account.locked,
        "bot": entity.bot,
        "hide_collections": account.hide_collections,
        "discoverable": account.discoverable,
        "indexable": account.indexable,
        "show_media": True,
        "show_media_replies": True,
        "show_featured": True,
        "attribution_domains": [],
        "featured_tags": await featured(call, account.id),
    }


HANDLERS = [show, update, delete_avatar, delete_header]
