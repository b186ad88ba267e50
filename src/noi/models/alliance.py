"""The alliance as a network has it: providers of its services, what they offer and are told."""

from enum import StrEnum
from urllib.parse import urlsplit

import msgspec


class ProviderState(StrEnum):
    """From the network asking for a provider, or it for the network, to the end."""

    SOUGHT = "sought"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    LEAVING = "leaving"
    LEFT = "left"


class Category(StrEnum):
    """What addresses are of, in FASP's words."""

    CONTENT = "content"
    ACCOUNT = "account"


class Kind(StrEnum):
    """Of what a subscription is: what begins, changes and ends; or what many talk about."""

    LIFECYCLE = "lifecycle"
    TRENDS = "trends"


class Event(StrEnum):
    """What happened to something that a provider is told of."""

    NEW = "new"
    UPDATE = "update"
    DELETE = "delete"
    TRENDING = "trending"


DATA_SHARING = "data_sharing"


class Provider(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """A row of `fasp_providers`; `hub` says that it is a hub like ours, with a charter.

    `membership` is what such a hub says of us (asked, admitted, suspended, …), with the rule and
    the reason. `receipt` is its signed word that what it had from here is gone.
    """

    id: int
    base_url: str
    state: ProviderState
    hub: bool = False
    hub_key: str = ""
    name: str = ""
    server_id: str = ""
    public_key: str = ""
    private_key: str = ""
    charter_version: int = 0
    share_content: bool = False
    share_accounts: bool = False
    contact_email: str = ""
    fediverse_account: str = ""
    sign_in_url: str = ""
    privacy_policy: str = "[]"
    membership: str = ""
    rule_text: str = ""
    reason: str = ""
    receipt: str = ""
    confirmed_by_id: int | None = None
    asked_at: int
    confirmed_at: int | None = None
    visited_at: int | None = None
    left_at: int | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    def shares(self, category: Category) -> bool:
        """Whether the owner lets it have such addresses."""
        return self.share_content if category is Category.CONTENT else self.share_accounts


class Capability(msgspec.Struct, array_like=True, frozen=True):
    """A row of `fasp_capabilities`; `retry_at` (ms) lies ahead while calls of it are put off.

    `slow` services are asked, but nobody waits for them.
    """

    provider_id: int
    capability: str
    version: str
    offered: bool
    wanted: bool
    active: bool
    failures: int
    retry_at: int
    error: str
    error_at: int | None
    succeeded_at: int | None
    slow: bool = False


class Threshold(msgspec.Struct, frozen=True):
    """From when on something is a trend: any of the numbers, within `timeframe` minutes."""

    timeframe: int = 15
    shares: int = 3
    likes: int = 3
    replies: int = 3


class Subscription(msgspec.Struct, array_like=True, frozen=True):
    """A row of `fasp_subscriptions`."""

    id: int
    provider_id: int
    category: Category
    kind: Kind
    max_batch: int
    minutes: int
    shares: int
    likes: int
    replies: int
    created_at: int


class Backfill(msgspec.Struct, array_like=True, frozen=True):
    """A row of `fasp_backfills`."""

    id: int
    provider_id: int
    category: Category
    max_count: int
    before: int
    state: str
    sent: int
    created_at: int
    updated_at: int


class Waiting(msgspec.Struct, array_like=True, frozen=True):
    """A line of what waits to be announced."""

    id: int
    subscription_id: int
    object_id: int
    event: Event
    revision: int
    uri: str


class Volume(msgspec.Struct, array_like=True, frozen=True):
    """How many addresses a provider was told on a day (UTC)."""

    day: str
    category: Category
    event: str
    count: int
