"""An alliance's hub: its members and what was decided about them, its charter, its receipts."""

from enum import StrEnum

import msgspec

BANDS = (("tiny", 1), ("small", 50), ("medium", 200), ("large", 1000), ("huge", 5000))
"""Sizes of networks, each with the least number of people."""


class MemberState(StrEnum):
    """How a network stands to the alliance."""

    ASKED = "asked"
    ADMITTED = "admitted"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    LEAVING = "leaving"
    LEFT = "left"


class Member(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """A row of `hub_members`, in the order of its columns. Times in ms.

    `people` is the lower edge of a band of BANDS, 0 where nothing is known; `registrations` is
    open, approval, invitation, closed or empty.
    """

    id: int
    host: str
    state: MemberState
    base_url: str
    server_id: str
    fasp_id: str
    public_key: str
    private_key: str
    completion_uri: str
    charter_version: int
    rule_text: str
    reason: str
    name: str
    description: str
    subjects_json: str
    languages_json: str
    rules_json: str
    registrations: str
    software: str
    people: int
    contact: str
    listed: bool
    described_at: int | None
    heard_at: int | None
    failing_since: int | None
    asked_at: int
    admitted_at: int | None
    left_at: int | None

    @property
    def subjects(self) -> list[str]:
        return msgspec.json.decode(self.subjects_json, type=list[str])

    @property
    def languages(self) -> list[str]:
        return msgspec.json.decode(self.languages_json, type=list[str])

    @property
    def rules(self) -> list[str]:
        return msgspec.json.decode(self.rules_json, type=list[str])

    @property
    def size(self) -> str:
        """The name of its band in BANDS, or empty."""
        return next((name for name, least in reversed(BANDS) if self.people >= least), "")

    @property
    def title(self) -> str:
        """Its name, or its host where it told none."""
        return self.name or self.host


class Decision(msgspec.Struct, array_like=True, frozen=True):
    """A row of `hub_member_decisions`: the state that a member got, by which rule, and why."""

    id: int
    member_id: int
    state: MemberState
    rule_text: str
    reason: str
    steward_id: int | None
    created_at: int


class Charter(msgspec.Struct, array_like=True, frozen=True):
    """A version of the charter; see `services.hub.charters` for what is signed."""

    version: int
    texts_json: str
    signature: str
    steward_id: int | None
    created_at: int

    @property
    def texts(self) -> dict[str, str]:
        """Markdown by language."""
        return msgspec.json.decode(self.texts_json, type=dict[str, str])


class Receipt(msgspec.Struct, array_like=True, frozen=True):
    """A signed proof that a member's data is gone; `body` is canonical JSON."""

    id: int
    host: str
    body: str
    signature: str
    created_at: int


class Received(msgspec.Struct, array_like=True, frozen=True):
    """How many addresses a member announced on a day (`2026-11-22`, UTC)."""

    day: str
    category: str
    amount: int


class Callback(msgspec.Struct, array_like=True, frozen=True):
    """A call by which a member tried the connection."""

    id: int
    address: str
    body: str
    created_at: int
