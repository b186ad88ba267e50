"""For moderators: what is talked about, and what is kept out of it, by which rule and why."""

from typing import cast

import msgspec

from noi.db.hidden_trends import HiddenTrend, Topic
from noi.models.errors import Conflict, Invalid, NotFound
from noi.models.moderation import EnforcementAction, EnforcementView
from noi.models.statuses import StatusView
from noi.pages.base import page
from noi.pages.people import account_card, full_handle
from noi.pages.visits import Answer, Visit, number
from noi.services import enforcements, hidden_trends, rules, timelines, trends, views
from noi.text.sanitize import strip_html
from noi.ui.cards import Form
from noi.web.feeds import pager_of

_HOME = "/moderation/trends"
_TAGS = 20
_LINKS = 10
_POSTS = 20
_DECISIONS = 40
_EXCERPT = 200
_ANYBODY = 0
"""Whom a moderator blocks or mutes may be talked about all the same."""


class TrendLine(msgspec.Struct, frozen=True):
    """Something that is talked about; `path` leads to it."""

    kind: str
    id: int
    name: str
    path: str
    hint: str = ""


class HiddenPost(msgspec.Struct, frozen=True):
    """A decision about a post; `path` leads to it."""

    id: int
    author: str
    path: str
    rule: str
    reason: str
    at: int


class HiddenLine(msgspec.Struct, frozen=True):
    """A decision about a hashtag or link."""

    id: int
    name: str
    rule: str
    reason: str
    at: int
    shown_at: int | None
    shown_reason: str


@page("GET", _HOME, access="moderator")
async def index(visit: Visit) -> Answer:
    """What is talked about now, and what was decided."""
    return await _index(visit, Form())


async def _index(visit: Visit, form: Form) -> Answer:
    network, part = visit.network, visit.page(_DECISIONS)
    decided = await hidden_trends.fetch_page(network, visit.person, part)
    refs = await trends.statuses(network, _ANYBODY, _POSTS)
    shown = await views.load(network, [ref.id for ref in refs])
    return await visit.render(
        "moderation/trends.html",
        code=422 if form.errors else 200,
        form=form,
        tags=[
            TrendLine("tag", view.tag.id, f"#{view.tag.name}", f"/tags/{view.tag.name}")
            for view in await trends.hashtags(network, visit.viewer_id, _TAGS)
        ],
        links=[
            TrendLine("link", view.card.id, view.card.title, view.card.url, view.card.url)
            for view in await trends.links(network, _LINKS)
        ],
        popular=[_post(visit, view) for view in shown.values()],
        decided=[_hidden(one) for one in decided],
        posts=[
            _hidden_post(visit, view)
            for view in await enforcements.kept_out(network, visit.person, _DECISIONS)
        ],
        page=pager_of(visit, part, [one.id for one in decided]),
    )


def _post(visit: Visit, view: StatusView) -> TrendLine:
    row, handle = view.status, full_handle(visit.network, view.account)
    path = account_card(visit.network, view.account).path
    words = row.spoiler_text or strip_html(row.content)[:_EXCERPT] or handle
    return TrendLine("status", row.id, words, f"{path}/{row.id}", handle)


def _hidden_post(visit: Visit, view: EnforcementView) -> HiddenPost:
    made, path = view.enforcement, account_card(visit.network, view.account).path
    return HiddenPost(
        id=made.id,
        author=full_handle(visit.network, view.account),
        path=f"{path}/{made.status_id}",
        rule=made.rule_text,
        reason=made.reason,
        at=made.created_at,
    )


def _hidden(one: HiddenTrend) -> HiddenLine:
    return HiddenLine(
        id=one.id,
        name=f"#{one.name}" if one.kind == "tag" else one.name,
        rule=one.rule_text,
        reason=one.reason,
        at=one.created_at,
        shown_at=one.shown_at,
        shown_reason=one.shown_reason,
    )


@page("GET", f"{_HOME}/{{kind:str}}/{{id:str}}", access="moderator")
async def hide_form(visit: Visit) -> Answer:
    """Ask by which rule and why something is kept out."""
    return await _form(visit, Form())


async def _form(visit: Visit, form: Form) -> Answer:
    kind, id_ = str(visit.request.path_params["kind"]), visit.path_id()
    found = await rules.fetch_all(visit.network)
    return await visit.render(
        "moderation/trend.html",
        code=422 if form.errors else 200,
        form=form,
        line=await _line(visit, kind, id_),
        rules=[(str(rule.id), rule.text) for rule in found],
    )


async def _line(visit: Visit, kind: str, id_: int) -> TrendLine:
    if kind == "status":
        return _post(visit, await _status(visit, id_))
    if kind not in ("tag", "link"):
        raise NotFound
    name = await hidden_trends.name_of(visit.network, kind, id_)
    return TrendLine(kind, id_, f"#{name}" if kind == "tag" else name, "")


async def _status(visit: Visit, id_: int) -> StatusView:
    refs = await timelines.by_ids(visit.network, _ANYBODY, [id_])
    found = await views.load(visit.network, [ref.id for ref in refs])
    if id_ not in found:
        raise NotFound
    return found[id_]


@page("POST", f"{_HOME}/{{kind:str}}/{{id:str}}", access="moderator")
async def hide(visit: Visit) -> Answer:
    """Keep it out."""
    kind, id_ = str(visit.request.path_params["kind"]), visit.path_id()
    line = await _line(visit, kind, id_)
    try:
        rule = number(visit.text("rule"))
        if not rule:
            raise Invalid("Name the rule that was broken", field="rule")
        if kind == "status":
            await enforcements.enforce(
                visit.network,
                visit.person,
                EnforcementAction.HIDE_TREND,
                account_id=(await _status(visit, line.id)).account.id,
                rule=rule,
                reason=visit.text("reason"),
                status_id=line.id,
            )
        else:
            topic = cast("Topic", line.kind)
            reason = visit.text("reason")
            await hidden_trends.hide(
                visit.network, visit.person, topic, id_, rule=rule, reason=reason
            )
    except (Invalid, Conflict) as error:
        return await _form(visit, visit.typed(error))
    visit.tell(visit.gettext("It is kept out of the trends."))
    return visit.redirect(_HOME)


@page("POST", f"{_HOME}/{{id:str}}", access="moderator")
async def show(visit: Visit) -> Answer:
    """Let a hashtag or link in again."""
    try:
        await hidden_trends.show(visit.network, visit.person, visit.path_id(), visit.text("reason"))
    except (Invalid, Conflict) as error:
        return await _index(visit, visit.typed(error))
    visit.tell(visit.gettext("It is let in again."))
    return visit.redirect(_HOME)


HANDLERS = [index, hide_form, hide, show]
