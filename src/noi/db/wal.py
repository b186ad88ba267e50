"""Noticing that a file is written to, by whichever process: inotify(7), which Python lacks."""

import asyncio
import ctypes
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_IN_MODIFY = 2


class Writes:
    """The writes to one file, as far as they have not been waited for."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    async def wait(self, seconds: float) -> bool:
        """Wait for a write since the last call; False when there is none for so long."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[bool] = loop.create_future()
        loop.add_reader(self._descriptor, _settle, written, True)
        timer = loop.call_later(seconds, _settle, written, False)
        try:
            return await written
        finally:
            timer.cancel()
            loop.remove_reader(self._descriptor)
            with suppress(BlockingIOError):
                os.read(self._descriptor, 65536)


@contextmanager
def following(path: Path) -> Generator[Writes | None]:
    """Follow a file that exists; None where the system does not tell of writes."""
    libc = ctypes.CDLL(None)
    descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if descriptor < 0:
        yield None
        return
    try:
        told = libc.inotify_add_watch(descriptor, os.fsencode(path), _IN_MODIFY) >= 0
        yield Writes(descriptor) if told else None
    finally:
        os.close(descriptor)


def _settle(future: asyncio.Future[bool], value: bool) -> None:
    if not future.done():
        future.set_result(value)
