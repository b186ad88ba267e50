"""`noi serve` and `noi worker`: the processes of a network."""

import gc
import importlib
import os
import socket
from functools import partial
from typing import Annotated

from cyclopts import Parameter

from noi.app import composition, logs, metrics, supervisor
from noi.app.commands.flags import Flags, fail
from noi.config import Settings, bind_address
from noi.jobs.presence import present
from noi.models.errors import Unavailable
from noi.services import setup

_BACKLOG = 2048


def serve(
    *,
    bind: Annotated[str | None, Parameter(help="ADDRESS:PORT to listen on.")] = None,
    flags: Flags | None = None,
) -> None:
    """Run the network: web processes and workers, kept alive until Ctrl-C or SIGTERM."""
    settings = _begin(flags, bind=bind)
    listener = _listen(settings.bind)
    preparing = supervisor.run_child("preparing", partial(_migrate_and_greet, settings))
    # Importing the doors takes longer than preparing: the two go side by side.
    from noi.app import web

    doors = web.make_doors()

    def answer() -> None:
        composition.run(web.serve_web(settings, listener, doors))

    metrics.prepare(settings)
    _wait(preparing)
    supervisor.supervise([("web", answer)] * settings.web_processes + _workers(settings))


def worker(*, flags: Flags | None = None) -> None:
    """Run only the workers, beside a `noi serve` on this machine or (PostgreSQL) another."""
    settings = _begin(flags)
    _wait(supervisor.run_child("preparing", partial(_migrate, settings)))
    supervisor.supervise(_workers(settings))


def _begin(flags: Flags | None, **more: object) -> Settings:
    # What is imported stays; looking through it for garbage would only delay the start.
    gc.disable()
    settings = (flags or Flags()).settings(**more)
    logs.start(settings.log_level)
    postgres = not settings.database_url.startswith("sqlite:")
    importlib.import_module("noi.db.postgres" if postgres else "noi.db.sqlite")
    return settings


def _workers(settings: Settings) -> list[supervisor.Body]:
    from noi.app.worker import work_jobs

    def work() -> None:
        composition.run(work_jobs(settings))

    return [("worker", work)] * settings.worker_processes


def _wait(preparing: int) -> None:
    """End with the child that prepares, if that fails."""
    code = os.waitstatus_to_exitcode(os.waitpid(preparing, 0)[1])
    if code:
        raise SystemExit(code)


def _migrate(settings: Settings) -> None:
    """Runs in a child, so that the supervisor opens nothing that a fork would share."""
    try:
        composition.run(composition.prepare(settings))
    except (Unavailable, OSError) as error:
        fail(f"the database cannot be opened: {error}. `noi check` tells more.")


def _migrate_and_greet(settings: Settings) -> None:
    _migrate(settings)
    composition.run(_greet(settings))


async def _greet(settings: Settings) -> None:
    """Say where the network is and, while it is not set up, how to begin."""
    with present(composition.processes_folder(settings)) as name:
        async with composition.open_network(settings, name) as network:
            code = await setup.issue_code(network)
    print(f"Nối: {settings.origin} (listening on {settings.bind})", flush=True)
    if code:
        print(
            f"Set it up there, with a code that holds until the next start:\n"
            f"  {settings.origin}/setup?code={code}",
            flush=True,
        )


def _listen(bind: str) -> socket.socket:
    address, port = bind_address(bind)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        fail(f"cannot listen on {bind}: {os.strerror(error.errno or 0)}")
