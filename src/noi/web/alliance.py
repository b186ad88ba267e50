"""For those who run the network: the alliances it is in, what they do for it and are told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from noi.models.alliance import DATA_SHARING, Capability, Provider, ProviderState, Volume
from noi.models.errors import Conflict, Invalid, NotFound, Unavailable
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import alliance, charter_versions, instance, memberships
from noi.services.alliance import Look, View
from noi.ui.cards import Form
from noi.ui.html import Html

_HOME = "/owner/alliance"
_SHOWN_DAYS = 30


class ProviderCard(msgspec.Struct, frozen=True):
    """A provider as the pages show it; `state` is a ProviderState, or what a hub says of us."""

    id: int
    name: str
    address: str
    state: str
    hub: bool
    failing: bool
    new_charter: int


class Service(msgspec.Struct, frozen=True):
    """A capability that is offered; `settled` is whether the provider knows what is wanted."""

    id: str
    name: str
    hint: str
    wanted: bool
    settled: bool
    error: str
    retry_at: int | None


class Day(msgspec.Struct):
    """What was told on a day: addresses of accounts and posts, and how many were taken back."""

    day: str
    accounts: int = 0
    posts: int = 0
    withdrawn: int = 0


@page("GET", _HOME, access="admin")
async def index(visit: Visit) -> Answer:
    """All providers, and the way into an alliance."""
    return await _index(visit, Form())


@page("POST", _HOME, access="admin")
async def ask(visit: Visit) -> Answer:
    """Ask a hub to take this network in."""
    try:
        provider = await alliance.ask(visit.network, visit.person, visit.text("address"))
    except Invalid as error:
        return await _index(visit, visit.typed(error))
    except (Conflict, Unavailable) as error:
        told = {"address": visit.gettext(error.message, **error.params)}
        return await _index(visit, Form(values=visit.typed().values, errors=told))
    return visit.redirect(f"{_HOME}/{provider.id}")


@page("GET", f"{_HOME}/{{id:str}}", access="admin")
async def show(visit: Visit) -> Answer:
    """One provider: to be compared and confirmed, or in use."""
    return await _show(visit, Form())


@page("POST", f"{_HOME}/{{id:str}}/confirm", access="admin")
async def confirm(visit: Visit) -> Answer:
    """Use a provider whose fingerprint was compared."""
    if not visit.flag("compared"):
        message = visit.gettext("Compare the fingerprints first")
        return await _show(visit, Form(values=visit.typed().values, errors={"compared": message}))
    version = visit.text("charter_version")
    await alliance.confirm(
        visit.network,
        visit.person,
        visit.path_id(),
        fingerprint=visit.text("fingerprint"),
        charter_version=int(version) if version.isdigit() and len(version) < 10 else 0,
        capabilities=visit.texts("capability"),
        content=visit.flag("content"),
        accounts=visit.flag("accounts"),
    )
    visit.tell(visit.gettext("Confirmed. What you chose is being switched on."))
    return visit.redirect(f"{_HOME}/{visit.path_id()}")


@page("POST", f"{_HOME}/{{id:str}}/sharing", access="admin")
async def share(visit: Visit) -> Answer:
    """Choose what a provider is told."""
    await alliance.set_sharing(
        visit.network,
        visit.person,
        visit.path_id(),
        content=visit.flag("content"),
        accounts=visit.flag("accounts"),
    )
    visit.tell(visit.gettext("Your changes are saved."))
    return visit.redirect(f"{_HOME}/{visit.path_id()}")


@page("POST", f"{_HOME}/{{id:str}}/{{verb:str}}", access="admin")
async def change(visit: Visit) -> Answer:
    """Switch a service, try again, test, refuse, leave or forget a provider."""
    provider_id, network, person = visit.path_id(), visit.network, visit.person
    here = f"{_HOME}/{provider_id}"
    match visit.request.path_params["verb"]:
        case "on" | "off" as verb:
            name = visit.text("capability")
            await alliance.switch(network, person, provider_id, name, verb == "on")
        case "retry":
            await alliance.try_again(network, person, provider_id)
            visit.tell(visit.gettext("It is tried again now."))
        case "test":
            error = await alliance.test(network, person, provider_id)
            answered = visit.gettext(
                "It took the call. Its answer shows below as soon as it comes."
            )
            visit.tell(error or answered, "problem" if error else "done")
        case "refuse":
            await alliance.refuse(network, person, provider_id)
            here = _HOME
        case "leave":
            await alliance.leave(network, person, provider_id)
            visit.tell(
                visit.gettext("Nothing is shared any more. It is told to forget all it has.")
            )
        case "forget":
            await alliance.forget(network, person, provider_id)
            here = _HOME
        case _:
            raise NotFound
    return visit.redirect(here)


async def _index(visit: Visit, form: Form) -> Answer:
    found = await alliance.fetch_all(visit.network, visit.person)
    waiting = await charter_versions.pending(visit.network)
    return await visit.render(
        "owner/alliance.html",
        code=422 if form.errors else 200,
        form=form,
        providers=[_card(view, waiting.get(view.provider.id, 0)) for view in found],
    )


async def _show(visit: Visit, form: Form) -> Answer:
    provider_id, code = visit.path_id(), 422 if form.errors else 200
    view = await alliance.get(visit.network, visit.person, provider_id)
    if view.provider.state in (ProviderState.ASKED, ProviderState.SOUGHT):
        look = await alliance.look(visit.network, visit.person, provider_id)
        return await _compare(visit, look, form, code)
    first = (datetime.now(UTC) - timedelta(days=_SHOWN_DAYS)).date().isoformat()
    return await visit.render(
        "owner/provider.html",
        code=code,
        provider=view.provider,
        card=_card(view, (await charter_versions.pending(visit.network)).get(provider_id, 0)),
        services=_services(visit, view.capabilities),
        sharing=_sharing(view),
        pending=view.pending,
        errors=view.errors,
        days=_days(await alliance.volumes(visit.network, provider_id, first)),
        tested_at=_tested_at(view),
        receipt=view.provider.receipt,
    )


async def _compare(visit: Visit, look: Look, form: Form, code: int) -> Answer:
    provider, charter = look.view.provider, look.charter
    text = charter.text(visit.locale) if charter else ""
    values = {"content": "1", "accounts": "1", **form.values} if not form.errors else form.values
    return await visit.render(
        "owner/provider_asked.html",
        code=code,
        provider=provider,
        card=_card(look.view),
        look=look,
        form=Form(values=values, errors=form.errors),
        chosen=visit.texts("capability") if form.errors else None,
        charter=Html(instance.document(visit.network, text)) if text else Html(""),
        charter_version=charter.version if charter else 0,
        services=_services(visit, look.view.capabilities),
        sharing=_sharing(look.view),
        people=await alliance.people(visit.network),
    )


def _card(view: View, new_charter: int = 0) -> ProviderCard:
    provider = view.provider
    return ProviderCard(
        id=provider.id,
        name=provider.name or provider.host,
        address=provider.base_url,
        state=_state(provider),
        hub=provider.hub,
        failing=any(one.retry_at for one in view.errors)
        and view.provider.membership not in memberships.SHUT_OUT,
        new_charter=new_charter,
    )


def _state(provider: Provider) -> str:
    if provider.state is ProviderState.CONFIRMED and provider.hub:
        return provider.membership or "confirmed"
    return provider.state.value


def _services(visit: Visit, found: list[Capability]) -> list[Service]:
    names = _names(visit)
    order = list(names)
    known = [one for one in found if one.capability in names]
    return [
        Service(
            id=one.capability,
            name=names[one.capability][0],
            hint=names[one.capability][1],
            wanted=one.wanted,
            settled=one.wanted == one.active,
            error=one.error if one.failures else "",
            retry_at=one.retry_at or None,
        )
        for one in sorted(known, key=lambda one: order.index(one.capability))
        if one.offered or one.wanted or one.active
    ]


def _names(visit: Visit) -> dict[str, tuple[str, str]]:
    _ = visit.gettext
    return {
        "account_search": (_("Finding people"), _("The search finds people of other networks.")),
        "post_search": (
            _("Finding posts"),
            _("The search finds posts whose authors have agreed to it."),
        ),
        "follow_recommendation": (
            _("Whom to follow"),
            _(
                "People get suggestions. The hub is told who asks only if they let themselves be "
                "found."
            ),
        ),
        "trends": (_("What people talk about"), _("Topics, links and posts of the day.")),
        "callback": (_("Testing the connection"), _("It calls back when you ask it to.")),
    }


def _sharing(view: View) -> Capability | None:
    """How sharing stands, where the provider wants to be told of anything."""
    found = (one for one in view.capabilities if one.capability == DATA_SHARING)
    return next((one for one in found if one.offered or one.wanted or one.active), None)


def _tested_at(view: View) -> int | None:
    found = (one.succeeded_at for one in view.capabilities if one.capability == "callback")
    return next(found, None)


def _days(volumes: Sequence[Volume]) -> list[Day]:
    days: dict[str, Day] = {}
    for one in volumes:
        day = days.setdefault(one.day, Day(one.day))
        if one.event == "delete":
            day.withdrawn += one.count
        elif one.category == "account":
            day.accounts += one.count
        else:
            day.posts += one.count
    return list(days.values())


HANDLERS = [index, ask, show, confirm, share, change]
