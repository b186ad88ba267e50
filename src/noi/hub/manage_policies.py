"""What the alliance decides about domains: blocked or limited, by rule and reason, in public."""

from noi.models.errors import Invalid
from noi.models.federation import DomainPolicy, Severity
from noi.models.policies import Proposal
from noi.pages.base import page
from noi.pages.policies import asked_domain, lift_policy, policies_page, policy_cards
from noi.pages.visits import Answer, Visit
from noi.services import policy_decisions
from noi.services.hub import policing
from noi.ui.cards import Form

_HOME = "/manage/policies"
_CHOICES = ("block", "limit")


@page("GET", _HOME, access="admin")
async def index(visit: Visit) -> Answer:
    """All decisions by domain."""
    policies, pager = await policies_page(visit, _HOME)
    return await visit.render("hub/manage/policies.html", policies=policies, page=pager)


@page("GET", f"{_HOME}/decide", access="admin")
async def decide_form(visit: Visit) -> Answer:
    """The form for one domain, with what would go."""
    name = asked_domain(visit)
    if not name:
        return visit.redirect(_HOME)
    policy = await policy_decisions.get(visit.network, name)
    return await _form(visit, name, policy, Form(values=_values(policy)))


def _values(policy: DomainPolicy | None) -> dict[str, str]:
    if policy is None:
        return {"severity": Severity.BLOCK.value}
    return {
        "severity": policy.severity.value,
        "rule": policy.rule_text,
        "reason": policy.reason,
        "private_note": policy.private_note,
    }


async def _form(visit: Visit, domain: str, policy: DomainPolicy | None, form: Form) -> Answer:
    history = await policy_decisions.history(visit.network, domain)
    return await visit.render(
        "hub/manage/policy.html",
        code=422 if form.errors else 200,
        domain=domain,
        decided=policy is not None,
        form=form,
        effect=await policing.preview(visit.network, domain),
        history=await policy_cards(visit, history),
    )


@page("POST", f"{_HOME}/decide", access="admin")
async def decide(visit: Visit) -> Answer:
    """Decide about a domain."""
    domain = policy_decisions.check_domain(visit.network, visit.text("domain"))
    policy = await policy_decisions.get(visit.network, domain)
    chosen = visit.text("severity")
    try:
        if chosen not in _CHOICES:
            raise Invalid("Choose what to do", field="severity")
        proposal = Proposal(
            domain=domain,
            severity=Severity(chosen),
            rule=visit.text("rule"),
            reason=visit.text("reason"),
            private_note=visit.text("private_note"),
        )
        await policy_decisions.decide(visit.network, visit.person, proposal)
    except Invalid as error:
        return await _form(visit, domain, policy, visit.typed(error))
    visit.tell(visit.gettext("It is decided. What follows from it is done in a moment."))
    return visit.redirect(_HOME)


@page("POST", f"{_HOME}/lift", access="admin")
async def lift(visit: Visit) -> Answer:
    """Take back what was decided about a domain."""
    policy, errors = await lift_policy(visit)
    if errors:
        form = Form(values={**_values(policy), **visit.typed().values}, errors=errors)
        return await _form(visit, policy.domain, policy, form)
    visit.tell(visit.gettext("It is taken back. Who is there is taken in again when announced."))
    return visit.redirect(_HOME)


HANDLERS = [index, decide_form, decide, lift]
