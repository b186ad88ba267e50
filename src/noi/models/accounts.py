"""People, bots, groups and hubs, local and remote, and the sign-in side of local ones."""

from enum import IntEnum, StrEnum

import msgspec


class AccountKind(StrEnum):
    PERSON = "person"
    BOT = "bot"
    GROUP = "group"
    HUB = "hub"


class AccountState(IntEnum):
    """What enforcement or its owner has done to an account; visibility rules compare these."""

    ACTIVE = 0
    LIMITED = 1
    DISABLED = 2
    DELETED = 3


class Role(StrEnum):
    MEMBER = "member"
    MODERATOR = "moderator"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        return list(Role).index(self)


class Account(msgspec.Struct, array_like=True):
    """A row of `accounts` without its keys; `domain` is empty for local accounts."""

    id: int
    username: str
    domain: str
    kind: AccountKind
    state: AccountState
    display_name: str
    note: str
    note_html: str
    fields: str
    emojis: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    locked: bool
    discoverable: bool
    indexable: bool
    hide_collections: bool
    uri: str
    url: str
    moved_to_id: int | None
    created_at: int
    last_status_at: int | None
    statuses_count: int
    followers_count: int
    following_count: int
    revision: int

    @property
    def local(self) -> bool:
        return not self.domain

    @property
    def handle(self) -> str:
        """`name` for local accounts, `name@domain` for others (Mastodon's `acct`)."""
        return f"{self.username}@{self.domain}" if self.domain else self.username

    @property
    def name(self) -> str:
        """What people see: the display name, or the username where there is none."""
        return self.display_name or self.username


def without_profile(account: Account) -> Account:
    """An account that is shut out, as others see it: its handle, and nothing that it says."""
    return msgspec.structs.replace(
        account,
        display_name="",
        note="",
        note_html="",
        fields="[]",
        emojis="[]",
        avatar="",
        avatar_static="",
        avatar_description="",
        header="",
        header_static="",
        header_description="",
        discoverable=False,
        indexable=False,
    )


class PagedAccount(Account, array_like=True):
    """A line of a page of accounts; `page_id` is the joined row's id, which the page goes by."""

    page_id: int


class MutedAccount(PagedAccount, array_like=True):
    """A line of the page of muted accounts."""

    mute_expires_at: int | None


class Field(msgspec.Struct):
    """One labelled line of a profile, as stored in `accounts.fields` (a JSON array of these)."""

    name: str
    value: str
    value_html: str
    verified_at: int | None = None


class User(msgspec.Struct, array_like=True):
    """A row of `users`: how a local account signs in, and its preferences."""

    account_id: int
    email: str
    password_hash: str
    role: Role
    locale: str
    time_zone: str
    confirmed_at: int | None
    approved_at: int | None
    signup_reason: str
    default_visibility: str
    default_sensitive: bool
    default_language: str
    preferences: str
    filters_revision: int
    created_at: int
    last_active_at: int | None


class Viewer(msgspec.Struct, frozen=True):
    """The person behind a session or a token."""

    account_id: int
    role: Role
    locale: str
    filters_revision: int


class Relationship(msgspec.Struct, array_like=True):
    """How one account stands to another, as Mastodon's Relationship needs it."""

    target_id: int
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: str | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: int | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str


class Grant(msgspec.Struct, frozen=True):
    """What a valid access token stands for; `viewer` is None for an app's own token."""

    token_id: int
    app_id: int
    scopes: frozenset[str]
    viewer: Viewer | None
