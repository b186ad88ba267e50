"""Pictures made for tests, with a place of recording in every hole where one fits."""

import io
import struct
import zlib
from typing import Any

import pillow_heif
import pyvips
from PIL import Image, ImageDraw, PngImagePlugin

PLACE = b"GPSPLACE-10.7769N-106.7009E"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + PLACE + b"</x:xmpmeta>"


def photo(width: int = 320, height: int = 200, mode: str = "RGB") -> Image.Image:
    """Four corners of different colours, so that turning shows."""
    image = Image.new(mode, (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2, height // 2), fill="red")
    draw.rectangle((width // 2, 0, width, height // 2), fill="green")
    draw.rectangle((0, height // 2, width // 2, height), fill="blue")
    return image


def exif(orientation: int = 1) -> bytes:
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010E] = PLACE.decode()
    made[0x8825] = {1: "N", 2: (10.0, 46.0, 36.8), 3: "E", 4: (106.0, 42.0, 3.2), 29: PLACE}
    return made.tobytes()


def encoded(kind: str, image: Image.Image | None = None, orientation: int = 1) -> bytes:
    """A photo in the format, with EXIF and XMP."""
    out = io.BytesIO()
    image = image or photo()
    if kind == "heic":
        untyped: Any = pillow_heif.from_pillow(image)
        untyped.save(out, exif=exif(orientation), xmp=XMP, quality=90)
    elif kind == "png":
        info = PngImagePlugin.PngInfo()
        info.add_text("Location", PLACE.decode())
        image.save(out, "PNG", exif=exif(orientation), pnginfo=info)
    else:
        image.save(out, kind.upper(), exif=exif(orientation), xmp=XMP, quality=90)
    return out.getvalue()


def animation(kind: str, frames: int = 4, size: tuple[int, int] = (120, 80)) -> bytes:
    images = [Image.new("RGB", size, (60 * index % 256, 80, 200)) for index in range(frames)]
    out = io.BytesIO()
    first, rest = images[0], images[1:]
    first.save(out, kind.upper(), save_all=True, append_images=rest, duration=70, loop=0)
    return out.getvalue()


def cmyk_jpeg() -> bytes:
    out = io.BytesIO()
    photo().convert("CMYK").save(out, "JPEG")
    return out.getvalue()


def deep_png() -> bytes:
    image = (pyvips.Image.xyz(100, 60) * 600).extract_band(0).cast("ushort")
    return image.copy(interpretation="grey16").pngsave_buffer()


def png_claiming(width: int, height: int, idat: bytes = b"") -> bytes:
    """A PNG whose header claims a size that its data need not have."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", header), (b"IDAT", idat), (b"IEND", b""))
    )
