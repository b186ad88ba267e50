"""Small recordings put together byte by byte, with places in every tag."""

import struct

from tests.media.samples import PLACE, XMP, encoded

from noi.media.tags import ogg_checksum

IDENTITY = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
TURNED = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def track(handler: bytes, offset: int, sizes: list[int], matrix: bytes = IDENTITY) -> bytes:
    tkhd = box(b"tkhd", bytes(4 + 20 + 16), matrix, struct.pack(">II", 1280 << 16, 720 << 16))
    table = box(
        b"stbl",
        box(b"stsd", bytes(8)),
        box(b"stsc", bytes(4), struct.pack(">IIII", 1, 1, len(sizes), 1)),
        box(b"stsz", bytes(4), struct.pack(f">II{len(sizes)}I", 0, len(sizes), *sizes)),
        box(b"stco", bytes(4), struct.pack(">II", 1, offset)),
    )
    mdia = box(
        b"mdia",
        box(b"mdhd", bytes(24)),
        box(b"hdlr", bytes(8), handler, bytes(13)),
        box(b"minf", table),
        box(b"udta", box(b"loci", PLACE)),
    )
    return box(b"trak", tkhd, mdia, box(b"udta", box(b"\xa9xyz", PLACE)), box(b"meta", PLACE))


PICTURES, SOUNDS, TELEMETRY = b"pictures" * 40, b"sounds" * 20, PLACE * 3


def mp4(
    brand: bytes = b"isom",
    *,
    video: bool = True,
    matrix: bytes = IDENTITY,
    telemetry: bool = True,
    duration: int = 2500,
) -> bytes:
    """`ftyp`, `mdat` with picture, sound and a track of places, `moov`, and what cameras add."""
    ftyp = box(b"ftyp", brand, bytes(4), brand)
    samples = PICTURES + SOUNDS + TELEMETRY
    start = len(ftyp) + 8
    tracks = [track(b"soun", start + len(PICTURES), [len(SOUNDS)])]
    if video:
        tracks.insert(0, track(b"vide", start, [len(PICTURES)], matrix))
    if telemetry:
        at = start + len(PICTURES) + len(SOUNDS)
        tracks.append(track(b"meta", at, [len(PLACE)] * 3))
    mvhd = box(b"mvhd", bytes(12), struct.pack(">II", 1000, duration), bytes(80))
    places = box(b"udta", box(b"\xa9xyz", PLACE), box(b"loci", PLACE), box(b"meta", PLACE))
    moov = box(b"moov", mvhd, *tracks, places, box(b"meta", PLACE), box(b"gps ", PLACE))
    extra = box(b"uuid", bytes(16), XMP) + box(b"free", b"GPS " + PLACE) + box(b"sefd", PLACE)
    if not telemetry:
        samples = PICTURES + SOUNDS
    return ftyp + box(b"mdat", samples) + moov + extra


def element(id_: str, *parts: bytes, unknown: bool = False) -> bytes:
    body = b"".join(parts)
    size = b"\x01" + (b"\xff" * 7 if unknown else len(body).to_bytes(7, "big"))
    return bytes.fromhex(id_) + size + body


def webm(*, video: bool = True, live: bool = False) -> bytes:
    header = element("1a45dfa3", element("4282", b"webm"))[:4] + b"\x87\x42\x82\x84webm"
    info = element(
        "1549a966",
        element("2ad7b1", (1_000_000).to_bytes(3, "big")),
        b"" if live else element("4489", struct.pack(">d", 2500.0)),
        element("7ba9", PLACE),
    )
    size = element("e0", element("b0", b"\x05\x00"), element("ba", b"\x02\xd0"))
    tracks = element(
        "1654ae6b",
        *([element("ae", element("83", b"\x01"), size)] if video else []),
        element("ae", element("83", b"\x02")),
    )
    tags = element("1254c367", element("7373", PLACE))
    files = element("1941a469", element("61a7", PLACE))
    small = b"\xec\x81" + b"P"
    block = element("a3", PICTURES)
    cluster = element("1f43b675", element("e7", b"\x00"), block, unknown=live)
    parts = (info, tracks, tags, files, small, cluster, cluster, tags)
    return header + element("18538067", *parts, unknown=live)


def comments(magic: bytes, end: bytes, size: int = 100) -> bytes:
    vendor = b"vendor"
    fields = [b"LOCATION=" + PLACE, b"METADATA_BLOCK_PICTURE=" + b"A" * size, b"GEO=" + PLACE]
    listed = b"".join(struct.pack("<I", len(field)) + field for field in fields)
    count = struct.pack("<I", len(fields))
    return magic + struct.pack("<I", len(vendor)) + vendor + count + listed + end


def ogg_page(
    packet: bytes, number: int, granule: int, flags: int = 0, *, ends: bool = True
) -> bytes:
    lacing = bytes([255] * (len(packet) // 255)) + (bytes([len(packet) % 255]) if ends else b"")
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, granule, 7, number, 0, len(lacing))
    page = bytearray(head + lacing + packet)
    page[22:26] = ogg_checksum(bytes(page)).to_bytes(4, "little")
    return bytes(page)


def ogg(codec: str = "opus", size: int = 100) -> bytes:
    """Head, comments (over several pages where `size` is large), sound."""
    if codec == "opus":
        head = b"OpusHead\x01\x02" + struct.pack("<HIHB", 312, 48_000, 0, 0)
        tags = comments(b"OpusTags", b"", size)
    elif codec == "vorbis":
        head = b"\x01vorbis" + struct.pack("<IBIiiiBB", 0, 2, 48_000, 0, 0, 0, 0xB8, 1)
        tags = comments(b"\x03vorbis", b"\x01", size)
    else:
        head = b"Speex   ".ljust(36, b"\0") + struct.pack("<I", 48_000) + bytes(40)
        tags = comments(b"", b"", size)
    pages = [ogg_page(head, 0, 0, 2)]
    step = 255 * 200
    for at in range(0, len(tags), step):
        last = at + step >= len(tags)
        pages.append(ogg_page(tags[at : at + step], len(pages), 0, 1 if at else 0, ends=last))
    pages.append(ogg_page(b"sound" * 30, len(pages), 120_000))
    pages.append(ogg_page(b"sound" * 30, len(pages), 120_312 if codec == "opus" else 120_000, 4))
    return b"".join(pages)


def flac() -> bytes:
    packed = (48_000 << 44 | 120_000).to_bytes(8, "big")
    blocks = [
        (0, bytes(10) + packed + bytes(16)),
        (2, b"riff" + PLACE),
        (3, bytes(18)),
        (4, comments(b"", b"")),
        (6, encoded("jpeg")),
    ]
    out = b"fLaC"
    for index, (kind, body) in enumerate(blocks):
        last = 0x80 if index == len(blocks) - 1 else 0
        out += bytes([kind | last]) + len(body).to_bytes(3, "big") + body
    return out + b"\xff\xf8" + b"sound" * 50


def wav(data_size: int | None = None) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)

    sound = b"ab" * 4000
    format_ = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 1600, 3200, 2, 16))
    size = len(sound) if data_size is None else data_size
    data = b"data" + struct.pack("<I", size) + sound
    extra = chunk(b"bext", PLACE) + chunk(b"LIST", b"INFO" + PLACE)
    body = (
        b"WAVE"
        + extra
        + format_
        + (data if data_size is not None else data + chunk(b"id3 ", PLACE))
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


FRAME = b"\xff\xfb\x90\x00".ljust(417, b"\x55")
ADTS = b"\xff\xf1\x50\x80\x0d\x1f\xfc".ljust(104, b"\x55")


def id3(body: bytes) -> bytes:
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def mp3(*, xing: bool = False, junk: bytes = b"") -> bytes:
    tags = id3(b"GEOB" + struct.pack(">IH", len(PLACE), 0) + PLACE + b"APIC" + encoded("jpeg"))
    first = FRAME
    if xing:
        first = FRAME[:36] + b"Info" + struct.pack(">II", 1, 96) + FRAME[48:]
    ape = b"Location" + PLACE
    footer = b"APETAGEX" + struct.pack("<IIII", 2000, len(ape) + 32, 1, 0) + bytes(8)
    return tags + junk + first + FRAME * 40 + ape + footer + b"TAG" + PLACE.ljust(125, b"\0")


def aac(*, tagged: bool = True) -> bytes:
    return (id3(PLACE) if tagged else b"") + ADTS * 20


def crc_is_right(data: bytes) -> bool:
    """Whether every page of an Ogg file has its checksum, worked out bit by bit."""
    at = 0
    while at < len(data):
        body = at + 27 + data[at + 26]
        end = body + sum(data[at + 27 : body])
        page = data[at : at + 22] + bytes(4) + data[at + 26 : end]
        crc = 0
        for byte in page:
            crc ^= byte << 24
            for _ in range(8):
                crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
        if crc != int.from_bytes(data[at + 22 : at + 26], "little"):
            return False
        at = end
    return True
