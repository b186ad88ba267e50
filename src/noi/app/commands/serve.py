"""`noi serve` and `noi worker`: the processes of a network."""

import importlib
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Annotated

from cyclopts import Parameter

from noi.app import composition, logs, processes, supervisor
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
    settings = (flags or Flags()).settings(bind=bind)
    logs.start(settings.log_level)
    listener = _listen(settings.bind)
    _prepare(settings, _migrate_and_greet)

    def web() -> None:
        processes.run(processes.serve_web(settings, listener))

    supervisor.supervise([("web", web)] * settings.web_processes + _workers(settings))


def worker(*, flags: Flags | None = None) -> None:
    """Run only the workers, beside a `noi serve` on this machine or (PostgreSQL) another."""
    settings = (flags or Flags()).settings()
    logs.start(settings.log_level)
    _prepare(settings, _migrate)
    supervisor.supervise(_workers(settings))


def _workers(settings: Settings) -> list[supervisor.Body]:
    def work() -> None:
        processes.run(processes.work_jobs(settings))

    return [("worker", work)] * settings.worker_processes


def _prepare(settings: Settings, first: Callable[[Settings], None]) -> None:
    """Migrate in a child, so that the supervisor opens nothing that a fork would share."""
    postgres = not settings.database_url.startswith("sqlite:")
    importlib.import_module("noi.db.postgres" if postgres else "noi.db.sqlite")
    child = supervisor.run_child("preparing", partial(first, settings))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        raise SystemExit(code)


def _migrate(settings: Settings) -> None:
    try:
        processes.run(composition.prepare(settings))
    except (Unavailable, OSError) as error:
        fail(f"the database cannot be opened: {error}. `noi check` tells more.")


def _migrate_and_greet(settings: Settings) -> None:
    _migrate(settings)
    processes.run(_greet(settings))


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
