"""ScheduledStatus: https://docs.joinmastodon.org/entities/ScheduledStatus/"""

import msgspec

from noi.api.entities.dates import timestamp
from noi.api.entities.media import MediaEntity, media_entity
from noi.models.composition import NewPoll
from noi.models.scheduled import ScheduledStatus
from noi.services import scheduled as service
from noi.services.network import Network


class ScheduledParams(msgspec.Struct):
    """What was handed in, by Mastodon's names."""

    text: str
    poll: NewPoll | None
    media_ids: list[str] | None
    sensitive: bool | None
    spoiler_text: str | None
    visibility: str | None
    language: str | None
    in_reply_to_id: str | None
    application_id: int | None
    allowed_mentions: list[str] | None
    content_type: str
    scheduled_at: None = None
    idempotency: None = None
    quoted_status_id: str | None = None
    quote_approval_policy: str | None = None
    with_rate_limit: bool = False


class ScheduledEntity(msgspec.Struct):
    id: str
    scheduled_at: str
    params: ScheduledParams
    media_attachments: list[MediaEntity]


async def scheduled_entity(network: Network, scheduled: ScheduledStatus) -> ScheduledEntity:
    """A scheduled status with its attachments."""
    composition = scheduled.composition
    allowed = composition.allowed_mentions
    reply_to, quoted = composition.in_reply_to_id, composition.quoted_status_id
    params = ScheduledParams(
        text=composition.text,
        poll=composition.poll,
        media_ids=[str(id_) for id_ in composition.media_ids] or None,
        sensitive=composition.sensitive,
        spoiler_text=composition.spoiler_text or None,
        visibility=composition.visibility or None,
        language=composition.language or None,
        in_reply_to_id=None if reply_to is None else str(reply_to),
        application_id=scheduled.app_id,
        allowed_mentions=None if allowed is None else [str(id_) for id_ in allowed],
        content_type=composition.content_type,
        quoted_status_id=None if quoted is None else str(quoted),
        quote_approval_policy=composition.quote_policy or None,
    )
    attachments = await service.media_of(network, scheduled)
    return ScheduledEntity(
        id=str(scheduled.id),
        scheduled_at=timestamp(scheduled.scheduled_at),
        params=params,
        media_attachments=[media_entity(network, media) for media in attachments],
    )
