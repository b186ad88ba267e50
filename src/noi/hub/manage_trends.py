"""The stewards keep something out of the alliance's trends, and let it in again."""

import msgspec

from noi.db.hub.hidden_trends import Kind
from noi.hub import choices
from noi.hub.decision_cards import trend_decision
from noi.models.errors import Conflict, Invalid, NotFound
from noi.models.hub_finding import Trend
from noi.models.paging import MAX_ID
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number, with_query
from noi.services.hub import hidden_trends, trends
from noi.ui.cards import Form, Pager

_HOME = "/manage/trends"
_DEFAULT_HOURS = "24"
_AT_ONCE = 40


class TrendLine(msgspec.Struct, frozen=True):
    """Something that is talked about; `name` is what it is called in the address."""

    kind: str
    name: str
    label: str
    hint: str


@page("GET", _HOME, access="moderator")
async def index(visit: Visit) -> Answer:
    """What is talked about now, and what was decided."""
    return await _index(visit, Form())


async def _index(visit: Visit, form: Form) -> Answer:
    network, times = visit.network, choices.hours(visit)
    time = choices.chosen(times, visit.query.get("hours", ""), _DEFAULT_HOURS)
    before = number(visit.query.get("before", "")) or MAX_ID
    decided = await hidden_trends.fetch_page(network, before=before, limit=_AT_ONCE)
    full = len(decided) == _AT_ONCE
    hours, limit = int(time), trends.MAX_LIMIT
    return await visit.render(
        "hub/manage/trends.html",
        code=422 if form.errors else 200,
        form=form,
        times=times,
        time=time,
        tags=[
            _line(visit, "hashtag", one)
            for one in await trends.hashtags(network, hours=hours, limit=limit)
        ],
        links=[
            _line(visit, "link", one)
            for one in await trends.links(network, hours=hours, limit=limit)
        ],
        popular=[
            _line(visit, "post", one)
            for one in await trends.posts(network, hours=hours, limit=limit)
        ],
        decided=[trend_decision(one) for one in decided],
        page=Pager(older=with_query(_HOME, before=decided[-1].hidden.id) if full else ""),
    )


def _line(visit: Visit, kind: Kind, trend: Trend) -> TrendLine:
    label = trend.name
    if kind == "hashtag":
        label = f"#{trend.name}"
    elif kind == "post":
        label = trend.examples[0].post.excerpt or trend.name
    people = visit.ngettext("{n} person", "{n} people", trend.people)
    networks = visit.ngettext("{n} network", "{n} networks", trend.networks)
    return TrendLine(kind, trend.name, label, f"{people} · {networks}")


@page("GET", f"{_HOME}/hide", access="moderator")
async def hide_form(visit: Visit) -> Answer:
    """Ask by which rule and why something is kept out."""
    name, kind = visit.query.get("name", ""), visit.query.get("kind", "")
    return await _form(visit, _kind(kind), name, Form())


@page("POST", f"{_HOME}/hide", access="moderator")
async def hide(visit: Visit) -> Answer:
    """Keep it out."""
    kind, name = _kind(visit.text("kind")), visit.text("name")
    rule, reason = visit.text("rule"), visit.text("reason")
    try:
        await hidden_trends.hide(visit.network, visit.person, kind, name, rule=rule, reason=reason)
    except (Invalid, Conflict) as error:
        return await _form(visit, kind, name, visit.typed(error))
    visit.tell(visit.gettext("It is kept out of the trends."))
    return visit.redirect(_HOME)


async def _form(visit: Visit, kind: Kind, name: str, form: Form) -> Answer:
    return await visit.render(
        "hub/manage/trend.html",
        code=422 if form.errors else 200,
        form=form,
        kind=kind,
        named=name,
    )


@page("POST", f"{_HOME}/{{id:str}}/show", access="moderator")
async def show(visit: Visit) -> Answer:
    """Let it in again."""
    try:
        await hidden_trends.show(visit.network, visit.person, visit.path_id(), visit.text("reason"))
    except (Invalid, Conflict) as error:
        return await _index(visit, visit.typed(error))
    visit.tell(visit.gettext("It is let in again."))
    return visit.redirect(_HOME)


def _kind(text: str) -> Kind:
    match text:
        case "hashtag" | "link" | "post":
            return text
        case _:
            raise NotFound


HANDLERS = [index, hide_form, hide, show]
