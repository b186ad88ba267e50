"""MP4 and QuickTime files: what they hold, and where they were recorded taken out of them.

Only boxes that are needed to play stay (ISO 14496-12, the QuickTime file format). All others are
overwritten in place as `free` boxes, so that no offset into the file moves. Cameras also write
the place as a track of its own beside picture and sound; such tracks are emptied.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from noi.media.buffers import Buffer, Damaged, Info, zero

MAX_BOXES = 100_000
MAX_TABLE_BYTES = 16 * 1024 * 1024

_TOP = {b"ftyp", b"moov", b"mdat", b"moof", b"sidx", b"ssix", b"styp", b"mfra"}
_KEPT = {
    b"moov": {b"mvhd", b"trak", b"mvex", b"iods"},
    b"trak": {b"tkhd", b"edts", b"mdia", b"tapt"},
    b"mdia": {b"mdhd", b"hdlr", b"minf", b"elng"},
    b"moof": {b"mfhd", b"traf"},
    b"traf": {b"tfhd", b"tfdt", b"trun", b"sdtp", b"sbgp", b"sgpd", b"subs"},
}
_CUT_OFF = {b"moov", b"mdat", b"moof", b"ftyp"}


class Box(NamedTuple):
    """A box by the places of its start, its payload and its end."""

    kind: bytes
    start: int
    body: int
    end: int


class _Track(NamedTuple):
    handler: bytes
    width: int
    height: int


class _Walk:
    """What one walk over a file has seen."""

    def __init__(self) -> None:
        self.boxes = 0
        self.duration: float | None = None
        self.tracks: list[_Track] = []
        self.emptied: list[tuple[int, int]] = []
        self.fragmented = False


def clean(data: Buffer) -> Info:
    """Remove in place whatever is not needed to play; raises Damaged."""
    walk = _Walk()
    has_moov = False
    for box in _boxes(data, 0, len(data), walk, top=True):
        if box.kind not in _TOP:
            _free(data, box)
        elif box.kind == b"moov":
            has_moov = True
            _clean_moov(data, box, walk)
        elif box.kind == b"moof":
            for child in _clean_children(data, box, walk):
                if child.kind == b"traf":
                    _clean_all(data, child, walk)
    if not has_moov or not walk.tracks or (walk.fragmented and walk.emptied):
        raise Damaged
    _empty(data, walk.emptied)
    return _info(walk)


def _info(walk: _Walk) -> Info:
    video = [track for track in walk.tracks if track.handler == b"vide"]
    if not video:
        return Info(video=False, duration=walk.duration)
    return Info(video=True, duration=walk.duration, width=video[0].width, height=video[0].height)


def _boxes(data: Buffer, start: int, end: int, walk: _Walk, *, top: bool = False) -> Iterator[Box]:
    while end - start >= 8:
        walk.boxes += 1
        if walk.boxes > MAX_BOXES:
            raise Damaged
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1 and end - start >= 16:
            size, body = struct.unpack_from(">Q", data, start + 8)[0], start + 16
        elif size == 0:
            size = end - start
        if size < body - start or size > end - start:
            if not top or kind in _CUT_OFF:
                raise Damaged
            break
        yield Box(kind, start, body, start + size)
        start += size
    # What some cameras append is no box; QuickTime also ends lists with four zero bytes.
    zero(data, start, end)


def _clean_children(data: Buffer, parent: Box, walk: _Walk) -> Iterator[Box]:
    for box in _boxes(data, parent.body, parent.end, walk):
        if box.kind in _KEPT[parent.kind]:
            yield box
        else:
            _free(data, box)


def _clean_all(data: Buffer, parent: Box, walk: _Walk) -> list[Box]:
    return list(_clean_children(data, parent, walk))


def _free(data: Buffer, box: Box) -> None:
    data[box.start + 4 : box.start + 8] = b"free"
    zero(data, box.body, box.end)


def _clean_moov(data: Buffer, moov: Box, walk: _Walk) -> None:
    for box in _clean_children(data, moov, walk):
        if box.kind == b"mvhd":
            walk.duration = _duration(data, box)
        elif box.kind == b"mvex":
            walk.fragmented = True
        elif box.kind == b"trak":
            _clean_track(data, box, walk)


def _clean_track(data: Buffer, trak: Box, walk: _Walk) -> None:
    boxes = {box.kind: box for box in _clean_all(data, trak, walk)}
    if b"mdia" not in boxes or b"tkhd" not in boxes:
        raise Damaged
    media = {box.kind: box for box in _clean_all(data, boxes[b"mdia"], walk)}
    if b"hdlr" not in media or b"minf" not in media:
        raise Damaged
    handler = bytes(data[media[b"hdlr"].body + 8 : media[b"hdlr"].body + 12])
    if handler in (b"vide", b"soun"):
        walk.tracks.append(_Track(handler, *_dimensions(data, boxes[b"tkhd"])))
        return
    walk.emptied += _chunks(data, media[b"minf"], walk)
    _free(data, trak)


def _duration(data: Buffer, mvhd: Box) -> float | None:
    if data[mvhd.body] == 1:
        scale, units = struct.unpack_from(">IQ", data, mvhd.body + 20)
        unknown = 2**64 - 1
    else:
        scale, units = struct.unpack_from(">II", data, mvhd.body + 12)
        unknown = 2**32 - 1
    return units / scale if scale and 0 < units < unknown else None


def _dimensions(data: Buffer, tkhd: Box) -> tuple[int, int]:
    matrix = tkhd.body + (52 if data[tkhd.body] == 1 else 40)
    if matrix + 44 > tkhd.end:
        raise Damaged
    across = struct.unpack_from(">i", data, matrix)[0]
    width, height = struct.unpack_from(">II", data, matrix + 36)
    width, height = width >> 16, height >> 16
    return (width, height) if across else (height, width)


def _chunks(data: Buffer, minf: Box, walk: _Walk) -> list[tuple[int, int]]:
    """Where in the file the samples of a track lie."""
    tables = {box.kind: box for box in _boxes(data, minf.body, minf.end, walk)}
    if b"stbl" not in tables:
        return []
    tables = {b.kind: b for b in _boxes(data, tables[b"stbl"].body, tables[b"stbl"].end, walk)}
    offsets = _offsets(data, tables)
    if not offsets:
        return []
    if b"stsc" not in tables or b"stsz" not in tables:
        raise Damaged
    runs = _table(data, tables[b"stsc"], 4, ">III")
    sizes = _sizes(data, tables[b"stsz"])
    return list(_ranges(offsets, runs, sizes))


def _ranges(
    offsets: list[int], runs: list[tuple[int, ...]], sizes: tuple[int, list[int]]
) -> Iterator[tuple[int, int]]:
    fixed, table = sizes
    run, sample = 0, 0
    for number, offset in enumerate(offsets, 1):
        while run + 1 < len(runs) and runs[run + 1][0] <= number:
            run += 1
        count = runs[run][1] if runs else 0
        length = fixed * count if fixed else sum(table[sample : sample + count])
        sample += count
        yield offset, offset + length


def _offsets(data: Buffer, tables: dict[bytes, Box]) -> list[int]:
    if b"stco" in tables:
        return [entry[0] for entry in _table(data, tables[b"stco"], 4, ">I")]
    if b"co64" in tables:
        return [entry[0] for entry in _table(data, tables[b"co64"], 4, ">Q")]
    return []


def _sizes(data: Buffer, stsz: Box) -> tuple[int, list[int]]:
    """The size that all samples share, or 0 and the size of each."""
    fixed = struct.unpack_from(">I", data, stsz.body + 4)[0]
    return (fixed, []) if fixed else (0, [row[0] for row in _table(data, stsz, 8, ">I")])


def _table(data: Buffer, box: Box, at: int, row: str) -> list[tuple[int, ...]]:
    count = struct.unpack_from(">I", data, box.body + at)[0]
    start, length = box.body + at + 4, count * struct.calcsize(row)
    if start + length > box.end or length > MAX_TABLE_BYTES:
        raise Damaged
    return list(struct.iter_unpack(row, data[start : start + length]))


def _empty(data: Buffer, ranges: list[tuple[int, int]]) -> None:
    """Zero the samples of removed tracks, each byte at most once over all."""
    if sum(end - start for start, end in ranges) > len(data):
        raise Damaged
    for start, end in ranges:
        zero(data, start, end)
