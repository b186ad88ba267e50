"""Notifications: what happened to someone, through whom, and about which status."""

from enum import StrEnum

import msgspec


class NotificationKind(StrEnum):
    """Mastodon's types; see https://docs.joinmastodon.org/entities/Notification/#type"""

    MENTION = "mention"
    STATUS = "status"
    REBLOG = "reblog"
    FOLLOW = "follow"
    FOLLOW_REQUEST = "follow_request"
    FAVOURITE = "favourite"
    POLL = "poll"
    UPDATE = "update"
    QUOTE = "quote"
    QUOTED_UPDATE = "quoted_update"
    SIGN_UP = "admin.sign_up"
    REPORT = "admin.report"
    MODERATION_WARNING = "moderation_warning"
    SEVERED_RELATIONSHIPS = "severed_relationships"


OFFICIAL_KINDS = frozenset(
    {NotificationKind.MODERATION_WARNING, NotificationKind.SEVERED_RELATIONSHIPS}
)
"""What no block, mute or state of an account keeps from its recipient."""


class Notification(msgspec.Struct, array_like=True):
    """A row of `notifications`; `subject_id` is of a report, an enforcement or an edit."""

    id: int
    account_id: int
    kind: NotificationKind
    from_account_id: int
    status_id: int | None
    subject_id: int | None
    created_at: int
