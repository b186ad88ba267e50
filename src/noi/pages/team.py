"""Who looks after a network or a hub, and who gives out these roles."""

from collections.abc import Mapping

import msgspec

from noi.models.accounts import Role
from noi.models.errors import Conflict, Invalid, NotFound
from noi.pages.visits import Answer, Visit
from noi.services import accounts, roles
from noi.ui.cards import Form

Names = Mapping[Role, str]
"""What roles are called."""


class TeamLine(msgspec.Struct, frozen=True):
    """A line of the page."""

    name: str
    username: str
    role: str
    role_name: str


async def team_page(
    visit: Visit, template: str, names: Names, form: Form, **more: object
) -> Answer:
    """The team."""
    team = [
        TeamLine(account.name, account.username, role.value, names[role])
        for account, role in await roles.team(visit.network)
    ]
    return await visit.render(
        template,
        code=422 if form.errors else 200,
        form=form,
        team=team,
        role_names=[[role.value, name] for role, name in names.items()],
        may_change=visit.person.role is Role.OWNER,
        **more,
    )


async def give_role(visit: Visit) -> Form | None:
    """Give who is named in the form the role that is chosen there; the form where that failed."""
    try:
        account = await accounts.get_by_handle(visit.network, visit.text("handle"))
        await roles.set_role(visit.network, visit.person, account.id, chosen_role(visit))
    except NotFound:
        return visit.typed(Invalid("There is nobody of that name here", field="handle"))
    except (Conflict, Invalid) as error:
        return visit.typed(error)
    return None


def chosen_role(visit: Visit) -> Role:
    """The role that is chosen in the form. Raises Invalid."""
    role = visit.text("role")
    if role not in list(Role):
        raise Invalid("Choose a role", field="role")
    return Role(role)
