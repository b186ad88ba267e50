import pytest

from noi.ui import dates

# Tuesday, 17 February 2026, 10:05 in Hanoi: Vietnamese New Year's Day
TET = 1_771_297_500_000


def test_moments_as_each_language_writes_them() -> None:
    assert dates.moment(TET, "vi") == "10:05 Thứ Ba, 17 tháng 2, 2026"
    assert dates.moment(TET, "en") == "Tuesday, 17 February 2026 at 10:05"
    assert dates.moment(TET, "lo") == "ວັນອັງຄານ, 17 ກຸມພາ 2026, 10:05"
    assert dates.moment(TET, "en", "America/New_York") == "Monday, 16 February 2026 at 22:05"
    assert dates.day(TET, "vi") == "17 tháng 2, 2026"
    assert dates.iso(TET) == "2026-02-17T03:05:00Z"


@pytest.mark.parametrize("zone", ["", "Nowhere/City", "../etc/passwd", "x" * 300, "a\0b"])
def test_an_unknown_zone_counts_as_vietnam(zone: str) -> None:
    assert dates.moment(TET, "vi", zone) == dates.moment(TET, "vi")


@pytest.mark.parametrize(
    ("past", "vi", "en"),
    [
        (-5_000, "vừa xong", "now"),
        (59_000, "vừa xong", "now"),
        (60_000, "1 phút", "1 minute"),
        (59 * dates.MINUTE, "59 phút", "59 minutes"),
        (3 * dates.HOUR, "3 giờ", "3 hours"),
        (6 * dates.DAY, "6 ngày", "6 days"),
        (20 * dates.DAY, "28/1", "28/1"),
        (400 * dates.DAY, "13/1/2025", "13/1/2025"),
    ],
)
def test_how_long_ago(past: int, vi: str, en: str) -> None:
    assert dates.ago(TET - past, TET, "vi") == vi
    assert dates.ago(TET - past, TET, "en") == en


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (0, "0", "0"),
        (9_876, "9.876", "9,876"),
        (12_345, "12 nghìn", "12K"),
        (999_999, "999 nghìn", "999K"),
        (1_200_000, "1,2 Tr", "1.2M"),
        (12_900_000, "12 Tr", "12M"),
        (3_000_000_000, "3 Tỷ", "3B"),
    ],
)
def test_compact_numbers(value: int, vi: str, en: str) -> None:
    assert dates.compact(value, "vi") == vi
    assert dates.compact(value, "en") == en


def test_whole_numbers() -> None:
    assert dates.number(1_234_567, "vi") == "1.234.567"
    assert dates.number(1_234_567, "lo") == "1.234.567"
