"""Servers made of others' libraries, in processes of their own, which one tells what to do.

They read lines of JSON with what to run, and write lines with what they did and what came.
"""

import asyncio
import fcntl
import hashlib
import json
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

_BUILD = Path(__file__).parents[2] / "build"

Told = dict[str, Any]


class Peer:
    """The account `an` of another server at `origin`."""

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


def built(name: str, contents: bytes, install: Callable[[Path], None]) -> Path:
    """The folder that `install` fills once for these contents; it removes what it cannot finish."""
    folder = _BUILD / f"{name}-{hashlib.sha256(contents).hexdigest()[:12]}"
    _BUILD.mkdir(exist_ok=True)
    with (_BUILD / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_name(f"{folder.name}-{os.getpid()}")
            unfinished.mkdir()
            install(unfinished)
            unfinished.rename(folder)
    return folder


@asynccontextmanager
async def running(command: Sequence[str | Path], folder: Path) -> AsyncGenerator[Peer]:
    """A peer that has told its origin; its log is in the folder."""
    with (folder / "log").open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    peer = Peer(process)
    try:
        (started,) = await peer.until(lambda: [line for line in peer.told if "origin" in line])
        peer.origin = started["origin"]
        yield peer
    finally:
        await peer.close()
