"""Rules, reports, enforcements with their reasons, and appeals."""

from enum import StrEnum

import msgspec

from noi.models.accounts import Account


class Rule(msgspec.Struct, array_like=True):
    id: int
    position: int
    text: str
    hint: str


class EnforcementAction(StrEnum):
    """What moderators can do to an account, or to one of its statuses."""

    LIMIT = "limit"
    DISABLE = "disable"
    HIDE_STATUS = "hide_status"
    DELETE_STATUS = "delete_status"
    HIDE_TREND = "hide_trend"

    @property
    def of_status(self) -> bool:
        return self not in (EnforcementAction.LIMIT, EnforcementAction.DISABLE)


class Enforcement(msgspec.Struct, array_like=True):
    """A row of `enforcements`; `moderator_id` is None for the operator at the command line."""

    id: int
    moderator_id: int | None
    account_id: int
    status_id: int | None
    action: EnforcementAction
    rule_id: int | None
    rule_text: str
    reason: str
    report_id: int | None
    created_at: int
    reversed_at: int | None = None
    reversed_by_id: int | None = None
    reversal_reason: str = ""
    seen_at: int | None = None


class Appeal(msgspec.Struct, array_like=True):
    id: int
    enforcement_id: int
    account_id: int
    text: str
    created_at: int
    decided_at: int | None
    decided_by_id: int | None
    accepted: bool | None
    answer: str


class EnforcementView(msgspec.Struct):
    """An enforcement with its account and its appeal, for the person and for moderators."""

    enforcement: Enforcement
    account: Account
    appeal: Appeal | None


class ReportCategory(StrEnum):
    SPAM = "spam"
    LEGAL = "legal"
    VIOLATION = "violation"
    OTHER = "other"


class Report(msgspec.Struct, array_like=True):
    """A row of `reports`; `status_ids` and `rule_ids` are JSON arrays of numbers."""

    id: int
    account_id: int
    target_id: int
    status_ids: str
    rule_ids: str
    category: ReportCategory
    comment: str
    forward: bool
    created_at: int
    resolved_at: int | None = None
    resolved_by_id: int | None = None
    resolution: str = ""


class ReportView(msgspec.Struct):
    """A report with who made it and whom it is about."""

    report: Report
    reporter: Account
    target: Account
    status_ids: list[int]
    rules: list[Rule]
