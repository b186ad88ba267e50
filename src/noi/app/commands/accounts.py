"""`noi account …`: the people of this network."""

import datetime
from typing import Annotated, Literal

from cyclopts import App, Parameter

from noi.app.commands.flags import Flags, ask, fail, with_network
from noi.db import enforcements as enforcement_table
from noi.db import people
from noi.models.accounts import AccountState, Role
from noi.models.moderation import EnforcementAction
from noi.models.paging import Page
from noi.services import enforcements, passwords, roles, sign_up
from noi.services.network import Network

app = App(name="account", help="Create, list and look after accounts.")

Name = Annotated[str, Parameter(help="The username, as in `lan` or `@lan`.")]
Reason = Annotated[str | None, Parameter(help="Why; the person is told.")]


@app.command
def create(
    name: Annotated[str | None, Parameter(help="The username: letters, digits and _.")] = None,
    *,
    email: Annotated[str | None, Parameter(help="E-mail address; may be empty.")] = None,
    password: Annotated[str | None, Parameter(help="Password of at least 8 characters.")] = None,
    role: Annotated[
        Literal["owner", "admin", "moderator", "member"], Parameter(help="What they may do.")
    ] = "member",
    display_name: Annotated[str, Parameter(help="The name that people see.")] = "",
    flags: Flags | None = None,
) -> None:
    """Create an account that may be used at once, whatever the rules for joining are."""
    username = ask("Username", name, "NAME")
    address = ask("E-mail (may be empty)", email, "--email")
    secret = ask("Password", password, "--password", secret=True)

    async def work(network: Network) -> None:
        account = await sign_up.create_account(
            network,
            username=username,
            email=address,
            password=secret,
            role=Role(role),
            display_name=display_name,
        )
        print(f"Created @{account.username} ({role}): {account.url}")

    with_network(flags, work)


@app.command(name="list")
def list_all(*, flags: Flags | None = None) -> None:
    """List everyone, oldest first: name, role, standing, posts, e-mail."""

    async def work(network: Network) -> None:
        after = 0
        while page := await people.fetch_page(network.db, after=after):
            for person in page:
                after = person.id
                fields = (person.username, person.role, _standing(person))
                print(f"{'  '.join(fields)}  {person.statuses_count} posts  {person.email}")

    with_network(flags, work)


@app.command
def show(name: Name, *, flags: Flags | None = None) -> None:
    """Show one account."""

    async def work(network: Network) -> None:
        person = await _person(network, name)
        lines = {
            "name": f"@{person.username}",
            "id": person.id,
            "e-mail": person.email or "none",
            "role": person.role,
            "standing": _standing(person),
            "posts": person.statuses_count,
            "joined": _moment(person.created_at),
            "last active": _moment(person.last_active_at),
        }
        for label, value in lines.items():
            print(f"{label + ':':13}{value}")

    with_network(flags, work)


@app.command
def disable(
    name: Name,
    *,
    rule: Annotated[
        str | None, Parameter(help="The number of the network's rule, or a law in words.")
    ] = None,
    reason: Reason = None,
    flags: Flags | None = None,
) -> None:
    """Disable an account by a rule and for a reason; the person is told both and may appeal."""
    by = ask("Rule (its number, or a law in words)", rule, "--rule").strip()
    why = ask("Reason", reason, "--reason")

    async def work(network: Network) -> None:
        person = await _person(network, name)
        await enforcements.enforce(
            network,
            None,
            EnforcementAction.DISABLE,
            account_id=person.id,
            rule=int(by) if by.isascii() and by.isdigit() else by,
            reason=why,
        )
        print(f"Disabled @{person.username}; they have been told why and may appeal.")

    with_network(flags, work)


@app.command
def enable(name: Name, *, reason: Reason = None, flags: Flags | None = None) -> None:
    """Take back what disabled an account; the person is told why."""
    why = ask("Reason", reason, "--reason")

    async def work(network: Network) -> None:
        person = await _person(network, name)
        latest = await enforcement_table.page(network.db, Page(limit=40), person.id)
        in_force = [
            found.id
            for found in latest
            if found.action is EnforcementAction.DISABLE and found.reversed_at is None
        ]
        if not in_force:
            fail(f"@{person.username} is not disabled")
        for enforcement_id in in_force:
            await enforcements.reverse(network, None, enforcement_id, why)
        print(f"Enabled @{person.username}.")

    with_network(flags, work)


@app.command(name="set-role")
def set_role(
    name: Name,
    role: Annotated[
        Literal["owner", "admin", "moderator", "member"] | None,
        Parameter(help="What they may do from now on."),
    ] = None,
    *,
    flags: Flags | None = None,
) -> None:
    """Make someone owner, admin, moderator or member."""
    chosen = ask("Role (owner, admin, moderator, member)", role, "ROLE").strip().lower()
    if chosen not in list(Role):
        fail(f"there is no role {chosen!r}; use owner, admin, moderator or member")

    async def work(network: Network) -> None:
        person = await _person(network, name)
        await roles.set_role(network, None, person.id, Role(chosen))
        print(f"@{person.username} is {chosen} now.")

    with_network(flags, work)


@app.command(name="reset-password")
def reset_password(
    name: Name,
    *,
    password: Annotated[str | None, Parameter(help="The new password.")] = None,
    flags: Flags | None = None,
) -> None:
    """Set a new password; every device and app of the account is signed out."""
    secret = ask("New password", password, "--password", secret=True)

    async def work(network: Network) -> None:
        person = await _person(network, name)
        await passwords.set_by_operator(network, person.id, secret)
        print(f"Set a new password for @{person.username}; all devices are signed out.")

    with_network(flags, work)


async def _person(network: Network, name: str) -> people.Person:
    person = await people.get(network.db, name)
    if person is None:
        fail(f"there is no account {name!r} here; `noi account list` shows all")
    return person


def _standing(person: people.Person) -> str:
    if person.state is not AccountState.ACTIVE:
        return person.state.name.lower()
    if person.confirmed_at is None:
        return "unconfirmed"
    return "active" if person.approved_at else "awaits approval"


def _moment(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "never"
    return (
        f"{datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC):%Y-%m-%d %H:%M} UTC"
    )
