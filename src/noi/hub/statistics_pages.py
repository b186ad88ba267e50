"""The alliance in public figures."""

import msgspec

from noi.hub.charts import Chart, chart
from noi.pages.base import page
from noi.pages.languages import language_name
from noi.pages.visits import Answer, Visit
from noi.services.hub import statistics
from noi.services.hub.statistics import Series
from noi.ui import dates
from noi.ui.cards import Choice

_DEFAULT_DAYS = "90"
_LANGUAGE = "language:"
_MOST_LANGUAGES = 8


class Share(msgspec.Struct, frozen=True):
    """How much of all posts is in a language."""

    label: str
    percent: int


@page("GET", "/statistics", access="public")
async def index(visit: Visit) -> Answer:
    """Charts, each with its table."""
    spans = _spans(visit)
    asked = visit.query.get("days", "")
    span = next((one for one in spans if one.value == asked), spans[1])
    found = {one.name: one for one in await statistics.series(visit.network, int(span.value))}
    charts = [_chart(visit, found[name]) for name in _titles(visit) if name in found]
    return await visit.render(
        "hub/statistics.html",
        spans=spans,
        span=span.value,
        charts=[one for one in charts if one is not None],
        shares=_shares(list(found.values())),
    )


@page("GET", "/statistics.csv", access="public")
async def as_csv(visit: Visit) -> Answer:
    """Everything that was ever counted, as CSV."""
    text = await statistics.csv(visit.network)
    answer = Answer(text.encode(), media_type="text/csv; charset=utf-8")
    answer.headers["content-disposition"] = 'attachment; filename="statistics.csv"'
    return answer


def _spans(visit: Visit) -> list[Choice]:
    return [
        Choice(value="30", label=visit.gettext("A month")),
        Choice(value=_DEFAULT_DAYS, label=visit.gettext("Three months")),
        Choice(value="365", label=visit.gettext("A year")),
    ]


def _titles(visit: Visit) -> dict[str, str]:
    """What is drawn, in this order."""
    return {
        "members": visit.gettext("Member networks"),
        "accounts": visit.gettext("People who let themselves be found"),
        "posts": visit.gettext("Posts a day that may be found"),
        "failing": visit.gettext("Networks that do not answer"),
        "waiting": visit.gettext("Addresses waiting to be read"),
    }


def _chart(visit: Visit, series: Series) -> Chart | None:
    if series.name == "posts" and len(series.points) > 1:
        # Today is not over.
        series = Series(series.name, series.points[:-1])
    known = [point.value for point in series.points if point.value is not None]
    if not known:
        return None
    change = known[-1] - known[0]
    note = ""
    if change and series.name in ("members", "accounts"):
        sign = "+" if change > 0 else "−"
        note = f"{sign}{dates.number(abs(change), visit.locale)}"
    now = dates.number(known[-1], visit.locale)
    return chart(visit, _titles(visit)[series.name], series, now, note)


def _shares(found: list[Series]) -> list[Share]:
    """The languages of the posts that were counted, the most frequent first."""
    sums = {
        series.name.removeprefix(_LANGUAGE): sum(point.value or 0 for point in series.points)
        for series in found
        if series.name.startswith(_LANGUAGE)
    }
    total = sum(sums.values())
    ordered = sorted(sums, key=lambda code: (-sums[code], code))[:_MOST_LANGUAGES]
    return [
        Share(language_name(code), round(100 * sums[code] / total))
        for code in ordered
        if total and sums[code]
    ]


HANDLERS = [index, as_csv]
