"""What a hub holds of consenting people, and what it is about to read."""

from enum import StrEnum

import msgspec


class HubAccount(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """A row of `hub_accounts`. `name` and `bio` are plain text; `kind` is person, bot, group or
    organization. `member_id` is the member on whose host the account lives, if there is one.
    """

    id: int
    uri: str
    host: str
    member_id: int | None
    username: str
    domain: str
    kind: str
    discoverable: bool
    indexable: bool
    language: str
    check_at: int
    checked_at: int
    created_at: int
    last_post_at: int | None
    following_uri: str
    following_read_at: int | None
    url: str
    name: str
    bio: str

    @property
    def handle(self) -> str:
        return f"{self.username}@{self.domain}"


class HubPost(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """A row of `hub_posts`. `excerpt` is plain text: the content warning alone where there is one.

    A post is shown only while the row of its author is there and `indexable`.
    """

    id: int
    uri: str
    account_id: int
    host: str
    member_id: int | None
    language: str
    published_at: int
    check_at: int
    checked_at: int
    shares: int
    likes: int
    trending_at: int | None
    url: str
    excerpt: str


class Category(StrEnum):
    """What an address is said to name; FOLLOWING is the hub's own, for whom an account follows."""

    ACCOUNT = "account"
    CONTENT = "content"
    FOLLOWING = "following"


class Event(StrEnum):
    """Why an address is read. CHECK is the hub's own, BACKFILL what an older address came by."""

    NEW = "new"
    UPDATE = "update"
    DELETE = "delete"
    TRENDING = "trending"
    BACKFILL = "backfill"
    CHECK = "check"


class QueueEntry(msgspec.Struct, array_like=True, frozen=True):
    """An address that waits to be read. `version` is another each time it is announced."""

    uri: str
    category: Category
    event: Event
    host: str
    member_id: int | None
    run_at: int
    attempts: int
    version: int
    created_at: int


class HubSubscription(msgspec.Struct, array_like=True, frozen=True):
    """A row of `hub_subscriptions`; `remote_id` is the member's name for it."""

    id: int
    member_id: int
    remote_id: str
    category: str
    kind: str
    created_at: int


class HubBackfill(msgspec.Struct, array_like=True, frozen=True):
    """A row of `hub_backfills`; `state` is open or done."""

    id: int
    member_id: int
    remote_id: str
    category: str
    state: str
    received: int
    created_at: int
    updated_at: int


class HubClaim(msgspec.Struct, array_like=True, frozen=True):
    """A row of `hub_claims`: somebody shows that an account is theirs."""

    id: int
    code: str
    actor_uri: str
    proved_at: int | None
    created_at: int
    expires_at: int
