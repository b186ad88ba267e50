"""Figures of many days as drawings that a page holds, each with the same in words."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec

from noi.pages.visits import Visit
from noi.services.hub.statistics import TOO_FEW, Point, Series
from noi.ui import dates

_WIDTH = 600
_TOP = 8
_BOTTOM = 150
_RIGHT = 594


class Chart(msgspec.Struct, frozen=True):
    """`area` and `line` are the `d` of SVG paths; `dot` is where the curve ends; `rows` are pairs
    of a day and its figure, newest first.
    """

    id: str
    title: str
    now: str
    note: str
    summary: str
    highest: str
    area: str
    line: str
    dot: tuple[str, str]
    first_day: str
    last_day: str
    rows: list[tuple[str, str]]


def chart(visit: Visit, title: str, series: Series, now: str, note: str) -> Chart | None:
    """The drawing of a series, None where no figure of it may be told."""
    known = [point for point in series.points if point.value is not None]
    if not known:
        return None
    highest = max(_value(point) for point in known)
    spots = _spots(series.points, max(highest, 1))
    first, last = series.points[0].day, series.points[-1].day
    summary = visit.gettext(
        "{title}: from {first} on {first_day} to {last} on {last_day}, {highest} at most",
        title=title,
        first=_number(visit, known[0].value),
        first_day=day(visit, known[0].day),
        last=_number(visit, known[-1].value),
        last_day=day(visit, known[-1].day),
        highest=_number(visit, highest),
    )
    return Chart(
        id=series.name.replace(":", "-"),
        title=title,
        now=now,
        note=note,
        summary=summary,
        highest=_number(visit, highest),
        area="".join(
            f"M{_x(run[0])} {_BOTTOM}L{_path(run)}L{_x(run[-1])} {_BOTTOM}Z" for run in spots
        ),
        line="".join(f"M{_path(run)}" for run in spots),
        dot=(_x(spots[-1][-1]), _y(spots[-1][-1])),
        first_day=day(visit, first),
        last_day=day(visit, last),
        rows=[
            (day(visit, point.day), _number(visit, point.value))
            for point in reversed(series.points)
        ],
    )


def day(visit: Visit, written: str) -> str:
    """`2026-11-22` as people write it."""
    at = datetime.combine(date.fromisoformat(written), datetime.min.time(), UTC)
    return dates.day(int(at.timestamp() * 1000), visit.locale, "UTC")


def _spots(points: Sequence[Point], highest: int) -> list[list[tuple[float, float]]]:
    """Where the curve goes, in pieces: days that are not told are gaps."""
    first = date.fromisoformat(points[0].day)
    length = max((date.fromisoformat(points[-1].day) - first).days, 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point.value is None:
            runs.append([])
            continue
        along = (date.fromisoformat(point.day) - first).days / length
        height = point.value / highest
        runs[-1].append((along * _RIGHT, _BOTTOM - height * (_BOTTOM - _TOP)))
    return [run for run in runs if run]


def _path(run: Sequence[tuple[float, float]]) -> str:
    return "L".join(f"{_x(spot)} {_y(spot)}" for spot in run)


def _x(spot: tuple[float, float]) -> str:
    return f"{spot[0]:.1f}"


def _y(spot: tuple[float, float]) -> str:
    return f"{spot[1]:.1f}"


def _value(point: Point) -> int:
    return point.value or 0


def _number(visit: Visit, value: int | None) -> str:
    return TOO_FEW if value is None else dates.number(value, visit.locale)
