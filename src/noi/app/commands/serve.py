"""`noi serve`, `noi worker` and `noi hub`: the processes of a network or an alliance's hub."""

from typing import Annotated

from cyclopts import Parameter

from noi.app import serving
from noi.app.commands.flags import Flags


def serve(
    *,
    bind: Annotated[str | None, Parameter(help="ADDRESS:PORT to listen on.")] = None,
    flags: Flags | None = None,
) -> None:
    """Run the network: web processes and workers, kept alive until Ctrl-C or SIGTERM."""
    serving.serve((flags or Flags()).settings(bind=bind))


def worker(*, flags: Flags | None = None) -> None:
    """Run only the workers, beside a `noi serve` on this machine or (PostgreSQL) another."""
    serving.work((flags or Flags()).settings())


def hub(
    *,
    bind: Annotated[str | None, Parameter(help="ADDRESS:PORT to listen on.")] = None,
    flags: Flags | None = None,
) -> None:
    """Run the hub of an alliance, in a data folder of its own, until Ctrl-C or SIGTERM."""
    serving.serve((flags or Flags()).settings(bind=bind), hub=True)
