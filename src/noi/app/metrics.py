"""Whether numbers are kept for Prometheus, and where; `meters` has them, imported only then.

Each process keeps its numbers in files of its own (prometheus-client's multiprocess mode), and
whichever is asked reads the files of all, so that a scrape answers for the whole machine.
"""

import ipaddress
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from noi.config import Settings, networks

if TYPE_CHECKING:
    from noi.app.meters import Meters


def folder(settings: Settings) -> Path:
    """Where the processes of this machine keep their numbers."""
    return settings.data / "processes" / ".metrics"


def prepare(settings: Settings) -> None:
    """Import what is needed before forking, and forget the numbers of processes long gone.

    Those of processes that still run, such as a `noi worker`, stay.
    """
    if settings.metrics:
        open_meters(settings)
        forget_dead(folder(settings), "*")


@cache
def open_meters(settings: Settings) -> "Meters | None":
    """The numbers of this process, None when none are kept."""
    if not settings.metrics:
        return None
    place = folder(settings)
    place.mkdir(parents=True, exist_ok=True)
    # The library looks for this when it is imported, and again in each process.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(place)
    from noi.app.meters import Meters

    return Meters(place)


def forget_dead(place: Path, kind: str) -> None:
    """Remove the files of a kind (a glob) whose process has ended."""
    for path in place.glob(f"{kind}_*.db"):
        if not Path("/proc", path.stem.rpartition("_")[2]).exists():
            path.unlink(missing_ok=True)


def may_read(settings: Settings, address: str) -> bool:
    """Whether the numbers are for this address: only where proxies may be, never for the public."""
    try:
        asking = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(asking in network for network in networks(settings.trusted_proxies))
