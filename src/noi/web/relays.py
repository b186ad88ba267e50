"""For those who run the network: the relays it takes part in."""

import msgspec

from noi.models.errors import Conflict, Invalid
from noi.models.federation import RelayKind
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import relays
from noi.ui.cards import Form

_HOME = "/owner/federation/relays"


class RelayCard(msgspec.Struct, frozen=True):
    """A line of the page; `state` is pending, accepted or rejected."""

    id: int
    address: str
    brief: bool
    state: str
    error: str
    created_at: int


@page("GET", _HOME, access="admin")
async def index(visit: Visit) -> Answer:
    """All relays."""
    return await _index(visit, Form())


@page("POST", _HOME, access="admin")
async def add(visit: Visit) -> Answer:
    """Ask a relay to take this network in."""
    try:
        await relays.add(visit.network, visit.person, visit.text("address"))
    except Invalid as error:
        return await _index(visit, visit.typed(error))
    except Conflict as error:
        told = {"address": visit.gettext(error.message, **error.params)}
        return await _index(visit, Form(values=visit.typed().values, errors=told))
    visit.tell(visit.gettext("The relay is asked. It may take a while until it answers."))
    return visit.redirect(_HOME)


@page("POST", f"{_HOME}/{{id:str}}/ask", access="admin")
async def ask_again(visit: Visit) -> Answer:
    """Ask a relay once more."""
    await relays.ask_again(visit.network, visit.person, visit.path_id())
    visit.tell(visit.gettext("The relay is asked. It may take a while until it answers."))
    return visit.redirect(_HOME)


@page("POST", f"{_HOME}/{{id:str}}/remove", access="admin")
async def remove(visit: Visit) -> Answer:
    """Leave a relay."""
    await relays.remove(visit.network, visit.person, visit.path_id())
    return visit.redirect(_HOME)


async def _index(visit: Visit, form: Form) -> Answer:
    found = await relays.fetch_all(visit.network, visit.person)
    errors = await relays.errors(visit.network, found)
    return await visit.render(
        "owner/relays.html",
        code=422 if form.errors else 200,
        form=form,
        relays=[
            RelayCard(
                id=relay.id,
                address=relay.actor_uri or relay.inbox_uri,
                brief=relay.kind is RelayKind.LITEPUB,
                state=relay.state,
                error=errors.get(relay.id, ""),
                created_at=relay.created_at,
            )
            for relay in found
        ],
    )


HANDLERS = [index, add, ask_again, remove]
