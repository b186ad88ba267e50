"""Where files lie: generated names only, written whole or not at all."""

import asyncio
import errno
import os
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from noi.models.errors import Unavailable

_KEY = re.compile(r"[a-z]{1,20}/[0-9a-z]{2}/[0-9a-z]{2}/[0-9a-z]{24}\.[0-9a-z]{2,5}")
PRIVATE = ("uploads/", "exports/")
"""Prefixes of files that are not for everybody: uploads still hold where they were made."""

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Storage(Protocol):
    """Files by key. Keys come from `new_key`; others raise ValueError."""

    async def put_file(self, source: Path, key: str) -> None:
        """Store a copy of `source`, durably; raises Unavailable when the disk is full."""
        ...

    async def put_bytes(self, data: bytes, key: str) -> None:
        """Store `data`, durably; raises Unavailable when the disk is full."""
        ...

    def path(self, key: str) -> Path:
        """Where the file can be read on this machine."""
        ...

    async def delete(self, key: str) -> None:
        """Remove a file; a missing one is no error."""
        ...

    def exists(self, key: str) -> bool: ...

    def public_path(self, key: str) -> Path | None:
        """Where a file that anybody may fetch can be read; None for any other `key`."""
        ...

    def url(self, key: str) -> str:
        """The public address of a file."""
        ...


class LocalStorage:
    """Files in a folder, two levels of 1,296 folders deep, so that none grows too large."""

    def __init__(self, folder: Path, base_url: str = "/media") -> None:
        self._folder = folder
        self._base_url = base_url.rstrip("/")

    async def put_file(self, source: Path, key: str) -> None:
        def write(target: BinaryIO) -> None:
            with source.open("rb") as file:
                shutil.copyfileobj(file, target, 1024 * 1024)

        await asyncio.to_thread(_write_whole, self.path(key), write)

    async def put_bytes(self, data: bytes, key: str) -> None:
        def write(target: BinaryIO) -> None:
            target.write(data)

        await asyncio.to_thread(_write_whole, self.path(key), write)

    def path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no storage key")
        return self._folder / key

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self.path(key).unlink, missing_ok=True)

    def exists(self, key: str) -> bool:
        return self.path(key).is_file()

    def public_path(self, key: str) -> Path | None:
        if not _KEY.fullmatch(key) or key.startswith(PRIVATE):
            return None
        path = self._folder / key
        return path if path.is_file() else None

    def url(self, key: str) -> str:
        return f"{self._base_url}/{key}"


def new_key(prefix: str, extension: str) -> str:
    """A fresh key nobody can guess, as `pictures/4f/zk/4fzk….webp`; `extension` has its dot."""
    name = "".join(secrets.choice(_ALPHABET) for _ in range(24))
    return f"{prefix}/{name[:2]}/{name[2:4]}/{name}{extension}"


def _write_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if error.errno in _FULL:
            raise Unavailable("The disk of this server is full") from error
        raise Unavailable("The file could not be stored") from error
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
