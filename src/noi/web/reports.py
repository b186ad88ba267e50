"""Reporting to the moderators, and what they decided about oneself."""

from noi.models.accounts import Role
from noi.models.errors import Conflict, Invalid, NotFound
from noi.models.moderation import EnforcementAction, EnforcementView
from noi.models.paging import Page
from noi.pages.base import page
from noi.pages.people import account_card
from noi.pages.visits import Answer, Visit, number
from noi.services import accounts, appeals, enforcements, reports, views
from noi.ui.cards import Form, StatusCard
from noi.ui.html import Html
from noi.web.feeds import one_card
from noi.web.sign_up import rule_choices


@page("GET", "/report")
async def report_form(visit: Visit) -> Answer:
    """Ask what is wrong with a post or an account."""
    status_id = number(visit.query.get("status", ""))
    account_id = number(visit.query.get("account", ""))
    return await _report_form(visit, Form(), account_id, status_id)


async def _report_form(
    visit: Visit, form: Form, account_id: int | None, status_id: int | None
) -> Answer:
    status = await one_card(visit, status_id) if status_id else None
    wanted = status.account.id if status else account_id or 0
    target = await accounts.get(visit.network, wanted)
    account = account_card(visit.network, target)
    return await visit.render(
        "report.html",
        code=422 if form.errors else 200,
        form=form,
        account=account,
        status=status,
        rules=await rule_choices(visit),
        local=target.local,
        back=status.path if status else account.path,
    )


@page("POST", "/report")
async def report(visit: Visit) -> Answer:
    """Send a report."""
    account_id, status_id = number(visit.text("account")), number(visit.text("status"))
    rules = [id_ for text in visit.texts("rule") if (id_ := number(text)) is not None]
    try:
        await reports.create(
            visit.network,
            visit.person,
            account_id or 0,
            status_ids=[status_id] if status_id else [],
            rule_ids=rules,
            category=visit.text("category"),
            comment=visit.text("comment"),
            forward=visit.flag("forward"),
        )
    except Invalid as error:
        return await _report_form(visit, visit.typed(error), account_id, status_id)
    visit.tell(visit.gettext("Thank you. The moderators will look at it."))
    return visit.redirect("/")


def action_name(visit: Visit, action: EnforcementAction) -> str:
    """What moderators did, in words."""
    return {
        EnforcementAction.LIMIT: visit.gettext("The account is limited"),
        EnforcementAction.DISABLE: visit.gettext("The account is disabled"),
        EnforcementAction.HIDE_STATUS: visit.gettext("A post is hidden"),
        EnforcementAction.DELETE_STATUS: visit.gettext("A post is deleted"),
        EnforcementAction.HIDE_TREND: visit.gettext("A post is kept out of the trends"),
    }[action]


def decision_row(visit: Visit, view: EnforcementView) -> dict[str, object]:
    """A decision as templates print it."""
    made, appeal = view.enforcement, view.appeal
    return {
        "id": made.id,
        "created_at": made.created_at,
        "action": action_name(visit, made.action),
        "rule": made.rule_text,
        "reason": made.reason,
        "overturned": made.reversed_at is not None,
        "reversal": made.reversal_reason,
        "appeal": appeal.text if appeal else "",
        "answer": appeal.answer if appeal else "",
        "by": "",
        "can_reverse": made.reversed_at is None,
    }


@page("GET", "/decisions", access="held")
async def decisions(visit: Visit) -> Answer:
    """Everything that was decided about oneself."""
    rows = await enforcements.of_account(visit.network, visit.viewer_id, Page(limit=40))
    return await visit.render("decisions.html", decisions=[decision_row(visit, r) for r in rows])


@page("GET", "/decisions/{id:str}", access="held")
async def decision(visit: Visit) -> Answer:
    """One decision with its rule and reason, and a way to appeal."""
    return await _decision(visit, Form())


async def _decision(visit: Visit, form: Form) -> Answer:
    view = await enforcements.get(visit.network, visit.person, visit.path_id())
    made = view.enforcement
    if made.account_id != visit.viewer_id and visit.person.role.rank < Role.MODERATOR.rank:
        raise NotFound
    if made.account_id == visit.viewer_id and made.seen_at is None:
        await enforcements.mark_seen(visit.network, visit.viewer_id, made.id)
    return await visit.render(
        "enforcement.html",
        code=422 if form.errors else 200,
        form=form,
        decision=decision_row(visit, view),
        own=made.account_id == visit.viewer_id,
        status=await _judged(visit, made.status_id) if made.status_id else None,
    )


async def _judged(visit: Visit, status_id: int) -> StatusCard | None:
    """The status in question, for its author and the moderators even when it is hidden."""
    view = await views.load_one(visit.network, status_id)
    if view is None:
        return None
    author = account_card(visit.network, view.account, view.account_emojis)
    return StatusCard(
        id=status_id,
        account=author,
        path=f"{author.path}/{status_id}",
        url=view.status.url,
        content=Html(view.status.content),
        created_at=view.status.created_at,
        lang=view.status.language,
        warning=view.status.spoiler_text,
    )


@page("POST", "/decisions/{id:str}/appeal", access="held")
async def appeal(visit: Visit) -> Answer:
    """Ask for another look."""
    try:
        await appeals.appeal(visit.network, visit.viewer_id, visit.path_id(), visit.text("text"))
    except (Invalid, Conflict) as error:
        return await _decision(visit, visit.typed(error))
    visit.tell(visit.gettext("Your appeal is with the moderators."))
    return visit.redirect(f"/decisions/{visit.path_id()}")


HANDLERS = [report_form, report, decisions, decision, appeal]
