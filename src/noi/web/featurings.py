"""Settings: collections elsewhere that show one, and getting out of them."""

from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import featurings
from noi.web.feeds import pager_of

_HOME = "/settings/collections"


@page("GET", _HOME)
async def index(visit: Visit) -> Answer:
    """All of them."""
    part = visit.page(40)
    found = await featurings.page(visit.network, visit.viewer_id, part)
    return await visit.render(
        "settings/collections.html",
        shown_in=found,
        page=pager_of(visit, part, [one.id for one in found]),
    )


@page("POST", f"{_HOME}/{{id:str}}/leave")
async def leave(visit: Visit) -> Answer:
    """Let one show one no more."""
    await featurings.leave(visit.network, visit.viewer_id, visit.path_id())
    visit.tell(visit.gettext("That collection may show you no more."))
    return visit.redirect(_HOME)


HANDLERS = [index, leave]
