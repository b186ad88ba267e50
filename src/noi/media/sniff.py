"""What a file is, by its first bytes; never by its name or what its sender says."""

from enum import StrEnum

import msgspec

HEAD_BYTES = 4096


class Family(StrEnum):
    PICTURE = "picture"
    VIDEO = "video"
    AUDIO = "audio"


class FileType(msgspec.Struct, frozen=True):
    """A kind of file this server takes; `name` is how the code speaks of it."""

    name: str
    family: Family
    content_type: str
    extension: str


_TYPES = {
    kind.name: kind
    for kind in (
        FileType("jpeg", Family.PICTURE, "image/jpeg", ".jpg"),
        FileType("png", Family.PICTURE, "image/png", ".png"),
        FileType("gif", Family.PICTURE, "image/gif", ".gif"),
        FileType("webp", Family.PICTURE, "image/webp", ".webp"),
        FileType("avif", Family.PICTURE, "image/avif", ".avif"),
        FileType("heic", Family.PICTURE, "image/heic", ".heic"),
        FileType("mp4", Family.VIDEO, "video/mp4", ".mp4"),
        FileType("mov", Family.VIDEO, "video/quicktime", ".mov"),
        FileType("webm", Family.VIDEO, "video/webm", ".webm"),
        FileType("weba", Family.AUDIO, "audio/webm", ".weba"),
        FileType("m4a", Family.AUDIO, "audio/mp4", ".m4a"),
        FileType("mp3", Family.AUDIO, "audio/mpeg", ".mp3"),
        FileType("aac", Family.AUDIO, "audio/aac", ".aac"),
        FileType("ogg", Family.AUDIO, "audio/ogg", ".ogg"),
        FileType("flac", Family.AUDIO, "audio/flac", ".flac"),
        FileType("wav", Family.AUDIO, "audio/wav", ".wav"),
    )
}
CONTENT_TYPES = {kind.extension: kind.content_type for kind in _TYPES.values()}
"""Content type by the extension of a stored file, for whoever serves it."""

_BRANDS = (
    ("avif", {b"avif", b"avis"}),
    ("heic", {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}),
    ("m4a", {b"M4A ", b"M4B "}),
    ("mov", {b"qt  "}),
    (
        "mp4",
        {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V "}
        | {b"M4VH", b"M4VP", b"MSNV", b"3gp4", b"3gp5", b"3gp6", b"XAVC"},
    ),
)
_OGG_AUDIO = (b"OpusHead", b"\x01vorbis", b"\x7fFLAC", b"Speex   ")


def type_named(name: str) -> FileType:
    """The file type of that name; raises KeyError."""
    return _TYPES[name]


def sniff(head: bytes) -> FileType | None:
    """The type of a file that begins with `head` (best `HEAD_BYTES` of it), or None."""
    name = _by_signature(head) or _by_brand(head) or _by_sync(head)
    return _TYPES[name] if name else None


def _by_signature(head: bytes) -> str | None:
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    if head.startswith(b"RIFF"):
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(head[8:12])
    if head.startswith(b"OggS"):
        return "ogg" if any(mark in head[28:64] for mark in _OGG_AUDIO) else None
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "webm" if b"\x42\x82\x84webm" in head[:64] else None
    return None


_SIGNATURES = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
)


def _by_brand(head: bytes) -> str | None:
    """ISO base media files name their kinds in `ftyp` (ISO 14496-12): the major brand decides."""
    if head[4:8] != b"ftyp":
        # QuickTime before 2001, still written by some cameras, has no brands.
        return "mov" if head[4:8] in (b"moov", b"mdat", b"wide") else None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    for brand in brands:
        for name, known in _BRANDS:
            if brand in known:
                return name
    return None


def _by_sync(head: bytes) -> str | None:
    """MPEG audio without a tag: two frame headers, one where the other ends."""
    return mpeg_audio(head)


def mpeg_audio(data: bytes) -> str | None:
    """`mp3` or `aac` when `data` begins with a frame that another of its kind follows."""
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    if data[1] & 0xF6 == 0xF0:
        length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
        following = data[length : length + 2]
        same = len(following) == 2 and following[0] == 0xFF and following[1] & 0xF6 == 0xF0
        return "aac" if same and length >= 7 else None
    frame = mp3_frame(data[:4])
    if frame is None:
        return None
    following = mp3_frame(data[frame.length : frame.length + 4])
    return "mp3" if following and following.sample_rate == frame.sample_rate else None


class Mp3Frame(msgspec.Struct, frozen=True):
    """What a frame header says: bytes of the frame, bits a second, samples, their rate."""

    length: int
    bit_rate: int
    samples: int
    sample_rate: int
    side_bytes: int
    """Length of the side information, after which a Xing header stands."""


_RATES_V1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_V2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLE_RATES = (44_100, 48_000, 32_000)


def mp3_frame(header: bytes) -> Mp3Frame | None:
    """Read the four bytes of an MPEG layer III frame header, or None."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version, rate, sampling = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or rate in (0, 15) or sampling == 3:
        return None
    first = version == 3
    bit_rate = (_RATES_V1 if first else _RATES_V2)[rate] * 1000
    sample_rate = _SAMPLE_RATES[sampling] >> (0 if first else 1 if version == 2 else 2)
    samples = 1152 if first else 576
    length = samples // 8 * bit_rate // sample_rate + (header[2] >> 1 & 1)
    mono = header[3] >> 6 == 3
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return Mp3Frame(length, bit_rate, samples, sample_rate, side)
