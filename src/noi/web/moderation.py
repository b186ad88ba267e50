"""For moderators: reports, decisions, appeals, and who waits to join."""

from noi.models.accounts import AccountState
from noi.models.errors import Conflict, Invalid, NoiError
from noi.models.moderation import EnforcementAction, EnforcementView, ReportCategory, ReportView
from noi.models.paging import Page
from noi.pages.base import page
from noi.pages.people import account_card, full_handle
from noi.pages.visits import Answer, Visit, number
from noi.services import accounts, appeals, approvals, enforcements, reports, rules, timelines
from noi.ui.cards import Choice, Form, Notice
from noi.web.feeds import pager_of, status_cards
from noi.web.reports import decision_row

_HISTORY = 20


@page("GET", "/moderation", access="moderator")
async def open_reports(visit: Visit) -> Answer:
    """Reports that wait."""
    return await _reports(visit, only_open=True)


@page("GET", "/moderation/resolved", access="moderator")
async def all_reports(visit: Visit) -> Answer:
    """All reports."""
    return await _reports(visit, only_open=False)


async def _reports(visit: Visit, *, only_open: bool) -> Answer:
    part = visit.page(40)
    rows = await reports.fetch_page(visit.network, visit.person, part, only_open=only_open)
    return await visit.render(
        "moderation/reports.html",
        reports=[_report_row(visit, row) for row in rows],
        page=pager_of(visit, part, [row.report.id for row in rows]),
    )


def _report_row(visit: Visit, view: ReportView) -> dict[str, object]:
    return {
        "id": view.report.id,
        "account": account_card(visit.network, view.target),
        "created_at": view.report.created_at,
        "category": _category(visit, view.report.category),
        "comment": view.report.comment,
        "reporter": full_handle(visit.network, view.reporter),
        "rules": [rule.text for rule in view.rules],
        "resolved": view.report.resolved_at is not None,
        "resolution": view.report.resolution,
    }


def _category(visit: Visit, category: ReportCategory) -> str:
    return {
        ReportCategory.SPAM: visit.gettext("It is spam"),
        ReportCategory.LEGAL: visit.gettext("It breaks the law"),
        ReportCategory.VIOLATION: visit.gettext("It breaks a rule of this network"),
        ReportCategory.OTHER: visit.gettext("Something else"),
    }[category]


@page("GET", "/moderation/reports/{id:str}", access="moderator")
async def report(visit: Visit) -> Answer:
    """One report, and what can be done."""
    return await _report(visit, Form())


async def _report(visit: Visit, form: Form) -> Answer:
    view = await reports.get(visit.network, visit.person, visit.path_id())
    refs = await timelines.by_ids(visit.network, visit.viewer_id, view.status_ids)
    statuses = await status_cards(visit, refs, "thread", hide=False)
    return await visit.render(
        "moderation/report.html",
        code=422 if form.errors else 200,
        report=_report_row(visit, view),
        statuses=statuses,
        form=form,
        rules=await _rules(visit),
        actions=_actions(visit, of_status=bool(statuses)),
        history=await _history(visit, view.target.id),
    )


async def _rules(visit: Visit) -> list[tuple[str, str]]:
    return [(str(rule.id), rule.text) for rule in await rules.fetch_all(visit.network)]


def _actions(visit: Visit, *, of_status: bool) -> list[tuple[str, str, str]]:
    texts = {
        EnforcementAction.HIDE_STATUS: (
            visit.gettext("Hide the posts"),
            visit.gettext("Only their author still sees them."),
        ),
        EnforcementAction.DELETE_STATUS: (
            visit.gettext("Delete the posts"),
            visit.gettext("This cannot be taken back."),
        ),
        EnforcementAction.HIDE_TREND: (
            visit.gettext("Keep the posts out of the trends"),
            visit.gettext("They stay where they are."),
        ),
        EnforcementAction.LIMIT: (
            visit.gettext("Limit the account"),
            visit.gettext("Only followers still see what it posts."),
        ),
        EnforcementAction.DISABLE: (
            visit.gettext("Disable the account"),
            visit.gettext("It can only read why, appeal, and take its data along."),
        ),
    }
    return [(a.value, *texts[a]) for a in texts if of_status or not a.of_status]


async def _history(visit: Visit, account_id: int) -> list[dict[str, object]]:
    page_ = Page(limit=_HISTORY)
    found = await enforcements.fetch_page(visit.network, visit.person, page_, account_id=account_id)
    ids = sorted({v.enforcement.moderator_id for v in found if v.enforcement.moderator_id})
    names = await accounts.load(visit.network, ids)
    rows: list[dict[str, object]] = []
    for view in found:
        by = names.get(view.enforcement.moderator_id or 0)
        name = by.account.name if by else visit.gettext("the operator")
        rows.append({**decision_row(visit, view), "by": name})
    return rows


@page("POST", "/moderation/reports/{id:str}/enforce", access="moderator")
async def enforce_report(visit: Visit) -> Answer:
    """Decide about a report: a rule and a reason are always part of it."""
    view = await reports.get(visit.network, visit.person, visit.path_id())
    try:
        action = _chosen(visit)
        targets = view.status_ids if action.of_status else [None]
        for status_id in targets:
            await _enforce(visit, action, view.target.id, status_id, view.report.id)
        if view.report.resolved_at is None:
            await reports.resolve(visit.network, visit.person, view.report.id, visit.text("reason"))
    except (Invalid, Conflict) as error:
        return await _report(visit, _decision_form(visit, error))
    visit.tell(visit.gettext("It is done, and the person is told why."))
    return visit.redirect("/moderation")


def _chosen(visit: Visit) -> EnforcementAction:
    try:
        return EnforcementAction(visit.text("action"))
    except ValueError:
        raise Invalid("Choose what to do", field="action") from None


async def _enforce(
    visit: Visit,
    action: EnforcementAction,
    account_id: int,
    status_id: int | None,
    report_id: int | None,
) -> None:
    rule = number(visit.text("rule"))
    if not rule:
        raise Invalid("Name the rule that was broken", field="rule")
    await enforcements.enforce(
        visit.network,
        visit.person,
        action,
        account_id=account_id,
        rule=rule,
        reason=visit.text("reason"),
        status_id=status_id,
        report_id=report_id,
    )


def _decision_form(visit: Visit, error: NoiError) -> Form:
    form = visit.typed(error)
    known = {"action", "rule", "reason"}
    form.errors = {name if name in known else "": text for name, text in form.errors.items()}
    return form


@page("POST", "/moderation/reports/{id:str}/resolve", access="moderator")
async def resolve(visit: Visit) -> Answer:
    """Close a report without a decision."""
    try:
        await reports.resolve(
            visit.network, visit.person, visit.path_id(), visit.text("resolution")
        )
    except Invalid as error:
        return await _report(visit, visit.typed(error))
    return visit.redirect("/moderation")


@page("POST", "/moderation/reports/{id:str}/reopen", access="moderator")
async def reopen(visit: Visit) -> Answer:
    """Take a report up again."""
    await reports.reopen(visit.network, visit.person, visit.path_id())
    return visit.redirect(f"/moderation/reports/{visit.path_id()}")


@page("GET", "/moderation/accounts/{id:str}", access="moderator")
async def account(visit: Visit) -> Answer:
    """One account as moderators see it."""
    return await _account(visit, Form())


async def _account(visit: Visit, form: Form) -> Answer:
    found = (await accounts.load(visit.network, [visit.path_id()])).get(visit.path_id())
    target = found.account if found else await accounts.get(visit.network, visit.path_id())
    states = {
        AccountState.ACTIVE: visit.gettext("active"),
        AccountState.LIMITED: visit.gettext("limited"),
        AccountState.DISABLED: visit.gettext("disabled"),
        AccountState.DELETED: visit.gettext("deleted"),
    }
    facts = [
        Choice(value=states[target.state], label=visit.gettext("State")),
        Choice(value=str(target.statuses_count), label=visit.gettext("Posts")),
        Choice(value=str(target.followers_count), label=visit.gettext("Followers")),
    ]
    return await visit.render(
        "moderation/account.html",
        code=422 if form.errors else 200,
        form=form,
        account=account_card(visit.network, target),
        facts=facts,
        rules=await _rules(visit),
        actions=_actions(visit, of_status=False),
        history=await _history(visit, target.id),
    )


@page("POST", "/moderation/accounts/{id:str}/enforce", access="moderator")
async def enforce_account(visit: Visit) -> Answer:
    """Decide about an account."""
    try:
        await _enforce(visit, _chosen(visit), visit.path_id(), None, None)
    except (Invalid, Conflict) as error:
        return await _account(visit, _decision_form(visit, error))
    visit.tell(visit.gettext("It is done, and the person is told why."))
    return visit.redirect(f"/moderation/accounts/{visit.path_id()}")


@page("GET", "/moderation/decisions/{id:str}/reverse", access="moderator")
async def reverse_form(visit: Visit) -> Answer:
    """Ask why a decision is taken back."""
    return await _reverse_form(visit, Form())


async def _reverse_form(visit: Visit, form: Form) -> Answer:
    view = await enforcements.get(visit.network, visit.person, visit.path_id())
    return await visit.render(
        "moderation/reverse.html",
        code=422 if form.errors else 200,
        form=form,
        account=account_card(visit.network, view.account),
        decision=decision_row(visit, view),
    )


@page("POST", "/moderation/decisions/{id:str}/reverse", access="moderator")
async def reverse(visit: Visit) -> Answer:
    """Take a decision back."""
    try:
        done = await enforcements.reverse(
            visit.network, visit.person, visit.path_id(), visit.text("reason")
        )
    except Invalid as error:
        return await _reverse_form(visit, visit.typed(error))
    return visit.redirect(f"/moderation/accounts/{done.account_id}")


@page("GET", "/moderation/appeals", access="moderator")
async def open_appeals(visit: Visit) -> Answer:
    """Appeals that wait for an answer."""
    return await _appeals(visit, "")


async def _appeals(visit: Visit, problem: str) -> Answer:
    rows = await appeals.fetch_open(visit.network, visit.person)
    notices = [Notice(text=problem, kind="problem")] if problem else []
    return await visit.render(
        "moderation/appeals.html",
        code=422 if problem else 200,
        appeals=[_appeal_row(visit, row) for row in rows],
        **({"notices": notices} if problem else {}),
    )


def _appeal_row(visit: Visit, view: EnforcementView) -> dict[str, object]:
    appeal = view.appeal
    return {
        **decision_row(visit, view),
        "id": appeal.id if appeal else 0,
        "account": account_card(visit.network, view.account),
        "created_at": appeal.created_at if appeal else view.enforcement.created_at,
        "text": appeal.text if appeal else "",
        "own": view.enforcement.moderator_id == visit.viewer_id,
    }


@page("POST", "/moderation/appeals/{id:str}", access="moderator")
async def decide_appeal(visit: Visit) -> Answer:
    """Answer an appeal."""
    try:
        await appeals.decide(
            visit.network,
            visit.person,
            visit.path_id(),
            accepted=visit.text("decision") == "overturn",
            answer=visit.text("answer"),
        )
    except (Invalid, Conflict) as error:
        return await _appeals(visit, visit.gettext(error.message, **error.params))
    visit.tell(visit.gettext("Your answer is sent."))
    return visit.redirect("/moderation/appeals")


@page("GET", "/moderation/waiting", access="moderator")
async def waiting(visit: Visit) -> Answer:
    """Who waits to join."""
    rows = await approvals.waiting(visit.network, visit.person)
    return await visit.render(
        "moderation/waiting.html",
        people=[
            {
                "account": account_card(visit.network, row.account),
                "email": row.email,
                "reason": row.reason,
            }
            for row in rows
        ],
    )


@page("POST", "/moderation/waiting/{id:str}/approve", access="moderator")
async def approve(visit: Visit) -> Answer:
    """Let someone in."""
    await approvals.approve(visit.network, visit.person, visit.path_id())
    return visit.redirect("/moderation/waiting")


@page("POST", "/moderation/waiting/{id:str}/reject", access="moderator")
async def turn_down(visit: Visit) -> Answer:
    """Turn someone down, with a reason."""
    await approvals.reject(visit.network, visit.person, visit.path_id(), visit.text("reason"))
    return visit.redirect("/moderation/waiting")


HANDLERS = [
    open_reports,
    all_reports,
    report,
    enforce_report,
    resolve,
    reopen,
    account,
    enforce_account,
    reverse_form,
    reverse,
    open_appeals,
    decide_appeal,
    waiting,
    approve,
    turn_down,
]
