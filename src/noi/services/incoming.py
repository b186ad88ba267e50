"""Files that people send: received into a folder of their own, and known by their content."""

import errno
import tempfile
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from noi.config import Settings
from noi.media.sniff import HEAD_BYTES, Family, FileType, sniff
from noi.models.errors import Invalid, TooLarge, Unavailable
from noi.services.network import Network

Source = Path | AsyncIterable[bytes]
"""A file that the caller keeps, or its bytes in pieces as they arrive."""

_MEGABYTE = 1024 * 1024


class Incoming(msgspec.Struct, frozen=True):
    """A received file, and an empty folder `work` that goes when it goes."""

    path: Path
    work: Path
    kind: FileType
    size: int


async def whole(data: bytes) -> AsyncGenerator[bytes]:
    """A source of bytes that have all arrived."""
    yield data


def work_folder(settings: Settings) -> Path:
    """Where files lie while they are worked on; whatever is old there was left by a crash."""
    return settings.data / "work"


@asynccontextmanager
async def workplace(network: Network) -> AsyncGenerator[Path]:
    """A new folder that is removed at the end; raises Unavailable when the disk is full."""
    parent = work_folder(network.settings).absolute()
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as name:
            yield Path(name)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("The disk of this server is full") from error
        raise


@asynccontextmanager
async def receive(
    network: Network, source: Source, families: frozenset[Family] = frozenset(Family)
) -> AsyncGenerator[Incoming]:
    """Receive a file of one of `families`, no larger than the settings let it be.

    Raises Invalid for other kinds, TooLarge, and Unavailable when the disk is full.
    """
    async with workplace(network) as folder:
        path = source if isinstance(source, Path) else folder / "upload"
        if not isinstance(source, Path):
            await _write(source, path, _largest(network.settings, families))
        with path.open("rb") as file:
            kind = sniff(file.read(HEAD_BYTES))
        if kind is None or kind.family not in families:
            raise Invalid("This kind of file is not supported", field="file")
        size = path.stat().st_size
        _check_size(size, _largest(network.settings, frozenset({kind.family})))
        work = folder / "work"
        work.mkdir()
        yield Incoming(path.absolute(), work, kind, size)


async def _write(source: AsyncIterable[bytes], path: Path, most: int) -> None:
    size = 0
    with path.open("wb") as file:
        async for chunk in source:
            size += len(chunk)
            _check_size(size, most)
            file.write(chunk)


def _largest(settings: Settings, families: frozenset[Family]) -> int:
    pictures = settings.max_image_bytes if Family.PICTURE in families else 0
    recordings = settings.max_video_bytes if families - {Family.PICTURE} else 0
    return max(pictures, recordings)


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge("This file is larger than {megabytes} MB", megabytes=most // _MEGABYTE)
