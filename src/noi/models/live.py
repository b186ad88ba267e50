"""What travels on the live bus: references only, never bytes."""

from enum import StrEnum

import msgspec


class LiveKind(StrEnum):
    """What happened; each process works out which of its open streams it concerns."""

    STATUS = "status"
    STATUS_EDIT = "status_edit"
    STATUS_DELETE = "status_delete"
    NOTIFICATION = "notification"
    FILTERS = "filters"
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    SETTINGS = "settings"
    POLICIES = "policies"
    """Something was decided about another server."""
    GAP = "gap"
    """Events may have been missed, so what they guard is to be looked up anew."""


class LiveEvent(msgspec.Struct, array_like=True, frozen=True):
    """`id` is of the status, notification, token …; `account_id` whom it is for, or 0."""

    kind: LiveKind
    id: int = 0
    account_id: int = 0
