"""What is talked about more than usual."""

from urllib.parse import urlsplit

import msgspec

from noi.hub import choices
from noi.hub.cards import PostCard, post_card, web_address
from noi.models.hub_finding import Trend
from noi.pages.base import page
from noi.pages.languages import language_name
from noi.pages.visits import Answer, Visit
from noi.services.hub import trends
from noi.ui.cards import Choice

_DEFAULT_HOURS = "24"
_TAGS = 20
_LINKS = 10
_POSTS = 10
_WIDTH = 96
_HEIGHT = 28


class Topic(msgspec.Struct, frozen=True):
    """A hashtag or link; `path` leads on, `line` draws how it was talked about by the hour."""

    name: str
    path: str
    hint: str
    line: str


@page("GET", "/trends", access="public")
async def index(visit: Visit) -> Answer:
    """Hashtags, links and posts."""
    times, languages = choices.hours(visit), await _languages(visit)
    time = choices.chosen(times, visit.query.get("hours", ""), _DEFAULT_HOURS)
    language = choices.chosen(languages, visit.query.get("language", ""))
    network, hours = visit.network, int(time)
    tags = await trends.hashtags(network, hours=hours, limit=_TAGS, language=language)
    links = await trends.links(network, hours=hours, limit=_LINKS, language=language)
    popular = await trends.posts(network, hours=hours, limit=_POSTS, language=language)
    return await visit.render(
        "hub/trends.html",
        times=times,
        languages=languages,
        time=time,
        language=language,
        tags=[_tag(visit, trend) for trend in tags],
        links=[_link(visit, trend) for trend in links],
        popular=_posts(popular),
    )


async def _languages(visit: Visit) -> list[Choice]:
    """Those in which something is talked about now."""
    found = await trends.languages(visit.network)
    every = Choice(value="", label=visit.gettext("All languages"))
    return [every, *(Choice(value=code, label=language_name(code)) for code in found)]


def _tag(visit: Visit, trend: Trend) -> Topic:
    return Topic(
        name=f"#{trend.name}",
        path=f"#{trend.name}",
        hint=_counted(visit, trend),
        line=line(trend.hourly),
    )


def _link(visit: Visit, trend: Trend) -> Topic:
    parts = urlsplit(trend.name)
    return Topic(
        name=f"{parts.netloc}{parts.path}".removesuffix("/"),
        path=web_address(trend.name),
        hint=_counted(visit, trend),
        line=line(trend.hourly),
    )


def _posts(popular: list[Trend]) -> list[PostCard]:
    return [post_card(hit) for trend in popular for hit in trend.examples[:1]]


def _counted(visit: Visit, trend: Trend) -> str:
    people = visit.ngettext("{n} person", "{n} people", trend.people)
    return f"{people} · {visit.ngettext('{n} network', '{n} networks', trend.networks)}"


def line(hourly: list[int]) -> str:
    """A small curve of values from 0 to 100, as the `d` of an SVG path."""
    if len(hourly) < 2:
        return ""
    step = _WIDTH / (len(hourly) - 1)
    points = [
        f"{n * step:.1f} {_HEIGHT - 2 - value * (_HEIGHT - 4) / 100:.1f}"
        for n, value in enumerate(hourly)
    ]
    return "M" + "L".join(points)


HANDLERS = [index]
