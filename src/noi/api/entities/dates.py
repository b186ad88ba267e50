"""Dates as the API writes them: RFC 3339, UTC, milliseconds, `Z`."""

from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)


def timestamp(milliseconds: int) -> str:
    """A moment in ms as `2026-11-21T03:05:00.000Z`."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds") + "Z"


def optional_timestamp(milliseconds: int | None) -> str | None:
    """The same, with None for None."""
    return None if milliseconds is None else timestamp(milliseconds)


def midnight(milliseconds: int) -> str:
    """The day of a moment, as a timestamp (`account.created_at`)."""
    return timestamp(milliseconds - milliseconds % 86_400_000)


def day(milliseconds: int | None) -> str | None:
    """The day of a moment as `2026-11-21`, with None for None."""
    if milliseconds is None:
        return None
    return (_EPOCH + timedelta(milliseconds=milliseconds)).date().isoformat()
