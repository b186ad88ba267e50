import pytest
from hypothesis import given
from hypothesis import strategies as st

from noi.activitypub.times import duration, moment

NOON = 1_636_112_810_000


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("2021-11-05T11:46:50Z", NOON),
        ("2021-11-05T11:46:50.123Z", NOON + 123),
        ("2021-11-05T11:46:50.123456789Z", NOON + 123),
        ("2021-11-05T18:46:50+07:00", NOON),
        ("2021-11-05T18:46:50+0700", NOON),
        ("2021-11-05T11:46:50", NOON),
        ("2021-11-05 11:46:50Z", NOON),
        ("2021-11-05t11:46:50z", NOON),
        (" 2021-11-05T11:46:50Z\n", NOON),
        ("2021-11-05", 1_636_070_400_000),
        (["2021-11-05T11:46:50Z"], NOON),
        ({"@type": "xsd:dateTime", "@value": "2021-11-05T11:46:50Z"}, NOON),
        ("1970-01-01T00:00:00Z", 0),
        ("9999-12-31T23:59:59-12:00", 253_402_343_999_000),
    ],
)
def test_moments(written: object, milliseconds: int) -> None:
    assert moment(written) == milliseconds


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "yesterday",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "2021-13-01T00:00:00Z",
        "2021-11-05T25:00:00Z",
        "10000-01-01T00:00:00Z",
        1_636_112_810,
        True,
        {},
        [],
        "2021" * 20,
    ],
)
def test_no_moments(written: object) -> None:
    assert moment(written) is None


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("PT1145S", 1_145_000),
        ("PT1H2M3.5S", 3_723_500),
        ("PT0,25S", 250),
        ("P1DT2H", 93_600_000),
        ("P2W", 1_209_600_000),
        (215, 215_000),
        (12.5, 12_500),
        (0, 0),
        ([{"@value": "PT1S"}], 1_000),
    ],
)
def test_durations(written: object, milliseconds: int) -> None:
    assert duration(written) == milliseconds


@pytest.mark.parametrize("written", [None, "", "P", "PT", "P1Y", "-PT1S", -1, True, 1e300, "5", {}])
def test_no_durations(written: object) -> None:
    assert duration(written) is None


@given(st.one_of(st.text(), st.datetimes().map(str), st.floats(), st.integers()))
def test_anything(written: object) -> None:
    assert (moment(written) or 0) >= 0
    assert (duration(written) or 0) >= 0
