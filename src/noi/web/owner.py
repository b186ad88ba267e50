"""For those who run the network: its settings, its rules, invitations, jobs that failed."""

from noi.db import jobs
from noi.models.errors import Invalid, NotFound
from noi.models.ids import now_ms
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number, with_query
from noi.services import charter_versions, invitations, rules, settings
from noi.ui.cards import Form, Pager
from noi.web.timelines import stats

_DEAD_JOBS = 50
_GREEN = "#1b6b45"


@page("GET", "/owner", access="admin")
async def index(visit: Visit) -> Answer:
    """How the network does."""
    counts = await jobs.counts(visit.network.db)
    return await visit.render(
        "owner/index.html",
        stats=await stats(visit),
        jobs_waiting=counts["ready"],
        jobs_failed=counts["dead"],
        new_charters=list((await charter_versions.pending(visit.network)).items()),
    )


@page("GET", "/owner/network", access="admin")
async def network_form(visit: Visit) -> Answer:
    """The network's name, texts, and who may join."""
    own = visit.own
    values = {
        "name": own.name,
        "short_description": own.short_description,
        "description": own.description,
        "privacy_policy": own.privacy_policy,
        "contact_email": own.contact_email,
        "subjects": ", ".join(own.subjects),
        "registrations": own.registrations.value,
        "registration_message": own.registration_message,
        "accent_colour": own.accent_colour or _GREEN,
        "min_age": str(own.min_age or ""),
        "local_timeline_public": "1" if own.local_timeline_public else "",
    }
    return await _network_form(visit, Form(values=values))


async def _network_form(visit: Visit, form: Form) -> Answer:
    return await visit.render("owner/network.html", code=422 if form.errors else 200, form=form)


@page("POST", "/owner/network", access="admin")
async def network(visit: Visit) -> Answer:
    """Change the network's settings."""
    texts = (
        "name",
        "short_description",
        "description",
        "privacy_policy",
        "contact_email",
        "registrations",
        "registration_message",
    )
    changes: dict[str, object] = {name: visit.text(name) for name in texts}
    changes["subjects"] = visit.text("subjects").split(",")
    colour = visit.text("accent_colour").lower()
    changes["accent_colour"] = "" if colour == _GREEN else colour
    changes["min_age"] = number(visit.text("min_age")) or 0
    changes["local_timeline_public"] = visit.flag("local_timeline_public")
    try:
        await settings.update(visit.network, visit.person, changes)
    except Invalid as error:
        return await _network_form(visit, visit.typed(error))
    visit.tell(visit.gettext("Your changes are saved."))
    return visit.redirect("/owner/network")


@page("GET", "/owner/rules", access="admin")
async def rules_form(visit: Visit) -> Answer:
    """The rules, with one of them in the form."""
    edited = number(visit.query.get("edit", ""))
    found = [rule for rule in await rules.fetch_all(visit.network) if rule.id == edited]
    values = {}
    if found:
        values = {"id": str(found[0].id), "text": found[0].text, "hint": found[0].hint}
    return await _rules_form(visit, Form(values=values))


async def _rules_form(visit: Visit, form: Form) -> Answer:
    return await visit.render(
        "owner/rules.html",
        code=422 if form.errors else 200,
        form=form,
        rules=await rules.fetch_all(visit.network),
    )


@page("POST", "/owner/rules", access="admin")
async def save_rule(visit: Visit) -> Answer:
    """Add a rule or rewrite one."""
    rule_id, text, hint = number(visit.text("id")), visit.text("text"), visit.text("hint")
    try:
        if rule_id:
            await rules.update(visit.network, visit.person, rule_id, text, hint)
        else:
            await rules.create(visit.network, visit.person, text, hint)
    except Invalid as error:
        return await _rules_form(visit, visit.typed(error))
    return visit.redirect("/owner/rules")


@page("POST", "/owner/rules/{id:str}/{verb:str}", access="admin")
async def change_rules(visit: Visit) -> Answer:
    """Move a rule up, or remove it."""
    rule_id = visit.path_id()
    if visit.request.path_params["verb"] == "delete":
        await rules.delete(visit.network, visit.person, rule_id)
    else:
        ids = [rule.id for rule in await rules.fetch_all(visit.network)]
        if rule_id not in ids:
            raise NotFound
        at = ids.index(rule_id)
        ids.insert(max(0, at - 1), ids.pop(at))
        await rules.reorder(visit.network, visit.person, ids)
    return visit.redirect("/owner/rules")


@page("GET", "/owner/jobs", access="admin")
async def dead_jobs(visit: Visit) -> Answer:
    """Jobs that were given up."""
    before = number(visit.query.get("before", "")) or now_ms() + 1
    found = await jobs.list_dead(visit.network.db, before=before, limit=_DEAD_JOBS)
    full = len(found) == _DEAD_JOBS
    older = with_query("/owner/jobs", before=found[-1].failed_at) if full else ""
    return await visit.render("owner/jobs.html", jobs=found, page=Pager(older=older))


@page("POST", "/owner/jobs/{id:str}/{verb:str}", access="admin")
async def change_job(visit: Visit) -> Answer:
    """Let a job try again, or forget it."""
    job_id = visit.path_id()
    verb = jobs.revive if visit.request.path_params["verb"] == "retry" else jobs.discard
    if not await visit.network.db.transaction(lambda tx: verb(tx, job_id)):
        raise NotFound
    return visit.redirect("/owner/jobs")


@page("GET", "/invitations")
async def my_invitations(visit: Visit) -> Answer:
    """Invitations that one has made."""
    return await _invitations(visit, Form(values={"uses": "5", "days": "7"}), "")


async def _invitations(visit: Visit, form: Form, fresh: str) -> Answer:
    rows = await invitations.by_account(visit.network, visit.viewer_id)
    now = now_ms()
    return await visit.render(
        "invitations.html",
        code=422 if form.errors else 200,
        form=form,
        fresh=fresh,
        invitations=[
            row
            for row in rows
            if row.revoked_at is None and (row.expires_at is None or row.expires_at > now)
        ],
    )


@page("POST", "/invitations")
async def invite(visit: Visit) -> Answer:
    """Make an invitation; its address is shown this once."""
    try:
        made = await invitations.create(
            visit.network,
            visit.person,
            max_uses=number(visit.text("uses")),
            days=number(visit.text("days")),
        )
    except Invalid as error:
        return await _invitations(visit, visit.typed(error), "")
    address = f"{visit.network.settings.origin}/sign-up?invitation={made.code}"
    return await _invitations(visit, visit.typed(), address)


@page("POST", "/invitations/{id:str}/delete")
async def withdraw(visit: Visit) -> Answer:
    """End an invitation."""
    await invitations.revoke(visit.network, visit.viewer_id, visit.path_id())
    return visit.redirect("/invitations")


HANDLERS = [
    index,
    network_form,
    network,
    rules_form,
    save_rule,
    change_rules,
    dead_jobs,
    change_job,
    my_invitations,
    invite,
    withdraw,
]
