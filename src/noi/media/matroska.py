"""WebM files: tags, attachments and whatever else is not needed to play voided in place.

EBML is RFC 8794, Matroska RFC 9559. A file straight from a browser's recorder has a Segment and
Clusters of unknown size; their children are then walked one by one.
"""

import struct
from typing import NamedTuple

from noi.media.buffers import Buffer, Damaged, Info, zero

MAX_ELEMENTS = 1_000_000

_EBML, _SEGMENT, _CLUSTER, _TRACKS, _INFO = (
    0x1A45DFA3,
    0x18538067,
    0x1F43B675,
    0x1654AE6B,
    0x1549A966,
)
_TRACK, _TRACK_TYPE, _VIDEO, _WIDTH, _HEIGHT = 0xAE, 0x83, 0xE0, 0xB0, 0xBA
_SCALE, _DURATION, _TITLE, _VOID = 0x2AD7B1, 0x4489, 0x7BA9, 0xEC
_SEEK_HEAD, _CUES = 0x114D9B74, 0x1C53BB6B
_IN_CLUSTER = {0xE7, 0xA7, 0xAB, 0xA0, 0xA3}
_KEPT = {_EBML, _SEGMENT, _CLUSTER, _TRACKS, _INFO, _SEEK_HEAD, _CUES} | _IN_CLUSTER
_TRACK_KINDS = {1, 2, 17}


class Element(NamedTuple):
    """An element by the places of its start, its payload and its end; -1 is an unknown end."""

    id: int
    start: int
    body: int
    end: int


def clean(data: Buffer) -> Info:
    """Void in place whatever is not needed to play; raises Damaged."""
    at, count = 0, 0
    duration: float | None = None
    tracks: list[tuple[int, int, int]] = []
    while at < len(data):
        count += 1
        element = _element(data, at, len(data))
        if count > MAX_ELEMENTS:
            raise Damaged
        if element.id == _SEGMENT or element.end == -1:
            if element.id not in (_SEGMENT, _CLUSTER):
                raise Damaged
            at = element.body
            continue
        if element.id == _INFO:
            duration = _read_info(data, element)
        elif element.id == _TRACKS:
            tracks = [_read_track(data, e) for e in _children(data, element) if e.id == _TRACK]
        elif element.id not in _KEPT:
            _void(data, element)
        at = element.end
    if not tracks or any(kind not in _TRACK_KINDS for kind, _, _ in tracks):
        raise Damaged
    video = [track for track in tracks if track[0] == 1]
    if not video:
        return Info(video=False, duration=duration)
    return Info(video=True, duration=duration, width=video[0][1], height=video[0][2])


def _element(data: Buffer, at: int, end: int) -> Element:
    id_length = _length(data, at, end)
    size_at = at + id_length
    size_length = _length(data, size_at, end)
    body = size_at + size_length
    if id_length > 4 or body > end:
        raise Damaged
    id_ = int.from_bytes(data[at:size_at], "big")
    size = int.from_bytes(data[size_at:body], "big") & (1 << 7 * size_length) - 1
    if size == (1 << 7 * size_length) - 1:
        return Element(id_, at, body, -1)
    if body + size > end:
        raise Damaged
    return Element(id_, at, body, body + size)


def _length(data: Buffer, at: int, end: int) -> int:
    """How many bytes a number takes, by the zero bits that it begins with."""
    if at >= end or data[at] == 0:
        raise Damaged
    return 9 - data[at].bit_length()


def _children(data: Buffer, parent: Element) -> list[Element]:
    found: list[Element] = []
    at = parent.body
    while at < parent.end:
        element = _element(data, at, parent.end)
        if element.end == -1 or len(found) > 10_000:
            raise Damaged
        found.append(element)
        at = element.end
    return found


def _read_info(data: Buffer, info: Element) -> float | None:
    scale, duration = 1_000_000, 0.0
    for element in _children(data, info):
        if element.id == _SCALE:
            scale = _number(data, element)
        elif element.id == _DURATION:
            duration = _float(data, element)
        elif element.id == _TITLE:
            _void(data, element)
    seconds = duration * scale / 1e9
    return seconds if 0 < seconds < 1e9 else None


def _read_track(data: Buffer, track: Element) -> tuple[int, int, int]:
    """Kind, width and height of a track."""
    kind = width = height = 0
    for element in _children(data, track):
        if element.id == _TRACK_TYPE:
            kind = _number(data, element)
        elif element.id == _VIDEO:
            for part in _children(data, element):
                if part.id == _WIDTH:
                    width = _number(data, part)
                elif part.id == _HEIGHT:
                    height = _number(data, part)
    return kind, width, height


def _number(data: Buffer, element: Element) -> int:
    return int.from_bytes(data[element.body : min(element.end, element.body + 8)], "big")


def _float(data: Buffer, element: Element) -> float:
    formats = {4: ">f", 8: ">d"}
    length = element.end - element.body
    return struct.unpack_from(formats[length], data, element.body)[0] if length in formats else 0.0


def _void(data: Buffer, element: Element) -> None:
    """Turn an element into a Void of the same length; every element has at least two bytes."""
    length = element.end - element.start
    if length >= 9:
        header = bytes([_VOID, 1]) + (length - 9).to_bytes(7, "big")
    else:
        header = bytes([_VOID, 0x80 | length - 2])
    data[element.start : element.start + len(header)] = header
    zero(data, element.start + len(header), element.end)
