"""For those who run the network: what it decides about other networks, by rule and reason."""

import msgspec

from noi.models.errors import Invalid, NoiError
from noi.models.federation import DomainPolicy, Severity
from noi.models.policies import Effect, Proposal
from noi.pages.base import page
from noi.pages.policies import asked_domain, lift_policy, policies_page, policy_cards, what_words
from noi.pages.visits import Answer, Visit, number
from noi.services import policy_decisions, policy_files, rules
from noi.services.policy_files import Difference
from noi.ui.cards import Form

_SHOWN_LINES = 100
_HOME = "/owner/federation/policies"
_KEPT_RULE = "kept"


class LineCard(msgspec.Struct, frozen=True):
    """A line of a list that cannot be used, and why."""

    number: int
    text: str
    error: str


class ChangesCard(msgspec.Struct, frozen=True):
    """What a list would change."""

    additions: list[dict[str, object]]
    more: int
    kept: list[str]
    same: int
    severing: int
    people: int
    problems: list[LineCard]


@page("GET", _HOME, access="admin")
async def index(visit: Visit) -> Answer:
    """All decisions by domain."""
    policies, pager = await policies_page(visit, _HOME)
    return await visit.render(
        "owner/policies.html",
        policies=policies,
        page=pager,
        with_allow_list=visit.network.settings.federation_allow_list,
    )


@page("GET", f"{_HOME}/decide", access="admin")
async def decide_form(visit: Visit) -> Answer:
    """The form for one domain, with what blocking it would part."""
    name = asked_domain(visit)
    if not name:
        return visit.redirect(_HOME)
    policy = await policy_decisions.get(visit.network, name)
    values = {"severity": Severity.BLOCK.value} if policy is None else _values(policy)
    return await _decide_form(visit, name, policy, Form(values=values))


def _values(policy: DomainPolicy) -> dict[str, str]:
    return {
        "severity": policy.severity.value,
        "reject_media": "1" if policy.reject_media else "",
        "reject_reports": "1" if policy.reject_reports else "",
        "obfuscate": "1" if policy.obfuscate else "",
        "rule": str(policy.rule_id) if policy.rule_id else _KEPT_RULE,
        "reason": policy.reason,
        "private_note": policy.private_note,
    }


async def _decide_form(
    visit: Visit, domain: str, policy: DomainPolicy | None, form: Form
) -> Answer:
    history = await policy_decisions.history(visit.network, domain)
    return await visit.render(
        "owner/policy.html",
        code=422 if form.errors else 200,
        domain=domain,
        decided=policy is not None,
        form=form,
        rules=await rule_choices(visit, policy),
        effect=await policy_decisions.preview(visit.network, domain),
        history=await policy_cards(visit, history),
    )


async def rule_choices(visit: Visit, policy: DomainPolicy | None = None) -> list[tuple[str, str]]:
    """The network's rules to choose from, with the one in words that a policy has now."""
    found = [(str(rule.id), rule.text) for rule in await rules.fetch_all(visit.network)]
    in_force = {value for value, _ in found}
    if policy is not None and str(policy.rule_id) not in in_force:
        found.insert(0, (_KEPT_RULE, policy.rule_text))
    return found


@page("POST", f"{_HOME}/decide", access="admin")
async def decide(visit: Visit) -> Answer:
    """Decide about a domain."""
    domain = policy_decisions.check_domain(visit.network, visit.text("domain"))
    policy = await policy_decisions.get(visit.network, domain)
    try:
        await policy_decisions.decide(visit.network, visit.person, _proposal(visit, domain, policy))
    except Invalid as error:
        return await _decide_form(visit, domain, policy, visit.typed(error))
    visit.tell(visit.gettext("It is decided. What follows from it is done in a moment."))
    return visit.redirect(_HOME)


def _proposal(visit: Visit, domain: str, policy: DomainPolicy | None) -> Proposal:
    chosen = visit.text("rule")
    kept = policy.rule_text if policy is not None and chosen == _KEPT_RULE else ""
    try:
        severity = Severity(visit.text("severity"))
    except ValueError:
        raise Invalid("Choose what to do", field="severity") from None
    return Proposal(
        domain=domain,
        severity=severity,
        rule=number(chosen) or kept,
        reason=visit.text("reason"),
        reject_media=visit.flag("reject_media"),
        reject_reports=visit.flag("reject_reports"),
        obfuscate=visit.flag("obfuscate"),
        private_note=visit.text("private_note"),
    )


@page("POST", f"{_HOME}/lift", access="admin")
async def lift(visit: Visit) -> Answer:
    """Take back what was decided about a domain."""
    policy, errors = await lift_policy(visit)
    if errors:
        form = Form(values={**_values(policy), **visit.typed().values}, errors=errors)
        return await _decide_form(visit, policy.domain, policy, form)
    visit.tell(visit.gettext("It is taken back. Follows that were ended stay so."))
    return visit.redirect(_HOME)


@page("GET", f"{_HOME}/import", access="admin")
async def import_form(visit: Visit) -> Answer:
    """Bring a list of decisions."""
    return await _import_form(visit, Form(values={"severity": Severity.BLOCK.value}), None)


async def _import_form(visit: Visit, form: Form, changes: ChangesCard | None) -> Answer:
    return await visit.render(
        "owner/policy_import.html",
        code=422 if form.errors else 200,
        form=form,
        rules=await rule_choices(visit),
        changes=changes,
    )


@page("POST", f"{_HOME}/import", access="admin", body_limit=8 * policy_files.MAX_BYTES)
async def import_list(visit: Visit) -> Answer:
    """Show what a list would change, or do it."""
    file = visit.file("file")
    text = visit.text("list")
    if file is not None:
        text = (await file.read(policy_files.MAX_BYTES + 1)).decode("utf-8-sig", errors="replace")
    form = visit.typed(None, list=text)
    try:
        severity = Severity.LIMIT if visit.text("severity") == "limit" else Severity.BLOCK
        entries, problems = policy_files.parse(visit.network, text, severity)
        changes = await policy_files.compare(visit.network, entries, problems)
        if visit.text("act") != "apply":
            return await _import_form(visit, form, changes_card(visit, changes))
        done = await policy_files.apply(
            visit.network,
            visit.person,
            [one.entry for one in changes.additions],
            rule=number(visit.text("rule")) or "",
            reason=visit.text("reason"),
        )
    except Invalid as error:
        form.errors = {
            "list" if name in ("text", "domain") else name: text
            for name, text in visit.errors(error).items()
        }
        return await _import_form(visit, form, None)
    count = len(done)
    visit.tell(
        visit.ngettext("{n} decision is added.", "{n} decisions are added.", count).format(n=count)
    )
    return visit.redirect(_HOME)


@page("GET", f"{_HOME}/export", access="admin")
async def export(visit: Visit) -> Answer:
    """Send all decisions as a file."""
    answer = Answer(await policy_files.export(visit.network), media_type="text/csv")
    answer.headers["content-disposition"] = 'attachment; filename="domain_blocks.csv"'
    return answer


def changes_card(visit: Visit, changes: Difference) -> ChangesCard:
    """What a list would change, with the first lines of it in words."""
    additions: list[dict[str, object]] = [
        {
            "domain": one.entry.domain,
            "what": what_words(
                visit, one.entry.severity, one.entry.reject_media, one.entry.reject_reports
            ),
            "comment": one.entry.comment,
            "effect": one.effect,
        }
        for one in sorted(changes.additions, key=lambda one: not one.effect.severs)
    ]
    effects: list[Effect] = [one.effect for one in changes.additions]
    return ChangesCard(
        additions=additions[:_SHOWN_LINES],
        more=max(0, len(additions) - _SHOWN_LINES),
        kept=changes.kept,
        same=changes.same,
        severing=sum(effect.severs for effect in effects),
        people=sum(effect.people for effect in effects),
        problems=[
            LineCard(one.line, one.text, _told(visit, one.error))
            for one in changes.problems[:_SHOWN_LINES]
        ],
    )


def _told(visit: Visit, error: NoiError) -> str:
    return visit.gettext(error.message, **error.params)


HANDLERS = [
    index,
    decide_form,
    decide,
    lift,
    import_form,
    import_list,
    export,
]
