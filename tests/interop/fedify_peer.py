"""A peer made of Fedify (https://fedify.dev), in a process of Node.js; see fedify/peer.mjs."""

import shutil
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from interop.peers import Peer, built, running

_SOURCE = Path(__file__).parent / "fedify"
_PARTS = ("package.json", "package-lock.json", "peer.mjs")
_OLDEST_NODE = 20


def installed() -> Path:
    """The folder with the peer and what it needs, which npm fetches once; skips where it cannot."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js and npm are not installed, so Fedify was not spoken with")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version[1:].partition(".")[0]) < _OLDEST_NODE:
        pytest.skip(f"Node.js is older than {_OLDEST_NODE}, so Fedify was not spoken with")
    contents = b"".join((_SOURCE / name).read_bytes() for name in _PARTS)
    return built("fedify", contents, lambda folder: _install(npm, folder))


def _install(npm: str, folder: Path) -> None:
    for name in _PARTS:
        shutil.copy(_SOURCE / name, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(folder)
        pytest.skip(f"npm could not install Fedify: {done.stderr[-200:]}")


@asynccontextmanager
async def fedify(first_knock: str) -> AsyncGenerator[Peer]:
    """A running peer that signs its requests so first: `rfc9421` or draft-cavage's whole name."""
    async with running(("node", "peer.mjs", first_knock), installed()) as peer:
        yield peer
