"""What a person hands in to be posted: the same for new, scheduled, drafted and edited statuses."""

import msgspec


class NewPoll(msgspec.Struct, frozen=True):
    options: list[str]
    expires_in: int
    """Seconds from publication."""
    multiple: bool = False
    hide_totals: bool = False


class Composition(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a status as its author gave them.

    An empty `visibility` or `quote_policy` (models.interactions.QuotePolicy) means their default.
    """

    text: str = ""
    content_type: str = "text/plain"
    visibility: str = ""
    local_only: bool = False
    spoiler_text: str = ""
    sensitive: bool | None = None
    language: str = ""
    in_reply_to_id: int | None = None
    quoted_status_id: int | None = None
    quote_policy: str = ""
    media_ids: list[int] = []
    poll: NewPoll | None = None
    allowed_mentions: list[int] | None = None


class MediaChange(msgspec.Struct, frozen=True):
    """A new description or focal point for a picture of an edited status."""

    media_id: int
    description: str | None = None
    focus: tuple[float, float] | None = None
