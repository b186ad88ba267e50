"""What the hub is, who looks after it, and what it keeps of whom."""

from noi import __version__
from noi.hub.team import role_names
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import instance, roles
from noi.ui.cards import Choice
from noi.ui.html import Html


@page("GET", "/about", access="public")
async def about(visit: Visit) -> Answer:
    """The alliance in its stewards' words."""
    own, names = visit.own, role_names(visit)
    return await visit.render(
        "hub/about.html",
        about=_document(visit, own.description),
        team=[
            Choice(value=account.username, label=account.name, hint=names[role])
            for account, role in await roles.team(visit.network)
        ],
        contact_email=own.contact_email,
        version=__version__,
    )


@page("GET", "/privacy", access="public")
async def privacy(visit: Visit) -> Answer:
    """What the hub keeps, for how long, and how to have it removed."""
    own = visit.own
    return await visit.render(
        "hub/privacy.html",
        own=_document(visit, own.privacy_policy),
        contact_email=own.contact_email,
    )


def _document(visit: Visit, markdown: str) -> Html:
    return Html(instance.document(visit.network, markdown) if markdown else "")


HANDLERS = [about, privacy]
