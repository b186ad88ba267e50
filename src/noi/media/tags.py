"""MP3, AAC, Ogg, FLAC and WAV: their tags emptied in place, since these may name the place.

ID3: id3.org; Ogg: RFC 3533, with Opus (RFC 7845), Vorbis and Speex; FLAC: RFC 9639.
"""

import struct
import zlib

from noi.media.buffers import Buffer, Damaged, Info, zero
from noi.media.sniff import mp3_frame, mpeg_audio

MAX_PAGES = 200_000
MAX_CHUNKS = 10_000
MAX_COMMENT_PAGES = 5_000
MAX_JUNK_BYTES = 4_096
_PROBE_BYTES = 16_384
_FRAME_BYTES = 8_200


def clean_mpeg(data: Buffer) -> tuple[str, Info]:
    """MP3 or AAC by its frames (`mp3`, `aac`), with emptied ID3, APE and Lyrics3 tags."""
    start = 0
    while data[start : start + 3] == b"ID3" and start + 10 <= len(data):
        size = 0
        for byte in data[start + 6 : start + 10]:
            size = size << 7 | byte & 0x7F
        data[start + 5 : start + 6] = b"\0"
        zero(data, start + 10, start + 10 + size)
        start += 10 + size
    start, kind = _first_frame(data, _skip_zeros(data, start))
    _clean_end(data)
    return kind, Info(video=False, duration=_mp3_duration(data, start) if kind == "mp3" else None)


def _first_frame(data: Buffer, start: int) -> tuple[int, str]:
    """Where sound begins, and its kind; what stands before it is emptied."""
    window = bytes(data[start : start + _PROBE_BYTES])
    for at in range(MAX_JUNK_BYTES):
        if kind := mpeg_audio(window[at : at + _FRAME_BYTES]):
            zero(data, start, start + at)
            return start + at, kind
    raise Damaged


def _skip_zeros(data: Buffer, start: int) -> int:
    while start < len(data):
        window = data[start : start + _PROBE_BYTES]
        rest = window.lstrip(b"\0")
        start += len(window) - len(rest)
        if rest:
            break
    return start


def _clean_end(data: Buffer) -> None:
    end = len(data)
    if data[max(0, end - 128) : max(0, end - 128) + 3] == b"TAG":
        end -= 128
        zero(data, end, len(data))
    if data[max(0, end - 9) : end] == b"LYRICS200":
        digits = bytes(data[end - 15 : end - 9])
        size = int(digits) + 15 if digits.isdigit() else 15
        zero(data, max(0, end - size), end)
        end = max(0, end - size)
    if end >= 32 and data[end - 32 : end - 24] == b"APETAGEX":
        size, _, flags = struct.unpack_from("<III", data, end - 20)
        has_header = flags >> 31
        zero(data, max(0, end - size - 32 * has_header), end)


def _mp3_duration(data: Buffer, start: int) -> float | None:
    frame = mp3_frame(bytes(data[start : start + 4]))
    if frame is None:
        return None
    xing = start + 4 + frame.side_bytes
    frames = 0
    if data[xing : xing + 4] in (b"Xing", b"Info") and data[xing + 7] & 1:
        frames = struct.unpack_from(">I", data, xing + 8)[0]
    elif data[start + 36 : start + 40] == b"VBRI":
        frames = struct.unpack_from(">I", data, start + 50)[0]
    if frames:
        return frames * frame.samples / frame.sample_rate
    return (len(data) - start) * 8 / frame.bit_rate


def clean_flac(data: Buffer) -> Info:
    """Turn all blocks but stream info and seek table into padding."""
    at, last, duration = 4, False, None
    while not last:
        if at + 4 > len(data):
            raise Damaged
        last, kind = bool(data[at] & 0x80), data[at] & 0x7F
        end = at + 4 + int.from_bytes(data[at + 1 : at + 4], "big")
        if end > len(data):
            raise Damaged
        if kind == 0:
            duration = _flac_duration(bytes(data[at + 4 : end]))
        elif kind != 3:
            data[at : at + 1] = bytes([1 | (0x80 if last else 0)])
            zero(data, at + 4, end)
        at = end
    if data[at : at + 1] != b"\xff":
        raise Damaged
    return Info(video=False, duration=duration)


def _flac_duration(stream_info: bytes) -> float | None:
    if len(stream_info) < 18:
        raise Damaged
    packed = int.from_bytes(stream_info[10:18], "big")
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / rate if rate and samples else None


def clean_wav(data: Buffer) -> Info:
    """Turn all chunks but format and sound into junk."""
    at, byte_rate, sound, chunks = 12, 0, 0, 0
    while at + 8 <= len(data):
        chunks += 1
        kind, size = struct.unpack_from("<4sI", data, at)
        rest = len(data) - at - 8
        if kind == b"data" and size in (0, 0xFFFFFFFF):
            size = rest
        if chunks > MAX_CHUNKS or (size > rest and kind == b"data"):
            raise Damaged
        end = at + 8 + min(size, rest)
        if kind == b"fmt ":
            byte_rate = struct.unpack_from("<I", data, at + 16)[0]
        elif kind == b"data":
            sound += end - at - 8
        elif kind != b"fact":
            data[at : at + 4] = b"JUNK"
            zero(data, at + 8, end)
        at = end + (end - at) % 2
    zero(data, at, len(data))
    if not byte_rate or not sound:
        raise Damaged
    return Info(video=False, duration=sound / byte_rate)


class _Stream:
    """One logical stream of an Ogg file."""

    def __init__(self, head: bytes) -> None:
        self.packets = 0
        self.ranges: list[tuple[int, int]] = []
        self.pages: list[int] = []
        self.samples = 0
        if head.startswith(b"OpusHead"):
            self.magic, self.rate = b"OpusTags", 48_000
            self.skipped = int.from_bytes(head[10:12], "little")
        elif head.startswith(b"\x01vorbis"):
            self.magic, self.skipped = b"\x03vorbis", 0
            self.rate = int.from_bytes(head[12:16], "little")
        elif head.startswith(b"Speex   "):
            self.magic, self.skipped = b"", 0
            self.rate = int.from_bytes(head[36:40], "little")
        else:
            raise Damaged


def clean_ogg(data: Buffer) -> Info:
    """Empty the comments of each Opus, Vorbis or Speex stream; other streams raise Damaged."""
    streams: dict[int, _Stream] = {}
    at = pages = 0
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        pages += 1
        body = at + 27 + data[at + 26]
        lacing = bytes(data[at + 27 : body])
        end = body + sum(lacing)
        if end > len(data) or pages > MAX_PAGES:
            raise Damaged
        granule, serial = struct.unpack_from("<qI", data, at + 6)
        if data[at + 5] & 2:
            streams[serial] = _Stream(bytes(data[body:end]))
        if serial not in streams:
            raise Damaged
        stream = streams[serial]
        stream.samples = max(stream.samples, granule)
        if stream.packets < 2:
            _take_page(data, stream, at, body, lacing)
        at = end
    zero(data, at, len(data))
    if not streams or any(stream.packets < 2 for stream in streams.values()):
        raise Damaged
    stream = next(iter(streams.values()))
    seconds = (stream.samples - stream.skipped) / stream.rate if stream.rate else 0
    return Info(video=False, duration=seconds if seconds > 0 else None)


def _take_page(data: Buffer, stream: _Stream, page: int, body: int, lacing: bytes) -> None:
    """Follow packets through a page until the second one, the comments, is whole."""
    if len(stream.pages) > MAX_COMMENT_PAGES:
        raise Damaged
    if stream.packets == 1:
        stream.pages.append(page)
    for length in lacing:
        if stream.packets == 1:
            stream.ranges.append((body, body + length))
            if stream.pages[-1:] != [page]:
                stream.pages.append(page)
        body += length
        if length < 255:
            stream.packets += 1
            if stream.packets == 2:
                _empty_comments(data, stream)
                return


def _empty_comments(data: Buffer, stream: _Stream) -> None:
    packet = b"".join(data[start:end] for start, end in stream.ranges)
    vendor = len(stream.magic)
    if not packet.startswith(stream.magic) or len(packet) < vendor + 8:
        raise Damaged
    end = vendor + 4 + int.from_bytes(packet[vendor : vendor + 4], "little")
    if end + 4 > len(packet):
        raise Damaged
    # No comments; for Vorbis the framing bit that must follow them; zeros to the old length.
    emptied = (packet[:end] + bytes(4) + b"\1" * (stream.magic == b"\x03vorbis"))[: len(packet)]
    emptied = emptied.ljust(len(packet), b"\0")
    at = 0
    for start, stop in stream.ranges:
        data[start:stop] = emptied[at : at + stop - start]
        at += stop - start
    for page in stream.pages:
        _sign_page(data, page)


_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def ogg_checksum(page: bytes) -> int:
    """CRC-32 as Ogg has it: zlib's polynomial over reversed bits, without inversions."""
    reflected = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{reflected:032b}"[::-1], 2)


def _sign_page(data: Buffer, page: int) -> None:
    body = page + 27 + data[page + 26]
    end = body + sum(data[page + 27 : body])
    data[page + 22 : page + 26] = bytes(4)
    data[page + 22 : page + 26] = ogg_checksum(bytes(data[page:end])).to_bytes(4, "little")
