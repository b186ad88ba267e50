"""Settings: moving to another account, and here from one."""

import msgspec

from noi.models.accounts import Account
from noi.models.errors import Conflict, Forbidden, Invalid
from noi.pages.base import page
from noi.pages.people import full_handle
from noi.pages.visits import Answer, Visit
from noi.services import migration
from noi.ui.cards import Form


class AliasCard(msgspec.Struct, frozen=True):
    """Another account of the same person: by its name, or its address where it is not known."""

    uri: str
    name: str


@page("GET", "/settings/migration")
async def index(visit: Visit) -> Answer:
    """Where one has moved to, and from where one may move here."""
    return await _index(visit, Form())


@page("POST", "/settings/migration")
async def move(visit: Visit) -> Answer:
    """Move to another account."""
    network, typed = visit.network, str(visit.form.get("password", ""))
    try:
        target = await migration.move(network, visit.viewer_id, visit.text("handle"), typed)
    except Forbidden as error:
        told = visit.gettext(error.message, **error.params)
        return await _index(visit, Form(values=visit.typed().values, errors={"password": told}))
    except (Invalid, Conflict) as error:
        return await _index(visit, visit.typed(error))
    visit.tell(visit.gettext("You have moved to {name}.", name=full_handle(network, target)))
    return visit.redirect("/settings/migration")


@page("POST", "/settings/migration/back")
async def take_back(visit: Visit) -> Answer:
    """Point to the other account no more."""
    await migration.take_back(visit.network, visit.viewer_id)
    visit.tell(visit.gettext("You can use this account again."))
    return visit.redirect("/settings/migration")


@page("POST", "/settings/migration/aliases")
async def add_alias(visit: Visit) -> Answer:
    """Say that another account is one's own too."""
    try:
        other = await migration.add_alias(visit.network, visit.viewer_id, visit.text("alias"))
    except Invalid as error:
        return await _index(visit, visit.typed(error))
    told = visit.gettext("{name} can move here now.", name=full_handle(visit.network, other))
    visit.tell(told)
    return visit.redirect("/settings/migration")


@page("POST", "/settings/migration/aliases/remove")
async def remove_alias(visit: Visit) -> Answer:
    """Say no more that another account is one's own."""
    await migration.remove_alias(visit.network, visit.viewer_id, visit.text("uri"))
    return visit.redirect("/settings/migration")


async def _index(visit: Visit, form: Form) -> Answer:
    standing = await migration.standing(visit.network, visit.viewer_id)
    return await visit.render(
        "settings/migration.html",
        code=422 if form.errors else 200,
        form=form,
        own=full_handle(visit.network, visit.mine.account),
        moved_to=_named(visit, standing.moved_to),
        may_move_at=standing.may_move_at,
        aliases=[
            AliasCard(uri, _named(visit, account) or uri)
            for uri, account in standing.aliases.items()
        ],
    )


def _named(visit: Visit, account: Account | None) -> str:
    return full_handle(visit.network, account) if account else ""


HANDLERS = [index, move, take_back, add_alias, remove_alias]
