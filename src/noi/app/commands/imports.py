"""`noi import …`: bring in what people wrote elsewhere."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from noi.app.commands.flags import Flags, ask, fail, with_network
from noi.db import people
from noi.services import imports
from noi.services.network import Network

app = App(name="import", help="Bring in what people wrote elsewhere.")

_BAR = 30


@app.command(name="statuses")
def import_statuses(
    file: Annotated[Path, Parameter(help="JSON lines, as docs/commands.md describes them.")],
    *,
    account: Annotated[str | None, Parameter(help="The username whose posts they become.")] = None,
    flags: Flags | None = None,
) -> None:
    """Import posts with the dates they had; may be stopped and run again. Nobody is notified.

    Lines that cannot be used are named with their numbers, the others go on; code 1 tells of them.
    """
    name = ask("Account", account, "--account")

    async def work(network: Network) -> imports.Progress:
        person = await people.get(network.db, name)
        if person is None:
            fail(f"there is no account {name!r} here")
        return await imports.import_statuses(network, person.id, file, _show)

    progress = with_network(flags, work)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    for failure in progress.failures:
        print(f"line {failure.line}: {failure.reason}", file=sys.stderr)
    print(
        f"{progress.imported} imported, {progress.skipped} were here before, "
        f"{len(progress.failures)} refused"
    )
    if progress.failures:
        raise SystemExit(1)


def _show(progress: imports.Progress) -> None:
    """Draw the bar again, where someone watches."""
    if not sys.stderr.isatty():
        return
    part = progress.read_bytes / max(progress.total_bytes, 1)
    bar = "█" * round(part * _BAR)
    done = progress.imported + progress.skipped
    print(f"\r{bar:░<{_BAR}} {part:4.0%}  {done} posts", end="", file=sys.stderr, flush=True)
