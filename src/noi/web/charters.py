"""For those who run the network: what changed in the charter of an alliance, and agreeing to it."""

import msgspec

from noi.models.errors import Conflict
from noi.pages.base import page
from noi.pages.visits import Answer, Visit, number
from noi.services import charter_versions, instance
from noi.services.charter_versions import Part
from noi.ui.html import Html
from noi.ui.translation import LOCALES

_PATH = "/owner/alliance/{id:str}/charter"


class PartCard(msgspec.Struct, frozen=True):
    """A paragraph that stayed, went (old) or came (new)."""

    kind: str
    html: Html


@page("GET", _PATH, access="admin")
async def show(visit: Visit) -> Answer:
    """The newest version, with what changed since the one that was agreed to."""
    found = await charter_versions.compare(
        visit.network, visit.person, visit.path_id(), visit.locale
    )
    provider = found.provider
    waiting = await charter_versions.pending(visit.network)
    return await visit.render(
        "owner/charter.html",
        provider_id=provider.id,
        hub=provider.name or provider.host,
        agreed=found.agreed,
        newest=found.newest,
        waits=provider.id in waiting,
        language=found.language,
        language_name=LOCALES.get(found.language, found.language),
        changed=any(part.kind != "same" for part in found.parts),
        parts=[_card(visit, part) for part in found.parts],
    )


def _card(visit: Visit, part: Part) -> PartCard:
    return PartCard(part.kind, Html(instance.document(visit.network, part.text)))


@page("POST", _PATH, access="admin")
async def agree(visit: Visit) -> Answer:
    """Agree to it."""
    here = f"/owner/alliance/{visit.path_id()}"
    version = number(visit.text("version")) or 0
    try:
        await charter_versions.agree(visit.network, visit.person, visit.path_id(), version)
    except Conflict as error:
        visit.tell(visit.gettext(error.message, **error.params), "problem")
        return visit.redirect(f"{here}/charter")
    visit.tell(visit.gettext("You have agreed. The hub is told."))
    return visit.redirect(here)


HANDLERS = [show, agree]
