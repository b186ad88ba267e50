"""Times and durations as other servers write them, in milliseconds."""

import re
from datetime import UTC, datetime, timedelta

from noi.activitypub.normalize import is_list, is_node, text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DURATION = re.compile(
    r"P(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:[.,]\d{1,9})?)S)?)?"
)
_MAX_DURATION = 10 * 365 * 86_400_000


def moment(value: object) -> int | None:
    """Milliseconds since 1970 of an RFC 3339 or ISO 8601 time; UTC where it names no zone.

    None for anything else, and for times before 1970.
    """
    if is_list(value) or is_node(value):
        value = text(value)
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        try:
            time = datetime.fromisoformat(value.strip().upper())
        except ValueError:
            return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    milliseconds = (time - _EPOCH) // _MILLISECOND
    return milliseconds if milliseconds >= 0 else None


def duration(value: object) -> int | None:
    """Milliseconds of an ISO 8601 duration without months, or of a number of seconds."""
    if is_list(value) or is_node(value):
        value = text(value)
    if isinstance(value, str) and len(value) <= 64:
        match = _DURATION.fullmatch(value)
        if match is None or not any(match.groups()):
            return None
        weeks, days, hours, minutes = (int(part or 0) for part in match.groups()[:4])
        seconds = float((match[5] or "0").replace(",", "."))
        total = seconds + 60 * (minutes + 60 * (hours + 24 * (days + 7 * weeks)))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        total = value
    else:
        return None
    milliseconds = total * 1000
    return round(milliseconds) if 0 <= milliseconds <= _MAX_DURATION else None
