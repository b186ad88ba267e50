"""Notifications: what happened to someone, through whom, and about which status."""

from enum import StrEnum

import msgspec


class NotificationKind(StrEnum):
    """Mastodon's types; see https://docs.joinmastodon.org/entities/Notification/#type

    Our own is `moved`: someone whom the person followed goes on as another account.
    """

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
    MOVED = "moved"
    REACTION = "reaction"


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


class PolicyChoice(StrEnum):
    """What becomes of a notification: shown, put aside as a request, or never written."""

    ACCEPT = "accept"
    FILTER = "filter"
    DROP = "drop"


class NotificationPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a person wants of notifications from those they do not know."""

    for_not_following: PolicyChoice = PolicyChoice.ACCEPT
    for_not_followers: PolicyChoice = PolicyChoice.ACCEPT
    for_new_accounts: PolicyChoice = PolicyChoice.ACCEPT
    for_private_mentions: PolicyChoice = PolicyChoice.ACCEPT
    for_limited_accounts: PolicyChoice = PolicyChoice.FILTER
    for_bots: PolicyChoice = PolicyChoice.ACCEPT


class NotificationRequest(msgspec.Struct, array_like=True, frozen=True):
    """What was put aside from one account; that account's id is the request's."""

    from_account_id: int
    newest_id: int
    oldest_id: int
    count: int
    last_status_id: int | None
