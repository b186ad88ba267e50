"""Which processes live: each keeps a lock on a file of its own, which the kernel frees at its end.

So the jobs and the process slot of a killed process are free again at once, before their leases
run out. A process of another machine has no file here, and its leases must be waited for.
"""

import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def present(folder: Path) -> Generator[str]:
    """Announce this process and yield its name, which no other process has ever had.

    Call it after forking, for a child would share the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = secrets.token_hex(8)
    path, unlocked = folder / name, folder / f".{name}"
    descriptor = os.open(unlocked, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        unlocked.rename(path)
        yield name
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def gone(folder: Path) -> list[str]:
    """The names of processes that ended without taking their names back."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return [name for name in names if not name.startswith(".") and _is_gone(folder / name)]


def forget(folder: Path, name: str) -> None:
    """Remove what a gone process left behind."""
    (folder / name).unlink(missing_ok=True)


def _is_gone(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
