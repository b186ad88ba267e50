"""The processes of a network: prepared, started and kept alive.

Nothing here knows the command line, whose parser takes longer to import than a database to open.
"""

import importlib
import os
import socket
import sys
from functools import partial

from noi.app import composition, logs, metrics, supervisor
from noi.config import ConfigError, Settings, bind_address
from noi.jobs.presence import present
from noi.models.errors import Unavailable
from noi.services import setup

_BACKLOG = 2048


def serve(settings: Settings, *, hub: bool = False) -> None:
    """Run web processes and workers, of a network or a `hub`, until SIGTERM, SIGINT or SIGHUP.

    Raises ConfigError where nobody can listen; SystemExit when the database cannot be opened.
    """
    _begin(settings)
    listener = _listen(settings.bind)
    preparing = supervisor.run_child("preparing", partial(_migrate_and_greet, settings, hub))
    # Importing the doors takes longer than preparing: the two go side by side.
    from noi.app import web

    if hub:
        from noi.app.hub import build, make_doors
    else:
        from noi.app.web import build, make_doors
    doors = make_doors()

    def answer() -> None:
        composition.run(web.serve_web(settings, listener, doors, build, hub=hub))

    metrics.prepare(settings)
    workers = _workers(settings, hub)
    _wait(preparing)
    supervisor.supervise([("web", answer)] * settings.web_processes + workers)


def work(settings: Settings) -> None:
    """Run workers only, until SIGTERM, SIGINT or SIGHUP; raises SystemExit as `serve` does."""
    _begin(settings)
    _wait(supervisor.run_child("preparing", partial(_migrate, settings, False)))
    supervisor.supervise(_workers(settings, False))


def _begin(settings: Settings) -> None:
    logs.start(settings.log_level)
    postgres = not settings.database_url.startswith("sqlite:")
    importlib.import_module("noi.db.postgres" if postgres else "noi.db.sqlite")


def _workers(settings: Settings, hub: bool) -> list[supervisor.Body]:
    if hub:
        from noi.app.hub import work_jobs
    else:
        from noi.app.worker import work_jobs

    def run() -> None:
        composition.run(work_jobs(settings))

    return [("worker", run)] * settings.worker_processes


def _wait(preparing: int) -> None:
    """End with the child that prepares, if that fails."""
    code = os.waitstatus_to_exitcode(os.waitpid(preparing, 0)[1])
    if code:
        raise SystemExit(code)


def _migrate(settings: Settings, hub: bool) -> None:
    """Runs in a child, so that the supervisor opens nothing that a fork would share."""
    try:
        composition.run(composition.prepare_to_serve(settings, hub=hub))
    except ConfigError as error:
        print(f"noi: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except (Unavailable, OSError) as error:
        told = f"noi: the database cannot be opened: {error}. `noi check` tells more."
        print(told, file=sys.stderr)
        raise SystemExit(1) from None


def _migrate_and_greet(settings: Settings, hub: bool) -> None:
    _migrate(settings, hub)
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
        raise ConfigError(f"cannot listen on {bind}: {os.strerror(error.errno or 0)}") from None
