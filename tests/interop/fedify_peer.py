"""A peer made of Fedify (https://fedify.dev), in a process of Node.js; see fedify/peer.mjs."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

_SOURCE = Path(__file__).parent / "fedify"
_PARTS = ("package.json", "package-lock.json", "peer.mjs")
_BUILD = Path(__file__).parents[2] / "build"
_OLDEST_NODE = 20

Told = dict[str, Any]


def installed() -> Path:
    """The folder with the peer and what it needs, which npm fetches once; skips where it cannot."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js and npm are not installed, so Fedify was not spoken with")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(version[1:].partition(".")[0]) < _OLDEST_NODE:
        pytest.skip(f"Node.js is older than {_OLDEST_NODE}, so Fedify was not spoken with")
    contents = b"".join((_SOURCE / name).read_bytes() for name in _PARTS)
    folder = _BUILD / f"fedify-{hashlib.sha256(contents).hexdigest()[:12]}"
    if not folder.exists():
        _install(npm, folder)
    return folder


def _install(npm: str, folder: Path) -> None:
    unfinished = folder.with_name(f"{folder.name}-{os.getpid()}")
    unfinished.mkdir(parents=True)
    for name in _PARTS:
        shutil.copy(_SOURCE / name, unfinished)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=unfinished, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(unfinished)
        pytest.skip(f"npm could not install Fedify: {done.stderr[-200:]}")
    if not folder.exists():
        unfinished.rename(folder)
    else:
        shutil.rmtree(unfinished)


class Peer:
    """The account `an` of a Fedify server at `origin`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.origin = ""
        self.told: list[Told] = []
        self._process = process
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @property
    def actor_uri(self) -> str:
        return f"{self.origin}/users/an"

    async def run(self, command: str, **args: Any) -> Told:
        """Let it do something, and wait for what it answers."""
        assert self._process.stdin is not None
        count = len(self._all("done"))
        self._process.stdin.write(json.dumps({"run": command, **args}).encode() + b"\n")
        await self._process.stdin.drain()
        done = await self.until(lambda: self._all("done")[count:])
        assert "error" not in done[0], done[0]
        return done[0]

    async def comes(self, kind: str, many: int = 1) -> list[Told]:
        """Wait until so many activities of a type have come through its inbox."""
        return await self.until(
            lambda: (
                came
                if len(came := [line for line in self._all("came") if line["came"] == kind]) >= many
                else []
            )
        )

    def judged(self, kind: str) -> list[Told]:
        """What the signatures of all posts with an activity of a type are worth."""
        return [line for line in self._all("judged") if line["judged"] == kind]

    async def until(self, look: Callable[[], list[Told]]) -> list[Told]:
        """Wait until something was told."""
        async with asyncio.timeout(30):
            while not (found := look()):
                self._news.clear()
                await self._news.wait()
        return found

    def _all(self, key: str) -> list[Told]:
        return [line for line in self.told if key in line]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.told.append(json.loads(line))
            self._news.set()

    async def close(self) -> None:
        self._reading.cancel()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def fedify(first_knock: str) -> AsyncGenerator[Peer]:
    """A running peer that signs its requests so first: `rfc9421` or draft-cavage's whole name."""
    folder = installed()
    log = folder / "log"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *("node", "peer.mjs", first_knock),
            cwd=folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    peer = Peer(process)
    try:
        peer.origin = (await peer.until(lambda: [t for t in peer.told if "origin" in t]))[0][
            "origin"
        ]
        yield peer
    finally:
        await peer.close()
