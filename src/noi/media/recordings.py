"""Sound and video: kept as they are, but without the place where they were recorded."""

import mmap
import struct
from pathlib import Path

import msgspec

from noi.media import matroska, mp4, tags
from noi.media.buffers import Buffer, Info
from noi.media.sniff import FileType, type_named
from noi.models.errors import Invalid


class Recording(msgspec.Struct, frozen=True):
    """A checked recording: its true type (without pictures it is sound) and what it says."""

    kind: FileType
    info: Info


def clean(path: Path, kind: FileType) -> Recording:
    """Check the file and overwrite its metadata in place, in time linear to its length.

    `kind` is what `noi.media.sniff` said. May be repeated. Blocking: call it in a thread.
    Raises Invalid for files that are cut off, lie about their kind or cannot be made safe.
    """
    try:
        with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
            name, info = _clean(data, kind.name)
            data.flush()
    except (ValueError, IndexError, struct.error):
        raise Invalid("This recording is damaged or incomplete", field="file") from None
    return Recording(type_named(name), info)


def _clean(data: Buffer, name: str) -> tuple[str, Info]:
    if name in ("mp4", "mov", "m4a"):
        info = mp4.clean(data)
        return ("m4a" if not info.video else "mp4" if name == "m4a" else name), info
    if name in ("webm", "weba"):
        info = matroska.clean(data)
        return ("webm" if info.video else "weba"), info
    if name in ("mp3", "aac"):
        return tags.clean_mpeg(data)
    cleaners = {
        "ogg": tags.clean_ogg,
        "flac": tags.clean_flac,
        "wav": tags.clean_wav,
    }
    return name, cleaners[name](data)
