"""Who looks after the hub, and who gives out these roles."""

import msgspec

from noi.models.accounts import Role
from noi.models.errors import Conflict, Invalid, NotFound
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import accounts, roles
from noi.ui.cards import Form


class Steward(msgspec.Struct, frozen=True):
    """A line of the page."""

    name: str
    username: str
    role: str
    role_name: str


@page("GET", "/manage/team", access="moderator")
async def index(visit: Visit) -> Answer:
    """The stewards."""
    return await _page(visit, Form())


@page("POST", "/manage/team", access="admin")
async def change(visit: Visit) -> Answer:
    """Give somebody another role."""
    role = visit.text("role")
    try:
        if role not in list(Role):
            raise Invalid("Choose a role", field="role")
        account = await accounts.get_by_handle(visit.network, visit.text("handle"))
        await roles.set_role(visit.network, visit.person, account.id, Role(role))
    except NotFound:
        error = Invalid("There is nobody of that name here")
        return await _page(visit, visit.typed(error))
    except (Conflict, Invalid) as error:
        return await _page(visit, visit.typed(error))
    visit.tell(visit.gettext("Your changes are saved."))
    return visit.redirect("/manage/team")


async def _page(visit: Visit, form: Form) -> Answer:
    names = role_names(visit)
    team = [
        Steward(account.name, account.username, role.value, names[role])
        for account, role in await roles.team(visit.network)
    ]
    return await visit.render(
        "hub/manage/team.html",
        code=422 if form.errors else 200,
        form=form,
        team=team,
        role_names=[[role.value, name] for role, name in names.items()],
        may_change=visit.person.role is Role.OWNER,
    )


def role_names(visit: Visit) -> dict[Role, str]:
    """What roles are called in a hub."""
    return {
        Role.MEMBER: visit.gettext("No role"),
        Role.MODERATOR: visit.gettext("Steward"),
        Role.ADMIN: visit.gettext("Admin"),
        Role.OWNER: visit.gettext("Owner of the hub"),
    }


HANDLERS = [index, change]
