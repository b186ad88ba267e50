"""`noi token …`: access for one's own scripts."""

from typing import Annotated

from cyclopts import App, Parameter

from noi.app.commands.flags import Flags, fail, with_network
from noi.db import people
from noi.db.database import Duplicate
from noi.services import applications
from noi.services.network import Network

app = App(name="token", help="Give out access tokens.")


@app.command
def create(
    name: Annotated[str, Parameter(help="The username whose token it is.")],
    *,
    scopes: Annotated[str, Parameter(help="What it may do.")] = "read write follow push profile",
    value: Annotated[
        str, Parameter(help="The token itself, for scripts that must know it before.")
    ] = "",
    flags: Flags | None = None,
) -> None:
    """Create an access token for someone's own scripts; it is shown only now."""

    async def work(network: Network) -> None:
        person = await people.get(network.db, name)
        if person is None:
            fail(f"there is no account {name!r} here")
        try:
            issued = await applications.create_token(network, person.id, scopes, value)
        except Duplicate:
            fail("this value is in use already")
        print(f"Access token of @{person.username} ({issued.scopes}): {issued.access_token}")

    with_network(flags, work)
