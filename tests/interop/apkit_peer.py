"""A peer made of apkit (https://github.com/fedi-libs/apkit), in a Python environment of its own:
its libraries are pinned by apkit/requirements.txt and would not stand beside this network's.
"""

import shutil
import subprocess
import sys
import venv
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from interop.peers import Peer, built, running

_SOURCE = Path(__file__).parent / "apkit"
_REQUIREMENTS = _SOURCE / "requirements.txt"


def installed() -> Path:
    """The environment of the peer, which pip makes once; skips where it cannot."""
    return built("apkit", _REQUIREMENTS.read_bytes() + sys.version.encode(), _install)


def _install(folder: Path) -> None:
    venv.create(folder, symlinks=True)
    command = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install"]
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]
    pinned = ["--require-hashes", "--no-deps", "-r", _REQUIREMENTS]
    done = subprocess.run([*command, *options, *pinned], capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(folder)
        pytest.skip(f"pip could not install apkit: {done.stderr[-200:]}")


@asynccontextmanager
async def apkit() -> AsyncGenerator[Peer]:
    """A running peer."""
    folder = installed()
    async with running((folder / "bin" / "python", _SOURCE / "peer.py"), folder) as peer:
        yield peer
