"""What was measured, beside its budget, as a table that a person can read."""

import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Figure(msgspec.Struct):
    """One measurement; `budget` is the most that is allowed, None for what is only told."""

    operation: str
    engine: str
    value: float
    unit: str
    budget: float | None = None
    note: str = ""

    @property
    def met(self) -> str:
        if self.budget is None:
            return ""
        return "yes" if self.value <= self.budget else "**no**"


def write(
    path: Path, figures: Sequence[Figure], engines: str, command: str, seconds: float
) -> None:
    """Write RESULTS.md; `engines` are the databases with their versions."""
    lines = [
        "# What was measured",
        "",
        f"- {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, `{command}`, {seconds:.0f} s",
        f"- {_machine()}",
        f"- Python {platform.python_version()}, {engines}",
        "- 1,000 people who follow 50 each and what they wrote in a year: a third replies, a tenth "
        "reblogs, a fifth with a picture, a fifth with a hashtag. 100,000 statuses unless it says "
        "otherwise. Figures in µs and ms of CPU are processor time of the server's processes "
        "(user and system, all threads) for one request; the client's is not in them. Load on the "
        f"machine when it ended: {_load()}.",
        "",
        "| operation | engine | figure | budget | met | note |",
        "| --- | --- | ---: | ---: | --- | --- |",
    ]
    for figure in figures:
        budget = "" if figure.budget is None else f"{figure.budget:g} {figure.unit}"
        value = f"{figure.value:,.2f}" if figure.value < 10 else f"{figure.value:,.0f}"
        lines.append(
            f"| {figure.operation} | {figure.engine} | {value} {figure.unit} | {budget} "
            f"| {figure.met} | {figure.note} |"
        )
    path.write_text("\n".join([*lines, ""]))


def _load() -> str:
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    busy = " (other work ran beside this, so the figures are too high, and ratios uncertain)"
    return f"{load:.1f}{busy if load > 2 * cores else ''}"


def _machine() -> str:
    info = Path("/proc/cpuinfo").read_text()
    model = next((line for line in info.splitlines() if line.startswith("model name")), ": ?")
    memory = next(iter(Path("/proc/meminfo").read_text().splitlines()), "").split()[1]
    return (
        f"{os.cpu_count()} cores of {model.partition(':')[2].strip()}, "
        f"{int(memory) // 1024**2} GiB, {platform.system()} {platform.release()}"
    )
