"""Account and its kin: https://docs.joinmastodon.org/entities/Account/"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

import msgspec

from noi.api.entities.dates import day, midnight, optional_timestamp
from noi.api.entities.emojis import EmojiEntity, emoji_entity
from noi.models.accounts import (
    Account,
    AccountKind,
    AccountState,
    Field,
    Role,
    without_profile,
)
from noi.models.statuses import CustomEmoji
from noi.services import accounts
from noi.services.network import Network
from noi.services.preferences import attribution_domains_of, quote_policy_of
from noi.ui.static_files import static_url

_fields = msgspec.json.Decoder(list[Field])
# Looking a member up in its enumeration takes longer than comparing with it.
_BOT, _GROUP, _DISABLED = AccountKind.BOT, AccountKind.GROUP, AccountState.DISABLED


class FieldEntity(msgspec.Struct):
    name: str
    value: str
    verified_at: str | None


class AccountRole(msgspec.Struct):
    """The badge that everyone sees."""

    id: str
    name: str
    color: str


class RoleEntity(AccountRole):
    """https://docs.joinmastodon.org/entities/Role/"""

    permissions: str
    highlighted: bool


class AccountEntity(msgspec.Struct):
    id: str
    username: str
    acct: str
    display_name: str
    locked: bool
    bot: bool
    discoverable: bool
    indexable: bool
    group: bool
    created_at: str
    note: str
    url: str
    uri: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    followers_count: int
    following_count: int
    statuses_count: int
    last_status_at: str | None
    hide_collections: bool
    emojis: list[EmojiEntity]
    fields: list[FieldEntity]
    show_media: bool = True
    show_media_replies: bool = True
    show_featured: bool = True
    noindex: bool | msgspec.UnsetType = msgspec.UNSET
    roles: list[AccountRole] | msgspec.UnsetType = msgspec.UNSET
    limited: bool | msgspec.UnsetType = msgspec.UNSET
    suspended: bool | msgspec.UnsetType = msgspec.UNSET
    moved: "AccountEntity | msgspec.UnsetType" = msgspec.UNSET


class SourceEntity(msgspec.Struct):
    """What the person typed, and the defaults of new statuses."""

    privacy: str
    sensitive: bool
    language: str | None
    note: str
    fields: list[FieldEntity]
    follow_requests_count: int
    hide_collections: bool
    discoverable: bool
    indexable: bool
    attribution_domains: list[str]
    quote_policy: str


class CredentialAccount(AccountEntity, kw_only=True):
    source: SourceEntity
    role: RoleEntity


class MutedAccount(AccountEntity, kw_only=True):
    mute_expires_at: str | None


Entity = TypeVar("Entity", bound=AccountEntity)

_ROLE_IDS = {Role.MEMBER: "-99", Role.MODERATOR: "1", Role.ADMIN: "2", Role.OWNER: "3"}
_ROLE_NAMES = {Role.MODERATOR: "Moderator", Role.ADMIN: "Admin", Role.OWNER: "Owner"}
# Mastodon's bits, as far as there is something behind them here: invite users; reports, appeals
# and users; settings, rules, custom emojis and roles.
_INVITE = 1 << 16
_MODERATE = _INVITE | 1 << 4 | 1 << 9 | 1 << 10
_ADMINISTER = _MODERATE | 1 << 6 | 1 << 12 | 1 << 14 | 1 << 17
_PERMISSIONS = {Role.MEMBER: _INVITE, Role.MODERATOR: _MODERATE}


def account_entity(
    network: Network,
    account: Account,
    emojis: Sequence[CustomEmoji] = (),
    *,
    role: Role | None = None,
) -> AccountEntity:
    """An account as everyone sees it; `emojis` are those its name and profile use."""
    if account.state >= _DISABLED:
        account, emojis = without_profile(account), ()
    address, kind, avatar, header = network.storage.url, account.kind, "", ""
    if not account.avatar or not account.header:
        # Never empty: apps crash on accounts without pictures.
        avatar, header = _default_pictures(network.settings.origin)
    if account.avatar:
        avatar = address(account.avatar)
    if account.header:
        header = address(account.header)
    # By position: thirty keywords take longer than all that stands here.
    entity = AccountEntity(
        str(account.id),
        account.username,
        account.handle,
        account.display_name,
        account.locked,
        kind is _BOT,
        account.discoverable,
        account.indexable,
        kind is _GROUP,
        midnight(account.created_at),
        account.note_html,
        account.url,
        account.uri,
        avatar,
        address(account.avatar_static) if account.avatar_static else avatar,
        account.avatar_description,
        header,
        address(account.header_static) if account.header_static else header,
        account.header_description,
        account.followers_count,
        account.following_count,
        account.statuses_count,
        day(account.last_status_at),
        account.hide_collections,
        [emoji_entity(network, emoji) for emoji in emojis] if emojis else [],
        [] if account.fields == "[]" else field_entities(account),
    )
    if not account.domain:
        entity.noindex = not account.indexable
        entity.roles = _badges(role) if role else []
    if account.state >= _DISABLED:
        entity.suspended = True
    elif account.state:
        entity.limited = True
    return entity


def view_entity(network: Network, view: accounts.AccountView) -> AccountEntity:
    """A loaded account as everyone sees it."""
    return account_entity(network, view.account, view.emojis, role=view.role)


async def with_moved(network: Network, entity: Entity, account: Account) -> Entity:
    """An account's entity with the account it has moved to, where there is one."""
    if account.moved_to_id is not None:
        found = (await accounts.load(network, [account.moved_to_id])).get(account.moved_to_id)
        if found is not None:
            entity.moved = view_entity(network, found)
    return entity


async def account_entities(network: Network, ids: Sequence[int]) -> list[AccountEntity]:
    """Accounts in the order of `ids`; those that are deleted or missing are left out."""
    views = await accounts.load(network, ids)
    return [
        view_entity(network, view) for view in (views.get(id_) for id_ in ids) if view is not None
    ]


async def muted_entities(
    network: Network, ends: Sequence[tuple[int, int | None]]
) -> list[MutedAccount]:
    """Muted accounts in order, from pairs of account id and end of the mute (ms, None: never)."""
    views = await accounts.load(network, [account_id for account_id, _ in ends])
    return [
        MutedAccount(
            **msgspec.structs.asdict(view_entity(network, views[account_id])),
            mute_expires_at=optional_timestamp(end),
        )
        for account_id, end in ends
        if account_id in views
    ]


def credential_account(network: Network, own: accounts.OwnAccount) -> CredentialAccount:
    """One's own account, with what one typed and one's role."""
    account, user = own.account, own.user
    shared = account_entity(network, account, own.emojis, role=user.role)
    source = SourceEntity(
        privacy=user.default_visibility,
        sensitive=user.default_sensitive,
        language=user.default_language or None,
        note=account.note,
        fields=field_entities(account, plain=True),
        follow_requests_count=own.follow_requests,
        hide_collections=account.hide_collections,
        discoverable=account.discoverable,
        indexable=account.indexable,
        attribution_domains=attribution_domains_of(user),
        quote_policy=quote_policy_of(user),
    )
    return CredentialAccount(
        **msgspec.structs.asdict(shared), source=source, role=role_entity(user.role)
    )


def role_entity(role: Role) -> RoleEntity:
    """A role with Mastodon's permission bits."""
    return RoleEntity(
        id=_ROLE_IDS[role],
        name=_ROLE_NAMES.get(role, ""),
        color="",
        permissions=str(_PERMISSIONS.get(role, _ADMINISTER)),
        highlighted=role in _ROLE_NAMES,
    )


def field_entities(account: Account, *, plain: bool = False) -> list[FieldEntity]:
    """The labelled lines of a profile, as HTML or as they were typed."""
    if account.fields == "[]":
        return []
    return [
        FieldEntity(
            field.name,
            field.value if plain else field.value_html,
            optional_timestamp(field.verified_at),
        )
        for field in _fields.decode(account.fields)
    ]


def _badges(role: Role) -> list[AccountRole]:
    if role not in _ROLE_NAMES:
        return []
    return [AccountRole(_ROLE_IDS[role], _ROLE_NAMES[role], "")]


@lru_cache(maxsize=16)
def _default_pictures(origin: str) -> tuple[str, str]:
    return origin + static_url("avatar.png"), origin + static_url("header.png")
