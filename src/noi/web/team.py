"""Who looks after the network, and who gives out these roles."""

from noi.models.accounts import Role
from noi.pages.base import page
from noi.pages.team import Names, give_role, team_page
from noi.pages.visits import Answer, Visit
from noi.ui.cards import Form

_HOME = "/owner/team"


@page("GET", _HOME, access="admin")
async def index(visit: Visit) -> Answer:
    """The team."""
    return await team_page(visit, "owner/team.html", _names(visit), Form())


@page("POST", _HOME, access="admin")
async def change(visit: Visit) -> Answer:
    """Give someone a role."""
    wrong = await give_role(visit)
    if wrong is not None:
        return await team_page(visit, "owner/team.html", _names(visit), wrong)
    visit.tell(visit.gettext("Your changes are saved."))
    return visit.redirect(_HOME)


def _names(visit: Visit) -> Names:
    return {
        Role.MEMBER: visit.gettext("Member"),
        Role.MODERATOR: visit.gettext("Moderator"),
        Role.ADMIN: visit.gettext("Admin"),
        Role.OWNER: visit.gettext("Owner"),
    }


HANDLERS = [index, change]
