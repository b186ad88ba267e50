"""Dates as the API writes them: RFC 3339, UTC, milliseconds, `Z`."""

from datetime import date
from functools import lru_cache

_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()
_TWO = [f"{number:02}" for number in range(60)]
_CLOCK = [f"T{hour:02}:{minute}:" for hour in range(24) for minute in _TWO]
_REST = [f".{number:03}Z" for number in range(1000)]


def timestamp(milliseconds: int) -> str:
    """A moment in ms as `2026-11-21T03:05:00.000Z`."""
    # Put together by hand: a page has dozens of them, and `datetime` takes three times as long.
    days, rest = divmod(milliseconds, _DAY_MS)
    minute, rest = divmod(rest, 60_000)
    return f"{_date(days)}{_CLOCK[minute]}{_TWO[rest // 1000]}{_REST[rest % 1000]}"


def optional_timestamp(milliseconds: int | None) -> str | None:
    """The same, with None for None."""
    return None if milliseconds is None else timestamp(milliseconds)


def midnight(milliseconds: int) -> str:
    """The day of a moment, as a timestamp (`account.created_at`)."""
    return _midnight(milliseconds // _DAY_MS)


def day(milliseconds: int | None) -> str | None:
    """The day of a moment as `2026-11-21`, with None for None."""
    return None if milliseconds is None else _date(milliseconds // _DAY_MS)


@lru_cache(maxsize=4096)
def _midnight(days: int) -> str:
    return f"{_date(days)}T00:00:00.000Z"


@lru_cache(maxsize=4096)
def _date(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()
