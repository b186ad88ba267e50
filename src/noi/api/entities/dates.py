"""Dates as the API writes them: RFC 3339, UTC, milliseconds, `Z`."""

from datetime import date
from functools import lru_cache

_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()
_TWO = [f"{number:02}" for number in range(60)]
_CLOCK = [f"{hour:02}:{minute}" for hour in range(24) for minute in _TWO]


def timestamp(milliseconds: int) -> str:
    """A moment in ms as `2026-11-21T03:05:00.000Z`."""
    # Put together by hand: a page has dozens of them, and `datetime` takes three times as long.
    days, rest = divmod(milliseconds, _DAY_MS)
    minute, rest = divmod(rest, 60_000)
    return f"{_date(days)}T{_CLOCK[minute]}:{_TWO[rest // 1000]}.{rest % 1000:03}Z"


def optional_timestamp(milliseconds: int | None) -> str | None:
    """The same, with None for None."""
    return None if milliseconds is None else timestamp(milliseconds)


def midnight(milliseconds: int) -> str:
    """The day of a moment, as a timestamp (`account.created_at`)."""
    return f"{_date(milliseconds // _DAY_MS)}T00:00:00.000Z"


def day(milliseconds: int | None) -> str | None:
    """The day of a moment as `2026-11-21`, with None for None."""
    return None if milliseconds is None else _date(milliseconds // _DAY_MS)


@lru_cache(maxsize=4096)
def _date(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()
