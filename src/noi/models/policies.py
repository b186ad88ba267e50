"""Decisions about other servers: as they are proposed, recorded, subscribed to, and felt."""

from enum import StrEnum

import msgspec

from noi.models.federation import Severity

DISALLOWED = "disallowed"
"""What a decision says where a domain was taken off the list of allowed ones."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be decided about a domain and all names under it.

    `rule` is the id of a rule or a rule in words; `source` the list it comes from, if any.
    """

    domain: str
    severity: Severity
    rule: int | str
    reason: str
    reject_media: bool = False
    reject_reports: bool = False
    obfuscate: bool = False
    private_note: str = ""
    source: str = ""


class PolicyDecision(msgspec.Struct, array_like=True, frozen=True):
    """A row of `policy_decisions`; `severity` is empty where a policy was lifted, and DISALLOWED.

    `moderator_id` is None for the operator at the command line.
    """

    id: int
    domain: str
    severity: str
    reject_media: bool
    reject_reports: bool
    rule_text: str
    reason: str
    source: str
    moderator_id: int | None
    created_at: int


class Effect(msgspec.Struct, frozen=True):
    """What blocking a domain would part: accounts known of it, their follows of people here,
    follows of them by people here, and how many people here are concerned.
    """

    accounts: int = 0
    followers: int = 0
    following: int = 0
    people: int = 0

    @property
    def severs(self) -> bool:
        return self.followers + self.following > 0


class AllowedDomain(msgspec.Struct, array_like=True, frozen=True):
    """A row of `allowed_domains`."""

    domain: str
    moderator_id: int | None
    created_at: int


class ListMode(StrEnum):
    """What a subscribed list does: its difference is shown, or what it adds is applied."""

    DRY_RUN = "dry_run"
    APPLY = "apply"


class PolicyList(msgspec.Struct, array_like=True, frozen=True):
    """A row of `policy_lists`; `content` is the list as it was last fetched."""

    id: int
    url: str
    title: str
    rule_text: str
    mode: ListMode
    moderator_id: int | None
    fetched_at: int | None
    error: str
    created_at: int
    content: str


class Severance(msgspec.Struct, array_like=True, frozen=True):
    """A row of `severances` with what one account lost by it."""

    id: int
    domain: str
    rule_text: str
    reason: str
    created_at: int
    followers: int
    following: int


class SeveredFollow(msgspec.Struct, array_like=True, frozen=True):
    """A follow that was ended; `other` is the handle on the other server.

    `languages` is a JSON array, None for all languages.
    """

    other_id: int
    other: str
    show_reblogs: bool
    notify: bool
    languages: str | None
