"""Who looks after the hub, who gives out these roles, and how others are invited to one."""

import msgspec

from noi.models.accounts import Role
from noi.models.errors import Invalid, NoiError, RateLimited
from noi.pages.base import page
from noi.pages.team import Names, chosen_role, give_role, team_page
from noi.pages.visits import Answer, Visit
from noi.services import team_invitations
from noi.ui.cards import Form

_HOME = "/manage/team"
_INVITED = "/invited"


class Waiting(msgspec.Struct, frozen=True):
    """An invitation that nobody has taken yet."""

    id: int
    role_name: str
    expires_at: int | None


@page("GET", _HOME, access="moderator")
async def index(visit: Visit) -> Answer:
    """The stewards."""
    return await _page(visit, Form())


async def _page(visit: Visit, form: Form, fresh: str = "") -> Answer:
    names = role_names(visit)
    waiting = [
        Waiting(one.id, names[Role(one.role)], one.expires_at)
        for one in await team_invitations.waiting(visit.network)
    ]
    return await team_page(visit, "hub/manage/team.html", names, form, fresh=fresh, waiting=waiting)


@page("POST", _HOME, access="admin")
async def change(visit: Visit) -> Answer:
    """Give somebody another role."""
    wrong = await give_role(visit)
    if wrong is not None:
        return await _page(visit, wrong)
    visit.tell(visit.gettext("Your changes are saved."))
    return visit.redirect(_HOME)


@page("POST", f"{_HOME}/invitations", access="admin")
async def invite(visit: Visit) -> Answer:
    """Make an invitation; its address is shown this once."""
    try:
        made = await team_invitations.create(visit.network, visit.person, chosen_role(visit))
    except Invalid as error:
        return await _page(visit, visit.typed(error))
    return await _page(
        visit, Form(), f"{visit.network.settings.origin}{_INVITED}?invitation={made.code}"
    )


@page("POST", f"{_HOME}/invitations/{{id:str}}/delete", access="admin")
async def withdraw(visit: Visit) -> Answer:
    """End an invitation."""
    await team_invitations.revoke(visit.network, visit.person, visit.path_id())
    return visit.redirect(_HOME)


@page("GET", _INVITED, access="public")
async def invited(visit: Visit) -> Answer:
    """Ask who is invited for what an account needs."""
    return await _invited(visit, visit.query.get("invitation", ""), None)


async def _invited(visit: Visit, code: str, error: NoiError | None) -> Answer:
    offer = await team_invitations.check(visit.network, code)
    return await visit.render(
        "hub/invited.html",
        code=error.status if error else 200,
        form=visit.typed(error),
        invitation=code,
        by=offer.welcome.inviter.name,
        role_name=role_names(visit)[offer.role],
    )


@page("POST", _INVITED, access="public")
async def accept(visit: Visit) -> Answer:
    """Make the account."""
    code = visit.text("invitation")
    try:
        await team_invitations.accept(
            visit.network,
            code,
            username=visit.text("username").removeprefix("@"),
            email=visit.text("email"),
            password=str(visit.form.get("password", "")),
            display_name=visit.text("display_name"),
            locale=visit.locale,
            address=visit.address,
        )
    except (Invalid, RateLimited) as error:
        return await _invited(visit, code, error)
    visit.tell(visit.gettext("Your account is made. Sign in with it."))
    return visit.redirect("/sign-in?next=/manage")


def role_names(visit: Visit) -> Names:
    """What roles are called in a hub."""
    return {
        Role.MEMBER: visit.gettext("No role"),
        Role.MODERATOR: visit.gettext("Steward"),
        Role.ADMIN: visit.gettext("Admin"),
        Role.OWNER: visit.gettext("Owner of the hub"),
    }


HANDLERS = [index, change, invite, withdraw, invited, accept]
