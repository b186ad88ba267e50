"""`noi migrate`: bring the database up to date before new processes start."""

import asyncio

from noi.app.commands.flags import Flags, fail
from noi.app.composition import prepare
from noi.models.errors import Unavailable


def migrate(*, flags: Flags | None = None) -> None:
    """Bring the database up to date, and say what was done."""
    settings = (flags or Flags()).settings()
    try:
        done = asyncio.run(prepare(settings))
    except (Unavailable, OSError) as error:
        fail(f"the database cannot be opened: {error}")
    for name in done:
        print(f"applied {name}")
    if not done:
        print("nothing to do: the database is up to date")
