"""Who may reply to, favourite, reblog and quote a status by its author's word, and quotes."""

from enum import IntFlag, StrEnum

import msgspec

from noi.models.federation import QuoteState


class QuotePolicy(StrEnum):
    """Who may quote a local status: https://docs.joinmastodon.org/methods/statuses/#form-data"""

    PUBLIC = "public"
    FOLLOWERS = "followers"
    NOBODY = "nobody"


QUOTE_POLICIES = {policy.value: policy for policy in QuotePolicy}


class Circle(IntFlag):
    """People as they stand to an author; OTHERS are some that nobody else can tell apart."""

    PUBLIC = 1
    FOLLOWERS = 2
    FOLLOWING = 4
    OTHERS = 8


class Rule(msgspec.Struct, array_like=True, frozen=True):
    """Circles that may do something at once, and circles that may ask the author."""

    automatic: int = 0
    manual: int = 0


NOBODY = Rule()


class Interactions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the author of a remote status says; None where they said nothing of it."""

    reply: Rule | None = None
    like: Rule | None = None
    announce: Rule | None = None
    quote: Rule | None = None


class Permission(StrEnum):
    """Whether somebody may: https://docs.joinmastodon.org/entities/QuoteApproval/#current_user"""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    DENIED = "denied"
    UNKNOWN = "unknown"


class Quote(msgspec.Struct, array_like=True):
    """A row of `quotes`: that `status_id`, by `account_id`, quotes something.

    `quoted_id` is None while the quoted status is not known here. `authorization_uri` is the
    stamp of the quoted author, empty where there is none.
    """

    status_id: int
    account_id: int
    quoted_id: int | None
    quoted_account_id: int | None
    quoted_uri: str
    state: QuoteState
    request_uri: str
    authorization_uri: str
    created_at: int
    updated_at: int


class QuoteView(msgspec.Struct, array_like=True, frozen=True):
    """What a page shows of a quote besides the quoted status."""

    status_id: int
    quoted_id: int
    quoted_uri: str
    quoted_url: str
    state: QuoteState


class QuotedStanding(msgspec.Struct, array_like=True, frozen=True):
    """How a quoted status stands to a viewer."""

    id: int
    gone: bool
    blocked: bool
    visible: bool
    domain_blocked: bool
    muted: bool
