"""What is talked about more than usual: hashtags, links and posts.

Counted are people, each once, and networks: of ten people on three networks at least. People of
one network count less the more they are, and the longer ago they spoke; and as much is taken off
as was spoken of the same before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import ceil, sqrt
from typing import Literal

import msgspec

from noi.db.database import Transaction
from noi.db.hub import hidden_trends, trends, visible
from noi.db.hub.hidden_trends import Kind, post_key
from noi.db.hub.trends import Placed, Row, TalkedAbout, Use
from noi.models.hub_finding import PostHit, Trend
from noi.models.hub_jobs import CountTrends
from noi.models.ids import now_ms
from noi.services.network import Network
from noi.text.hashtags import family_key
from noi.text.language import primary

MIN_PEOPLE = 10
MIN_NETWORKS = 3
HOURS = (6, 24, 72, 168)
"""The times that trends are counted for."""
MAX_LIMIT = 40
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_PAST_DAYS = 28
_UNHELD_MS = 6 * _HOUR_MS
_LEAST_LIFT = 0.2
_HALF_RANK = 8
_KEPT_EXAMPLES = 6
_SHOWN_EXAMPLES = 5
_OF_ONE_AUTHOR = 2

_Found = tuple[float, Row]


async def count(network: Network, _job: CountTrends) -> None:
    """Count all trends anew."""
    now = now_ms()
    placed: list[Placed] = []
    for hours in HOURS:
        for kind in ("hashtag", "link"):
            placed += await _topics(network, kind, hours, now)
        placed += await _posts(network, hours, now)

    async def work(tx: Transaction) -> None:
        await trends.replace(tx, placed)
        await trends.forget(tx, now - HOURS[-1] * _HOUR_MS, now - _UNHELD_MS)

    await network.db.transaction(work)


async def hashtags(
    network: Network, *, hours: int = 24, limit: int = 20, language: str = ""
) -> list[Trend]:
    """Hashtags, each in the spelling that most people use."""
    return await _read(network, "hashtag", hours, limit, language)


async def links(
    network: Network, *, hours: int = 24, limit: int = 20, language: str = ""
) -> list[Trend]:
    """Links, by their address."""
    return await _read(network, "link", hours, limit, language)


async def posts(
    network: Network, *, hours: int = 24, limit: int = 20, language: str = ""
) -> list[Trend]:
    """Posts: `name` is the address of each, and its only example is itself."""
    return await _read(network, "post", hours, limit, language)


async def languages(network: Network) -> list[str]:
    """Languages (lower case) in which something is talked about just now."""
    return await trends.languages(network.db)


async def _read(network: Network, kind: Kind, hours: int, limit: int, language: str) -> list[Trend]:
    window = next((known for known in HOURS if known >= hours), HOURS[-1])
    hidden = await hidden_trends.keys(network.db, kind)
    rows = await trends.read(network.db, kind, primary(language), window, MAX_LIMIT)
    rows = [row for row in rows if _key(kind, row.name) not in hidden]
    ids = [msgspec.json.decode(row.examples, type=list[int]) for row in rows]
    shown = await _shown(network, [id_ for some in ids for id_ in some])
    found: list[Trend] = []
    for row, some in zip(rows, ids, strict=True):
        examples = [shown[id_] for id_ in some if id_ in shown][:_SHOWN_EXAMPLES]
        hourly = msgspec.json.decode(row.hourly, type=list[int])[-max(hours, 1) :]
        if not examples or (kind == "post" and post_key(examples[0].post.uri) in hidden):
            continue
        name = examples[0].post.uri if kind == "post" else row.name
        found.append(Trend(name, row.rank, row.people, row.networks, hourly, examples))
    return found[: min(max(limit, 1), MAX_LIMIT)]


def _key(kind: Kind, name: str) -> str:
    return family_key(name) if kind == "hashtag" else name


async def _shown(network: Network, ids: Sequence[int]) -> dict[int, PostHit]:
    rows = await visible.examples(network.db, ids)
    authors = await visible.authors(network.db, list({row.account_id for row in rows.values()}))
    return {
        id_: PostHit(row, authors[row.account_id])
        for id_, row in rows.items()
        if row.account_id in authors
    }


async def _topics(
    network: Network, kind: Literal["hashtag", "link"], hours: int, now: int
) -> list[Placed]:
    """What is talked about in a time, in all languages together and in each."""
    db, since = network.db, now - hours * _HOUR_MS
    keys = await trends.widespread(
        db, kind, since=since, now=now, people=MIN_PEOPLE, networks=MIN_NETWORKS
    )
    if not keys:
        return []
    past = await _past(network, kind, keys, since)
    uses: dict[tuple[str, str], list[Use]] = defaultdict(list)
    for use in await trends.uses(db, kind, keys, since=since, now=now):
        for language in _ranges(use.language):
            uses[language, use.key].append(use)
    found: dict[str, list[_Found]] = defaultdict(list)
    for (language, key), some in uses.items():
        expected = past.get((language, key), 0.0) * hours / 24
        if (trend := _weigh(some, expected, hours, now)) is not None:
            found[language].append(trend)
    return _place(kind, hours, found)


async def _past(
    network: Network, kind: str, keys: Sequence[str], since: int
) -> dict[tuple[str, str], float]:
    """How many people used each on a day before, as a mean of at most four weeks."""
    first = await trends.first_post_at(network.db) or since
    from_time = max(since - _PAST_DAYS * _DAY_MS, first - 1)
    days = max((since - from_time) / _DAY_MS, 1.0)
    means: dict[tuple[str, str], float] = defaultdict(float)
    for day in await trends.earlier(network.db, kind, keys, from_time=from_time, since=since):
        for language in _ranges(day.language):
            means[language, day.key] += day.people / days
    return means


def _ranges(language: str) -> list[str]:
    """What a language is counted for: all, and those that differ from it in their region alone."""
    return ["", primary(language)] if language else [""]


def _weigh(uses: Sequence[Use], expected: float, hours: int, now: int) -> _Found | None:
    """How strongly something is talked about; None for what too few do, or no more than usual."""
    latest: dict[int, Use] = {}
    for use in uses:
        latest.setdefault(use.account_id, use)
    networks = {use.host for use in latest.values()}
    people = len(latest)
    if people < MIN_PEOPLE or len(networks) < MIN_NETWORKS:
        return None
    lift = 1 - expected / people
    if lift < _LEAST_LIFT:
        return None
    spoken: dict[str, float] = defaultdict(float)
    for use in latest.values():
        spoken[use.host] += 0.5 ** ((now - use.at) / (hours * _HOUR_MS / 2))
    weight = lift * sum(sqrt(amount) for amount in spoken.values())
    name = Counter(use.name for use in latest.values()).most_common(1)[0][0]
    examples = _examples(latest.values())
    hourly = _hourly(uses, hours, now)
    return weight, _row(name, weight, people, len(networks), hourly, examples)


def _examples(uses: Iterable[Use]) -> list[int]:
    """Posts of different people, of different networks first."""
    order: list[tuple[int, int]] = []
    of_network: Counter[str] = Counter()
    for use in uses:
        order.append((of_network[use.host], use.post_id))
        of_network[use.host] += 1
    order.sort(key=lambda item: item[0])
    return [post_id for _, post_id in order[:_KEPT_EXAMPLES]]


def _hourly(uses: Iterable[Use], hours: int, now: int) -> list[int]:
    """How many people spoke in each hour, as a share of the most, from 0 to 100."""
    speakers = {((now - use.at) // _HOUR_MS, use.account_id) for use in uses}
    counts = Counter(age for age, _ in speakers)
    most = max(counts.values(), default=1)
    return [counts[age] * 100 // most for age in range(hours - 1, -1, -1)]


def _row(
    name: str, weight: float, people: int, networks: int, hourly: list[int], examples: list[int]
) -> Row:
    rank = min(max(ceil(100 * weight / (weight + _HALF_RANK)), 1), 100)
    told = [msgspec.json.encode(part).decode() for part in (hourly, examples)]
    return Row(name, rank, people, networks, *told)


async def _posts(network: Network, hours: int, now: int) -> list[Placed]:
    """Posts that several members announced; of one author only a few."""
    since = now - hours * _HOUR_MS
    known = await trends.posts(network.db, since=since, people=MIN_PEOPLE, networks=MIN_NETWORKS)
    found: dict[str, list[_Found]] = defaultdict(list)
    of_author: Counter[tuple[str, int]] = Counter()
    for weight, post in sorted(((_worth(post, hours, now), post) for post in known), key=_first):
        hourly = [0] * hours
        hourly[hours - 1 - min((now - post.announced_at) // _HOUR_MS, hours - 1)] = 100
        row = _row(str(post.id), weight, post.people, post.networks, hourly, [post.id])
        for language in _ranges(post.language):
            of_author[language, post.account_id] += 1
            if of_author[language, post.account_id] <= _OF_ONE_AUTHOR:
                found[language].append((weight, row))
    return _place("post", hours, found)


def _first(found: tuple[float, TalkedAbout]) -> tuple[float, int]:
    return -found[0], found[1].id


def _worth(post: TalkedAbout, hours: int, now: int) -> float:
    fresh = 0.5 ** ((now - post.announced_at) / (hours * _HOUR_MS / 2))
    return fresh * sqrt(post.networks * sqrt(post.people))


def _place(kind: str, hours: int, found: dict[str, list[_Found]]) -> list[Placed]:
    placed: list[Placed] = []
    for language, some in found.items():
        best = sorted(some, key=lambda item: (-item[0], item[1].name))[:MAX_LIMIT]
        placed += [Placed(kind, language, hours, place, row) for place, (_, row) in enumerate(best)]
    return placed
