"""What an app hands in to be posted, read from its parameters."""

from datetime import UTC, datetime

import msgspec

from noi.api.params import Params
from noi.models.composition import Composition, MediaChange, NewPoll
from noi.models.errors import Invalid
from noi.models.ids import now_ms
from noi.models.statuses import PollView, StatusView
from noi.services.composing import MAX_POLL_SECONDS, MIN_POLL_SECONDS


def composition_of(params: Params) -> Composition:
    """The status in the parameters; see https://docs.joinmastodon.org/methods/statuses/#create"""
    allowed = params.ids("allowed_mentions") if "allowed_mentions" in params else None
    media_ids = params.ids("media_ids", most=16)
    return Composition(
        text=params.text("status"),
        content_type=params.text("content_type") or "text/plain",
        visibility=params.text("visibility"),
        local_only=params.flag("local_only"),
        spoiler_text=params.text("spoiler_text"),
        sensitive=params.boolean("sensitive"),
        language=params.text("language"),
        in_reply_to_id=params.id("in_reply_to_id"),
        quoted_status_id=params.id("quoted_status_id"),
        quote_policy=params.text("quote_approval_policy"),
        media_ids=media_ids,
        poll=_poll(params.nested("poll")),
        allowed_mentions=allowed,
    )


def edited_composition(params: Params, before: StatusView) -> Composition:
    """The status in the parameters of an edit: what they do not name stays as it was."""
    status, given = before.status, composition_of(params)
    poll = before.poll
    kept_poll = poll and NewPoll(
        options=[option.title for option in poll.options],
        expires_in=_seconds_left(poll),
        multiple=poll.poll.multiple,
        hide_totals=poll.poll.hide_totals,
    )
    named = params.names()
    return msgspec.structs.replace(
        given,
        text=given.text if "status" in named else status.text,
        content_type=given.content_type if "content_type" in named else status.content_type,
        spoiler_text=given.spoiler_text if "spoiler_text" in named else status.spoiler_text,
        sensitive=status.sensitive if given.sensitive is None else given.sensitive,
        language=given.language or status.language,
        media_ids=given.media_ids if "media_ids" in named else [row.id for row in before.media],
        poll=given.poll if "poll" in named else kept_poll,
    )


def _seconds_left(poll: PollView) -> int:
    """An unchanged poll keeps its own end; this only has to be a length that a poll may have."""
    left = ((poll.poll.expires_at or 0) - now_ms()) // 1000
    return min(max(left, MIN_POLL_SECONDS), MAX_POLL_SECONDS)


def media_changes_of(params: Params) -> list[MediaChange]:
    """New descriptions and focal points in `media_attributes[]` of an edit."""
    changes: list[MediaChange] = []
    for change in params.nested_list("media_attributes", most=16):
        media_id = change.id("id")
        if media_id:
            focus = focus_of(change.text("focus"))
            changes.append(MediaChange(media_id, change.optional_text("description"), focus))
    return changes


def focus_of(text: str) -> tuple[float, float] | None:
    """A focal point `x,y`, each from -1 to 1; None where absent, raises Invalid."""
    if not text:
        return None
    parts = text.split(",")
    try:
        x, y = (float(part) for part in parts)
    except ValueError:
        raise Invalid("A focal point is two numbers, x,y", field="focus") from None
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise Invalid("A focal point lies between -1 and 1", field="focus")
    return x, y


def scheduled_time(params: Params) -> int | None:
    """`scheduled_at` in ms, None where absent; raises Invalid for what is no time."""
    text = params.text("scheduled_at", max_length=64)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Invalid("Not a time: {name}", name="scheduled_at", field="scheduled_at") from None


def _poll(poll: Params | None) -> NewPoll | None:
    if poll is None:
        return None
    expires_in = poll.integer("expires_in")
    if expires_in is None:
        raise Invalid("A poll needs expires_in, in seconds", field="poll", code="ERR_BLANK")
    return NewPoll(
        options=poll.texts("options", most=20),
        expires_in=expires_in,
        multiple=poll.flag("multiple"),
        hide_totals=poll.flag("hide_totals"),
    )
