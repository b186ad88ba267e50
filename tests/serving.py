"""`noi serve` as people run it: in processes of its own, which a test may kill."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import msgspec

import postgres_cluster


class Served(msgspec.Struct):
    """A served network (or hub); `process` is its supervisor."""

    url: str
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes]
    hub: bool = False

    def children(self) -> list[int]:
        """The processes that the supervisor has started and that still run."""
        with suppress(FileNotFoundError):
            tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            return [int(pid) for pid in tasks.read_text().split()]
        return []

    def pss_bytes(self) -> int:
        """Memory of all processes, what they share counted once."""
        total = 0
        for pid in (self.process.pid, *self.children()):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if "Pss:" in line)
        return total * 1024

    def start(self) -> None:
        """Run `noi serve` (again)."""
        self.process = _serve(self.environment, self.log, hub=self.hub)

    async def answers(self, *, within: float = 10) -> float:
        """Wait for the first answer; how many seconds that took."""
        began = time.perf_counter()
        async with asyncio.timeout(within), aiohttp.ClientSession() as client:
            while True:
                with suppress(aiohttp.ClientError):
                    async with client.get(f"{self.url}/health/ready") as answer:
                        if answer.status == 200:
                            return time.perf_counter() - began
                if self.process.poll() is not None:
                    raise RuntimeError(self.log.read_text())
                await asyncio.sleep(0.01)

    async def ended(self, *, within: float = 30) -> int:
        """Wait for the supervisor's end and answer its exit code."""
        return await asyncio.to_thread(self.process.wait, within)


@asynccontextmanager
async def serving(engine: str, *, hub: bool = False, **settings: str) -> AsyncGenerator[Served]:
    """`noi serve` (or `noi hub`) on a free port with a fresh database; `settings` become NOI_…
    variables.
    """
    with tempfile.TemporaryDirectory(prefix="noi-served-") as name:
        async with _database(engine, Path(name)) as url:
            port = _free_port()
            environment = {
                **{key: value for key, value in os.environ.items() if not key.startswith("NOI_")},
                "NOI_BIND": f"127.0.0.1:{port}",
                "NOI_HOST": f"localhost:{port}",
                "NOI_DATA": name,
                "NOI_DATABASE": url,
                "NOI_RATE_LIMITS": "off",
                **{f"NOI_{key.upper()}": value for key, value in settings.items()},
            }
            log = Path(name) / "log"
            served = Served(
                url=f"http://localhost:{port}",
                environment=environment,
                log=log,
                process=_serve(environment, log, hub=hub),
                hub=hub,
            )
            try:
                yield served
            finally:
                if served.process.poll() is None:
                    served.process.send_signal(signal.SIGKILL)
                    await served.ended()


def _serve(environment: dict[str, str], log: Path, *, hub: bool) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        command = [sys.executable, "-m", "noi", "hub" if hub else "serve"]
        return subprocess.Popen(command, env=environment, stdout=output, stderr=output)


@asynccontextmanager
async def _database(engine: str, folder: Path) -> AsyncGenerator[str]:
    if engine == "sqlite":
        yield f"sqlite:{folder / 'noi.sqlite'}"
    else:
        async with postgres_cluster.database() as url:
            yield url


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
