"""What the parsers of recordings share: a file mapped into memory and edited in place."""

import mmap

import msgspec

Buffer = mmap.mmap | bytearray
_STEP = 1024 * 1024


class Damaged(ValueError):
    """The bytes are not what their kind of file must be."""


class Info(msgspec.Struct, frozen=True):
    """What a recording says of itself; `duration` in seconds where it is cheap to know."""

    video: bool
    duration: float | None = None
    width: int | None = None
    height: int | None = None


def zero(data: Buffer, start: int, end: int) -> None:
    """Overwrite a range with zero bytes, in steps that need little memory."""
    end = min(end, len(data))
    for at in range(start, end, _STEP):
        stop = min(at + _STEP, end)
        data[at:stop] = bytes(stop - at)
