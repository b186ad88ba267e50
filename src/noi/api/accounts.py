"""Accounts, one's own and others': https://docs.joinmastodon.org/methods/accounts/"""

from litestar.datastructures import UploadFile
from msgspec import UNSET, UnsetType

from noi.api.base import Call, endpoint
from noi.api.entities.accounts import (
    account_entities,
    credential_account,
    view_entity,
    with_moved,
)
from noi.api.oauth import token_json
from noi.api.params import Params
from noi.auth import scopes
from noi.models.errors import Forbidden
from noi.services import (
    accounts,
    applications,
    oauth,
    portraits,
    preferences,
    profiles,
    sign_up,
)

_MOST_DOMAINS = 200
_BODY = 2 * portraits.MAX_BYTES + 1024 * 1024


@endpoint("GET", "/api/v1/accounts/verify_credentials", scope="profile read:accounts")
async def verify_credentials(call: Call) -> object:
    """One's own account; with only the scope `profile`, as everyone sees it."""
    own = await accounts.own(call.network, call.person.account_id)
    entity = credential_account(call.network, own)
    if scopes.allows(call.scopes, "read:accounts"):
        return await with_moved(call.network, entity, own.account)
    view = accounts.AccountView(own.account, own.emojis, own.user.role)
    return view_entity(call.network, view)


@endpoint("PATCH", "/api/v1/accounts/update_credentials", scope="write:accounts", body_limit=_BODY)
async def update_credentials(call: Call) -> object:
    """Change one's profile and the defaults of new statuses."""
    await profiles.update(call.network, call.person.account_id, await profile_of(call))
    if "attribution_domains" in call.params:
        domains = call.params.texts("attribution_domains", most=_MOST_DOMAINS)
        await preferences.set_attribution_domains(call.network, call.person.account_id, domains)
    source = call.params.nested("source")
    policy = source.text("quote_policy") if source else ""
    if policy:
        await preferences.set_quote_policy(call.network, call.person.account_id, policy)
    return credential_account(
        call.network, await accounts.own(call.network, call.person.account_id)
    )


@endpoint("POST", "/api/v1/accounts", access="app", scope="write:accounts")
async def create(call: Call) -> object:
    """Sign up; the token works once the address is confirmed and the account approved."""
    if call.viewer is not None or call.app_id is None:
        raise Forbidden("This method requires an app's own token")
    params = call.params
    form = sign_up.SignUp(
        username=params.text("username"),
        email=params.text("email"),
        password=params.text("password"),
        agreement=params.flag("agreement"),
        reason=params.text("reason"),
        invitation=params.text("invite_code"),
        locale=params.text("locale", max_length=20),
        time_zone=params.text("time_zone", sign_up.DEFAULT_TIME_ZONE, max_length=64),
        date_of_birth=params.text("date_of_birth"),
    )
    joined = await sign_up.sign_up(call.network, form, address=call.address)
    app = await applications.get(call.network, call.app_id)
    issued = await oauth.issue_for_sign_up(call.network, app, joined.account_id)
    return token_json(issued)


@endpoint("GET", "/api/v1/accounts/lookup", access="public", scope="read:accounts")
async def lookup(call: Call) -> object:
    """An account by its handle, among those known here."""
    account = await accounts.get_by_handle(call.network, call.params.required("acct"))
    view = await accounts.view_of(call.network, account)
    return await with_moved(call.network, view_entity(call.network, view), account)


@endpoint("GET", "/api/v1/accounts", access="public", scope="read:accounts")
async def many(call: Call) -> object:
    """Several accounts by id."""
    ids = call.params.ids("id", most=40)
    return await account_entities(call.network, await accounts.only_visible(call.network, ids))


@endpoint("GET", "/api/v1/accounts/{id:str}", access="public", scope="read:accounts")
async def show(call: Call) -> object:
    """One account."""
    view = await accounts.view(call.network, call.path_id())
    return await with_moved(call.network, view_entity(call.network, view), view.account)


@endpoint("GET", "/api/v1/accounts/{id:str}/identity_proofs", scope="read:accounts")
async def identity_proofs(_call: Call) -> object:
    """Always empty, as in Mastodon since Keybase's end."""
    return []


async def profile_of(call: Call) -> profiles.Profile:
    """The changes that a request asks for: https://docs.joinmastodon.org/methods/accounts/#update_credentials"""
    params = call.params
    source = params.nested("source") or Params()
    return profiles.Profile(
        display_name=_text(params, "display_name"),
        note=_text(params, "note"),
        fields=_fields(params),
        avatar=await _picture(params, "avatar"),
        avatar_description=_text(params, "avatar_description"),
        header=await _picture(params, "header"),
        header_description=_text(params, "header_description"),
        bot=_boolean(params, "bot"),
        locked=_boolean(params, "locked"),
        discoverable=_boolean(params, "discoverable"),
        indexable=_boolean(params, "indexable"),
        hide_collections=_boolean(params, "hide_collections"),
        default_visibility=_text(source, "privacy") or UNSET,
        default_sensitive=_boolean(source, "sensitive"),
        default_language=_text(source, "language"),
    )


def _text(params: Params, name: str) -> str | UnsetType:
    given = params.optional_text(name)
    return UNSET if given is None else given


def _boolean(params: Params, name: str) -> bool | UnsetType:
    given = params.boolean(name)
    return UNSET if given is None else given


def _fields(params: Params) -> list[tuple[str, str]] | UnsetType:
    if "fields_attributes" not in params:
        return UNSET
    lines = params.nested_list("fields_attributes")
    return [(line.text("name"), line.text("value")) for line in lines]


async def _picture(params: Params, name: str) -> bytes | UnsetType:
    given = params.raw(name)
    if isinstance(given, UploadFile):
        return await given.read()
    # An empty value takes the picture away; addresses (which some apps send back) change nothing.
    return b"" if given == "" else UNSET


HANDLERS = [verify_credentials, update_credentials, create, lookup, many, show, identity_proofs]
