"""The front page: what this alliance is, how to find a network and how to join with one."""

from noi.db.hub import members
from noi.hub.cards import network_card
from noi.hub.charter_pages import charter_card
from noi.models.hub import MemberState
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services.hub import charters, directory, statistics
from noi.ui import dates
from noi.ui.cards import Choice

_NEWEST = 5
_DAYS = 7


@page("GET", "/", access="public")
async def index(visit: Visit) -> Answer:
    """The alliance at a glance."""
    charter = await charters.current(visit.network)
    card = charter_card(visit, charter) if charter else None
    return await visit.render(
        "hub/home.html",
        purposes=next((part for part in card.sections if part.title), None) if card else None,
        language=card.language if card else "",
        newest=[network_card(one) for one in await directory.newest(visit.network, _NEWEST)],
        numbers=await _numbers(visit),
    )


async def _numbers(visit: Visit) -> list[Choice]:
    """How large the alliance is; what would tell of few people is left out."""
    admitted = (await members.counts(visit.network.db)).get(MemberState.ADMITTED, 0)
    if not admitted:
        return []
    found = {one.name: one.points for one in await statistics.series(visit.network, _DAYS)}
    people = found["accounts"][-1].value if "accounts" in found else None
    posts = sum(point.value or 0 for point in found.get("posts", ()))
    labels = (
        (admitted, visit.ngettext("network", "networks", admitted)),
        (people or 0, visit.gettext("people who can be found")),
        (posts, visit.gettext("posts this week")),
    )
    return [
        Choice(value=dates.compact(number, visit.locale), label=label)
        for number, label in labels
        if number
    ]


HANDLERS = [index]
