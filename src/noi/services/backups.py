"""One file that holds a whole network: its database as of one moment, then its media.

A gzipped tar of `manifest.json`, the database's files, `media/…` and, last, `checksums.json`,
whose presence shows that nothing is missing.
"""

import asyncio
import gzip
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import msgspec

from noi.config import Settings
from noi.db import backups
from noi.db.backups import Snapshot
from noi.models.errors import Conflict, Invalid, Unavailable
from noi.models.ids import now_ms

FORMAT = 1
_UNPACKED = ".noi-restoring"
_MANIFEST = "manifest.json"
_CHECKSUMS = "checksums.json"
_MEMBER = re.compile(
    r"(?:manifest\.json|checksums\.json|database/[a-z][a-z0-9_]*\.(?:sqlite|copy)"
    r"|media/(?:[A-Za-z0-9_][A-Za-z0-9_.-]*/)*[A-Za-z0-9_][A-Za-z0-9_.-]*)"
)
_MAX_JSON = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_DAMAGES = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, msgspec.DecodeError)


class Manifest(msgspec.Struct, frozen=True):
    """What a backup is of; `created_at` in ms."""

    format: int
    created_at: int
    host: str
    database: Snapshot


class Summary(msgspec.Struct, frozen=True):
    """What was written or restored: rows of all tables, media files, size of the archive.

    `resumed` where a restore was interrupted before, and what it had left is removed.
    """

    manifest: Manifest
    rows: int
    media_files: int
    size: int
    resumed: bool = False


async def backup(settings: Settings, file: Path) -> Summary:
    """Write a backup (mode 0600) while the network runs, then read it back and check it.

    Raises Conflict when the file exists, Unavailable when the database or disk is away, Invalid
    when what was written cannot be read back.
    """
    with _partial(file) as partial:
        with _folder_beside(file) as folder:
            snapshot = await backups.take(settings.database_url, folder)
            manifest = Manifest(FORMAT, now_ms(), settings.host, snapshot)
            await asyncio.to_thread(_write, partial, manifest, folder, settings.media_folder)
        summary = await asyncio.to_thread(verify, partial)
        partial.replace(file)
        return summary


async def restore(settings: Settings, file: Path) -> Summary:
    """Bring a backup back into an empty data folder and database of either engine.

    All or nothing: the whole archive is checked first. Raises Conflict when something is there
    already, Invalid for an archive that is damaged or incomplete.
    """
    await backups.check_empty(settings.database_url)
    folder = settings.data / _UNPACKED
    resumed = folder.exists()
    if resumed:
        shutil.rmtree(settings.media_folder, ignore_errors=True)
        shutil.rmtree(folder)
    _check_no_media(settings.media_folder)
    with _fresh_folder(folder):
        summary = await asyncio.to_thread(_unpack, file, folder)
        (folder / "database").mkdir(exist_ok=True)
        snapshot = summary.manifest.database
        await asyncio.to_thread(backups.check, folder / "database", snapshot)
        _move_media(folder / "media", settings.media_folder)
        try:
            await backups.load(settings.database_url, folder / "database", snapshot)
        except BaseException:
            shutil.rmtree(settings.media_folder, ignore_errors=True)
            raise
    os.sync()
    return msgspec.structs.replace(summary, resumed=resumed)


def verify(file: Path) -> Summary:
    """Read a whole backup and check every byte and row count; raises Invalid."""
    with _folder_beside(file) as folder:
        summary = _unpack(file, folder, keep_media=False)
        backups.check(folder / "database", summary.manifest.database)
        return summary


def _write(file: Path, manifest: Manifest, database: Path, media: Path) -> None:
    checksums: dict[str, str] = {}
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with (
                gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, filename="") as packed,
                tarfile.open(fileobj=packed, mode="w|") as archive,
            ):
                _add_bytes(archive, checksums, _MANIFEST, msgspec.json.encode(manifest))
                for name in manifest.database.files:
                    _add_file(archive, checksums, f"database/{name}", database / name)
                for path in _media_files(media):
                    name = f"media/{path.relative_to(media).as_posix()}"
                    _add_file(archive, checksums, name, path)
                _add_bytes(archive, {}, _CHECKSUMS, msgspec.json.encode(checksums))
            raw.flush()
            os.fsync(raw.fileno())
    except OSError as error:
        raise Unavailable("The backup cannot be written: {reason}", reason=str(error)) from error


def _media_files(folder: Path) -> list[Path]:
    """Every finished file of this network; names that begin with a dot are still being written.

    Copies of other servers' files are left out: they are fetched again when looked at.
    """
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not path.name.startswith(".")
        and path.relative_to(folder).parts[0] != "remote"
    )


def _add_bytes(archive: tarfile.TarFile, checksums: dict[str, str], name: str, data: bytes) -> None:
    _add(archive, checksums, name, io.BytesIO(data), len(data))


def _add_file(archive: tarfile.TarFile, checksums: dict[str, str], name: str, path: Path) -> None:
    try:
        source = path.open("rb")
    except FileNotFoundError:
        # Deleted since it was listed: the snapshot of the database is older and may name it.
        return
    with source:
        _add(archive, checksums, name, source, os.fstat(source.fileno()).st_size)


def _add(
    archive: tarfile.TarFile, checksums: dict[str, str], name: str, source: BinaryIO, size: int
) -> None:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    reader = _Hashing(source)
    archive.addfile(info, reader)
    checksums[name] = reader.digest()


class _Hashing(io.RawIOBase):
    """Reads through, and knows the SHA-256 of what was read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(size)
        self._hash.update(data)
        return data

    def digest(self) -> str:
        return self._hash.hexdigest()


def _unpack(file: Path, folder: Path, *, keep_media: bool = True) -> Summary:
    """Unpack into an empty folder, checking names, kinds and checksums."""
    sums: dict[str, str] = {}
    texts: dict[str, bytes] = {}
    try:
        with gzip.open(file, "rb") as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
            for member in archive:
                source = archive.extractfile(member)
                if source is None or not member.isreg() or not _MEMBER.fullmatch(member.name):
                    raise Invalid(
                        "This backup holds what no backup holds: {name}", name=member.name
                    )
                if _CHECKSUMS in texts or member.name in sums:
                    raise Invalid("The backup is damaged: {name}", name=member.name)
                if "/" not in member.name:
                    texts[member.name] = source.read(_MAX_JSON)
                    sums[member.name] = hashlib.sha256(texts[member.name]).hexdigest()
                    continue
                keep = keep_media or member.name.startswith("database/")
                sums[member.name] = _copy(source, folder / member.name if keep else None)
            # The end of the stream is only checked by reading up to it.
            while packed.read(_CHUNK):
                pass
        manifest = _manifest(texts, sums)
    except FileNotFoundError:
        raise Invalid("There is no file {name}", name=str(file)) from None
    except _DAMAGES as error:
        raise Invalid("The backup is damaged: {name}", name=str(error)) from error
    except OSError as error:
        raise Unavailable("The backup cannot be read: {reason}", reason=str(error)) from error
    media_files = sum(name.startswith("media/") for name in sums)
    rows = sum(manifest.database.tables.values())
    return Summary(manifest, rows, media_files, file.stat().st_size)


def _manifest(texts: dict[str, bytes], sums: dict[str, str]) -> Manifest:
    if not {_MANIFEST, _CHECKSUMS} <= texts.keys():
        raise Invalid("The backup is incomplete")
    expected = msgspec.json.decode(texts[_CHECKSUMS], type=dict[str, str])
    del sums[_CHECKSUMS]
    if sums != expected:
        wrong = sorted(dict(sums.items() ^ expected.items()))
        raise Invalid("The backup is damaged: {name}", name=", ".join(wrong[:3]))
    manifest = msgspec.json.decode(texts[_MANIFEST], type=Manifest)
    if manifest.format > FORMAT:
        raise Invalid("This backup was made by a newer version of Nối")
    if not {f"database/{name}" for name in manifest.database.files} <= sums.keys():
        raise Invalid("The backup is incomplete")
    return manifest


def _copy(source: IO[bytes], target: Path | None) -> str:
    digest = hashlib.sha256()
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
    with (target or Path(os.devnull)).open("wb") as output:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            output.write(chunk)
    return digest.hexdigest()


@contextmanager
def _partial(file: Path) -> Generator[Path]:
    """A name beside the file for what is not finished; gone again when it fails."""
    if file.exists():
        raise Conflict("There is a file already: {name}", name=str(file))
    partial = file.with_name(f".{file.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _folder_beside(path: Path) -> Generator[Path]:
    """A private folder on the same disk, gone afterwards."""
    try:
        name = tempfile.mkdtemp(prefix=".noi-backup-", dir=path.absolute().parent)
    except OSError as error:
        raise Unavailable(
            "Cannot write beside {name}: {reason}", name=str(path), reason=str(error)
        ) from error
    try:
        yield Path(name)
    finally:
        shutil.rmtree(name, ignore_errors=True)


@contextmanager
def _fresh_folder(folder: Path) -> Generator[None]:
    """A private folder that only a kill leaves behind."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise Unavailable(
            "Cannot write beside {name}: {reason}", name=str(folder), reason=str(error)
        ) from error
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_no_media(folder: Path) -> None:
    if folder.exists() and any(folder.rglob("*")):
        raise Conflict("There are media already: {name}", name=str(folder))


def _move_media(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.move(source, target)
