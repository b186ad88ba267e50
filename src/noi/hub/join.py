"""Joining the alliance with a network: how it goes, the request, and how it stands."""

from noi.hub.cards import network_card, web_address
from noi.models.errors import Conflict, Forbidden, Invalid, NoiError, RateLimited
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services.hub import charters, identity, members
from noi.ui.cards import Form


@page("GET", "/join", access="public")
async def form(visit: Visit) -> Answer:
    """How to join, and where one asks to."""
    return await _form(visit, Form(values={"host": visit.query.get("host", "")[:253]}))


async def _form(visit: Visit, form: Form, code: int = 200) -> Answer:
    return await visit.render(
        "hub/join.html",
        code=code,
        form=form,
        open=await charters.current(visit.network) is not None,
        identity=await identity.get(visit.network),
    )


@page("POST", "/join", access="public")
async def ask(visit: Visit) -> Answer:
    """Introduce the hub to the network that was named."""
    try:
        member = await members.ask(visit.network, visit.text("host"), address=visit.address)
    except (Conflict, Forbidden, Invalid, RateLimited) as error:
        return await _refused(visit, error)
    return visit.redirect(f"/join/{member.host}")


async def _refused(visit: Visit, error: NoiError) -> Answer:
    return await _form(visit, visit.typed(error), error.status)


@page("GET", "/join/{host:str}", access="public")
async def show(visit: Visit) -> Answer:
    """How a request stands."""
    member = await members.get(visit.network, str(visit.request.path_params["host"]))
    return await visit.render(
        "hub/asked.html",
        n=network_card(member),
        keys=members.keys_of(member),
        completion_url=web_address(member.completion_uri),
        confirmed=member.heard_at is not None,
        contact=visit.own.contact_email,
    )


HANDLERS = [form, ask, show]
