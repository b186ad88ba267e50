"""What an app hands in to be posted, read from its parameters."""

from datetime import UTC, datetime

from noi.api.params import Params
from noi.models.composition import Composition, MediaChange, NewPoll
from noi.models.errors import Invalid


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
        media_ids=media_ids,
        poll=_poll(params.nested("poll")),
        allowed_mentions=allowed,
    )


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
