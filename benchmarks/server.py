"""`noi serve` under measurement: what its processes use of processor and memory."""

import asyncio
import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from benchmarks import seed
from benchmarks.load import Request, fetch

STATUSES, FEW, MANY = 100_000, 10_000, 1_000_000
QUIET = {"rate_limits": "off", "access_log": "off"}

_STARTED = re.compile(r"started role=(\w+) pid=(\d+)")


class Server(msgspec.Struct):
    """A running network; it took `started_in` seconds to its first answer, and so much CPU."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    database: str
    started_in: float = 0.0
    started_cpu: float = 0.0

    def pids(self, role: str = "") -> list[int]:
        """The children of a role, or all processes."""
        found = _STARTED.findall(self.log.read_text())
        children = [int(pid) for name, pid in found if role in ("", name)]
        return children if role else [self.process.pid, *children]

    def cpu(self, role: str) -> float:
        """Processor seconds that the processes of a role have used, all threads."""
        return sum(cpu_of(pid) for pid in self.pids(role))

    def memory(self, field: str, role: str = "") -> int:
        """KiB of all processes, or those of a role; `Pss` counts what they share once."""
        return sum(_memory(pid, field) for pid in self.pids(role))


@asynccontextmanager
async def serving(
    database: str, folder: Path, module: str = "noi", command: str = "serve", **settings: str
) -> AsyncGenerator[Server]:
    """Run `python -m module serve` on a database; settings become NOI_… variables."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    own = {key: value for key, value in os.environ.items() if not key.startswith("NOI_")}
    values = {"bind": f"127.0.0.1:{port}", "data": str(folder), "database": database, **settings}
    environment = {**own, **{f"NOI_{key.upper()}": value for key, value in values.items()}}
    log = folder / "log"
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, command],
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=_end_with_parent,
        )
    server = Server(port, process, log, database)
    try:
        await _answers(server)
        server.started_in = time.perf_counter() - began
        server.started_cpu = server.cpu("")
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, 20)
        except subprocess.TimeoutExpired:
            process.kill()


@asynccontextmanager
async def on_sqlite(
    statuses: int = STATUSES,
    prepare: Callable[[str], Awaitable[None]] | None = None,
    **settings: str,
) -> AsyncGenerator[Server]:
    """A server on a seeded SQLite database, to which `prepare` adds what it wants."""
    file = await asyncio.to_thread(seed.sqlite_file, statuses, indexed=statuses == STATUSES)
    with tempfile.TemporaryDirectory(prefix="noi-bench-") as name:
        url = f"sqlite:{Path(name) / 'noi.sqlite'}"
        shutil.copyfile(file, Path(name) / "noi.sqlite")
        if prepare is not None:
            await prepare(url)
        async with serving(url, Path(name), **{**QUIET, **settings}) as server:
            yield server


async def _answers(server: Server) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                if (await fetch(server.port, Request("/health/ready")))[0] == 200:
                    return
            if server.process.poll() is not None:
                raise RuntimeError(server.log.read_text())
            await asyncio.sleep(0.005)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def cpu_of(pid: int) -> float:
    """Processor seconds that a process has used."""
    # What clock_getcpuclockid(3) answers: exact, where /proc/PID/stat counts hundredths of seconds.
    return time.clock_gettime((~pid << 3) | 2)


def _memory(pid: int, field: str) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith(field))
