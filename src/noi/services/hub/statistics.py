"""Public statistics: members, consenting accounts, posts and languages of each day, and how well
the hub reaches its members. What fewer than ten people or three networks did is not told.
"""

import csv as csv_files
import io
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import msgspec

from noi.db.database import Transaction
from noi.db.hub import statistics
from noi.db.hub.statistics import Figure
from noi.models.hub_jobs import CountStatistics
from noi.models.ids import first_id_at, now_ms
from noi.services.network import Network

MIN_PEOPLE = 10
MIN_NETWORKS = 3
MAX_DAYS = 3660
TOO_FEW = "<10"
"""What stands for a figure that is not told."""
_HIDDEN = -1


class Point(msgspec.Struct, frozen=True):
    """A figure of a day; None where too few people are in it."""

    day: str
    value: int | None


class Series(msgspec.Struct, frozen=True):
    """A figure day after day: members, failing, waiting, accounts, posts or language:…"""

    name: str
    points: list[Point]


async def count(network: Network, _job: CountStatistics) -> None:
    """Count for yesterday, which may have grown, and for today."""
    today = datetime.fromtimestamp(now_ms() / 1000, UTC).date()
    figures = await _standing(network, today.isoformat())
    for day in (today - timedelta(days=1), today):
        begin = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        figures += await _written(network, day.isoformat(), begin)
    await network.db.transaction(lambda tx: _put(tx, figures))


async def series(network: Network, days: int) -> list[Series]:
    """Each figure of the last days, today's too; a day on which nothing was counted is left out."""
    today = datetime.fromtimestamp(now_ms() / 1000, UTC).date()
    after = today - timedelta(days=min(max(days, 1), MAX_DAYS))
    found: dict[str, list[Point]] = defaultdict(list)
    for figure in await statistics.read(network.db, after.isoformat()):
        told = None if figure.value == _HIDDEN else figure.value
        found[figure.name].append(Point(figure.day, told))
    return [Series(name, points) for name, points in sorted(found.items())]


async def csv(network: Network, days: int = MAX_DAYS) -> str:
    """The same as lines of `day,name,value`, with a heading."""
    lines = [
        (point.day, one.name, TOO_FEW if point.value is None else point.value)
        for one in await series(network, days)
        for point in one.points
    ]
    text = io.StringIO()
    writer = csv_files.writer(text, lineterminator="\r\n")
    writer.writerow(("day", "name", "value"))
    writer.writerows(sorted(lines, key=_by_day))
    return text.getvalue()


def _by_day(line: tuple[str, str, str | int]) -> tuple[str, str]:
    return line[0], line[1]


async def _standing(network: Network, day: str) -> list[Figure]:
    members, failing = await statistics.members(network.db)
    people, networks = await statistics.accounts(network.db)
    return [
        Figure(day, "members", members),
        Figure(day, "failing", failing),
        Figure(day, "waiting", await statistics.waiting(network.db, now_ms())),
        Figure(day, "accounts", _told(people, people, networks)),
    ]


async def _written(network: Network, day: str, begin: int) -> list[Figure]:
    first, end = first_id_at(begin), first_id_at(begin + 86_400_000)
    whole = await statistics.posts(network.db, first, end)
    figures = [Figure(day, "posts", _told(whole.posts, whole.people, whole.networks))]
    for part in await statistics.posts_by_language(network.db, first, end):
        told = _told(part.posts, part.people, part.networks)
        # That there is something in a language could tell who wrote it.
        if part.language and told != _HIDDEN:
            figures.append(Figure(day, f"language:{part.language}", told))
    return figures


async def _put(tx: Transaction, figures: list[Figure]) -> None:
    await statistics.put(tx, figures)


def _told(value: int, people: int, networks: int) -> int:
    few = people < MIN_PEOPLE or networks < MIN_NETWORKS
    return _HIDDEN if few and value else value
