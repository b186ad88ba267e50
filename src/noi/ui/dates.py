"""Dates, durations and numbers as people of each language write them (CLDR 48, without ICU).

Times are milliseconds UTC; `zone` is an IANA name. Vietnamese and Lao have one plural form, a
24-hour clock, a comma before decimals and a full stop between thousands.
"""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from noi.ui import translation

DEFAULT_ZONE = "Asia/Ho_Chi_Minh"

# Every post on a page has one, and few are different.
ngettext = lru_cache(maxsize=512)(translation.ngettext)

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_WEEKDAYS = {
    "vi": ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "lo": ("ວັນຈັນ", "ວັນອັງຄານ", "ວັນພຸດ", "ວັນພະຫັດ", "ວັນສຸກ", "ວັນເສົາ", "ວັນອາທິດ"),
}
_MONTHS = {
    "vi": tuple(f"tháng {month}" for month in range(1, 13)),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "lo": (
        "ມັງກອນ", "ກຸມພາ", "ມີນາ", "ເມສາ", "ພຶດສະພາ", "ມິຖຸນາ",
        "ກໍລະກົດ", "ສິງຫາ", "ກັນຍາ", "ຕຸລາ", "ພະຈິກ", "ທັນວາ",
    ),
}  # fmt: skip
_DAY = {"vi": "{d} {month}, {y}", "en": "{d} {month} {y}", "lo": "{d} {month} {y}"}
_MOMENT = {
    "vi": "{time} {weekday}, {day}",
    "en": "{weekday}, {day} at {time}",
    "lo": "{weekday}, {day}, {time}",
}
_NOW = {"vi": "vừa xong", "en": "now", "lo": "ຫາກໍ"}
_COMPACT = {
    "vi": ((10**9, " Tỷ"), (10**6, " Tr"), (10**3, " nghìn")),
    "en": ((10**9, "B"), (10**6, "M"), (10**3, "K")),
    "lo": ((10**9, " ຕື້"), (10**6, " ລ້ານ"), (10**3, " ພັນ")),
}


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def local(ms: int, zone: str = DEFAULT_ZONE) -> datetime:
    """A moment on the clock of a time zone; an unknown zone counts as Vietnam's."""
    return datetime.fromtimestamp(ms / 1000, _zone(zone))


@lru_cache(maxsize=4096)
def iso(ms: int) -> str:
    """RFC 3339 in UTC, to the second, for `<time datetime>`."""
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(ms: int, locale: str, zone: str = DEFAULT_ZONE) -> str:
    """`17 tháng 2, 2026`."""
    at = local(ms, zone)
    return _DAY[locale].format(d=at.day, month=_MONTHS[locale][at.month - 1], y=at.year)


@lru_cache(maxsize=4096)
def moment(ms: int, locale: str, zone: str = DEFAULT_ZONE) -> str:
    """`10:05 Thứ Ba, 17 tháng 2, 2026`."""
    at = local(ms, zone)
    return _MOMENT[locale].format(
        time=f"{at:%H:%M}", weekday=_WEEKDAYS[locale][at.weekday()], day=day(ms, locale, zone)
    )


def ago(ms: int, now: int, locale: str, zone: str = DEFAULT_ZONE) -> str:
    """How long ago, short: `vừa xong`, `12 phút`, `3 giờ`, `2 ngày`, then `17/2` or `17/2/2026`."""
    past = now - ms
    if past < MINUTE:
        return _NOW[locale]
    if past < 7 * DAY:
        return duration(past, locale)
    at = local(ms, zone)
    same_year = at.year == local(now, zone).year
    return f"{at.day}/{at.month}" if same_year else f"{at.day}/{at.month}/{at.year}"


def duration(ms: int, locale: str) -> str:
    """A length of time in its largest whole unit: `5 phút`, `3 giờ`, `2 ngày`."""
    if ms < HOUR:
        return ngettext(locale, "{n} minute", "{n} minutes", max(1, ms // MINUTE))
    if ms < DAY:
        return ngettext(locale, "{n} hour", "{n} hours", ms // HOUR)
    return ngettext(locale, "{n} day", "{n} days", ms // DAY)


def number(value: int, locale: str) -> str:
    """`1.234.567` (en: `1,234,567`)."""
    text = f"{value:,}"
    return text if locale == "en" else text.replace(",", ".")


def compact(value: int, locale: str) -> str:
    """A count for a narrow place: `9.876`, `12 nghìn`, `1,2 Tr`; never rounded up."""
    if abs(value) < 10_000:
        return number(value, locale)
    unit, name = next(pair for pair in _COMPACT[locale] if abs(value) >= pair[0])
    whole, tenths = divmod(value * 10 // unit, 10)
    if not tenths or whole >= 10:
        return f"{number(whole, locale)}{name}"
    return f"{whole}{'.' if locale == 'en' else ','}{tenths}{name}"
