"""For those who run the network: the list of networks that it speaks with, and with no others."""

from noi.models.errors import Invalid
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number
from noi.services import policy_decisions
from noi.ui.cards import Form
from noi.web.policies import rule_choices

_HOME = "/owner/federation/policies/allowed"


@page("GET", _HOME, access="admin")
async def index(visit: Visit) -> Answer:
    """All of them."""
    return await _index(visit, Form())


async def _index(visit: Visit, form: Form) -> Answer:
    return await visit.render(
        "owner/allowed.html",
        code=422 if form.errors else 200,
        form=form,
        allowed=await policy_decisions.allowed(visit.network),
        with_allow_list=visit.network.settings.federation_allow_list,
    )


@page("POST", _HOME, access="admin")
async def allow(visit: Visit) -> Answer:
    """Add one."""
    try:
        await policy_decisions.allow(visit.network, visit.person, visit.text("domain"))
    except Invalid as error:
        return await _index(visit, visit.typed(error))
    return visit.redirect(_HOME)


@page("GET", f"{_HOME}/remove", access="admin")
async def disallow_form(visit: Visit) -> Answer:
    """The form for taking one off, with what that would part."""
    return await _disallow_form(visit, visit.query.get("domain", ""), Form())


async def _disallow_form(visit: Visit, domain: str, form: Form) -> Answer:
    return await visit.render(
        "owner/disallow.html",
        code=422 if form.errors else 200,
        domain=domain,
        form=form,
        rules=await rule_choices(visit),
        effect=await policy_decisions.preview(visit.network, domain),
    )


@page("POST", f"{_HOME}/remove", access="admin")
async def disallow(visit: Visit) -> Answer:
    """Take one off, by a rule and for a reason."""
    domain, rule = visit.text("domain"), number(visit.text("rule")) or ""
    try:
        await policy_decisions.disallow(
            visit.network, visit.person, domain, rule=rule, reason=visit.text("reason")
        )
    except Invalid as error:
        return await _disallow_form(visit, domain, visit.typed(error))
    visit.tell(visit.gettext("It is decided. What follows from it is done in a moment."))
    return visit.redirect(_HOME)


HANDLERS = [index, allow, disallow_form, disallow]
