"""Pictures made fit to serve. Runs only in the short-lived child (`noi.media.child`).

Everything is decoded and encoded anew: turned upright, in sRGB, without any metadata.
"""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyvips

from noi.media.results import MAX_PIXELS, BadPicture, Picture, PictureFile, Purpose, Reason

if TYPE_CHECKING:
    from PIL import Image as PillowImage

LARGE_SIDE = 3840
SMALL_SIDE = 640
CARD_SIDE = 640
EMOJI_SIDE = 128
AVATAR_BOX = (400, 400)
HEADER_BOX = (1500, 500)

MAX_FRAMES = 1000
MAX_ANIMATION_PIXELS = 200_000_000
ANIMATED_SIDE = 1280
ANIMATED_BUDGET = 40_000_000

_LOADERS = {
    "jpeg": "VipsForeignLoadJpeg",
    "png": "VipsForeignLoadPng",
    "gif": "VipsForeignLoadNsgif",
    "webp": "VipsForeignLoadWebp",
    "avif": "VipsForeignLoadHeif",
}
_PNG_LIMIT_BYTES = 2 * 1024 * 1024
_NO_METADATA = 0


def process(source: Path, kind: str, folder: Path, purpose: Purpose) -> Picture:
    """Write the files of `purpose` into `folder`; raises BadPicture.

    `kind` is the name `noi.media.sniff` gave the file; no other decoder is allowed to open it.
    """
    _allow_only(kind)
    try:
        return _process(source, kind, folder, purpose)
    except (pyvips.Error, OSError, SyntaxError, ValueError, MemoryError) as error:
        raise BadPicture(Reason.DAMAGED) from error


def _allow_only(kind: str) -> None:
    pyvips.operation_block_set("VipsForeignLoad", True)
    if kind in _LOADERS:
        pyvips.operation_block_set(_LOADERS[kind], False)
    pyvips.cache_set_max(0)


def _process(source: Path, kind: str, folder: Path, purpose: Purpose) -> Picture:
    if _needs_pillow(source, kind):
        frames, delays = _pillow_frames(source, kind)
    else:
        frames, delays = _vips_frames(source, purpose)
    still = frames[0]
    files: list[PictureFile] = []
    if len(frames) > 1 and purpose in (Purpose.AVATAR, Purpose.HEADER, Purpose.EMOJI):
        shaped = [_shape(frame, purpose) for frame in frames]
        files.append(_save_animation(shaped, delays, folder / "original.webp"))
        files.append(_save_still(shaped[0], folder / "static", ".png"))
    elif len(frames) > 1 and purpose is Purpose.ATTACHMENT:
        files.append(_save_animation(frames, delays, folder / "original.webp"))
    else:
        files.append(_save_still(_shape(still, purpose), folder / "original", _extension(kind)))
    if purpose is Purpose.ATTACHMENT:
        small = _within(still, SMALL_SIDE)
        files.append(_save_still(small, folder / "small", ".webp"))
    return Picture(files=files, blurhash=_blurhash(still), animated=len(frames) > 1)


def _extension(kind: str) -> str:
    return {"png": ".png", "gif": ".png", "webp": ".webp"}.get(kind, ".jpg")


def _vips_frames(source: Path, purpose: Purpose) -> tuple[list[pyvips.Image], list[int]]:
    """The picture, or the frames of an animation, decoded no larger than needed."""
    header = pyvips.Image.new_from_file(str(source), access="sequential")
    _check_size(header.width, header.height)
    pages = _number(header, "n-pages", 1)
    animated = pages > 1 and header.get("vips-loader") in ("gifload", "webpload")
    if not animated or purpose is Purpose.CARD:
        side = LARGE_SIDE
        return [_load(str(source), side, side)], []
    width, height = _animation_size(header.width, header.height, pages)
    roll = _load(f"{source}[n=-1]", width, height)
    page_height = _number(roll, "page-height", roll.height)
    count = roll.height // page_height
    frames = [roll.crop(0, index * page_height, roll.width, page_height) for index in range(count)]
    return frames, _delays(roll, count)


def _load(name: str, width: int, height: int) -> pyvips.Image:
    image = pyvips.Image.thumbnail(
        name, width, height=height, size="down", output_profile="srgb", fail_on="truncated"
    )
    return _plain(image).copy_memory()


def _animation_size(width: int, height: int, pages: int) -> tuple[int, int]:
    """How large an animation is kept, so that all frames together stay within a budget."""
    if pages > MAX_FRAMES or width * height * pages > MAX_ANIMATION_PIXELS:
        raise BadPicture(Reason.TOO_LONG)
    scale = min(
        1.0,
        ANIMATED_SIDE / max(width, height),
        math.sqrt(ANIMATED_BUDGET / (width * height * pages)),
    )
    return max(1, round(width * scale)), max(1, round(height * scale))


def _delays(roll: pyvips.Image, count: int) -> list[int]:
    raw = roll.get("delay") if "delay" in roll.get_fields() else []
    values = raw if isinstance(raw, list) else []
    delays = [max(0, int(value)) for value in values if isinstance(value, int | float)]
    return (delays + [100] * count)[:count]


def _number(image: pyvips.Image, field: str, default: int) -> int:
    value = image.get(field) if field in image.get_fields() else default
    return value if isinstance(value, int) else default


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise BadPicture(Reason.TOO_MANY_PIXELS)


def _needs_pillow(source: Path, kind: str) -> bool:
    """libvips opens neither HEIC nor the frames of an animated PNG."""
    if kind == "heic":
        return True
    if kind != "png":
        return False
    with source.open("rb") as file:
        return b"acTL" in file.read(4096).partition(b"IDAT")[0]


def _pillow_frames(source: Path, kind: str) -> tuple[list[pyvips.Image], list[int]]:
    from PIL import Image as Pillow

    if kind == "heic":
        import pillow_heif

        pillow_heif.register_heif_opener()  # pyright: ignore[reportUnknownMemberType]
    Pillow.MAX_IMAGE_PIXELS = None
    with Pillow.open(source, formats=["HEIF" if kind == "heic" else "PNG"]) as opened:
        _check_size(*opened.size)
        count = 1 if kind == "heic" else int(getattr(opened, "n_frames", 1))
        side = _animation_size(*opened.size, count) if count > 1 else (LARGE_SIDE, LARGE_SIDE)
        frames: list[pyvips.Image] = []
        delays: list[int] = []
        for index in range(count):
            opened.seek(index)
            frames.append(_from_pillow(opened, side))
            delays.append(round(float(opened.info.get("duration", 100))))
    return frames, delays


def _from_pillow(opened: "PillowImage.Image", box: tuple[int, int]) -> pyvips.Image:
    profile = opened.info.get("icc_profile")
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    pixels = opened if opened.mode == mode else opened.convert(mode)
    image = pyvips.Image.new_from_memory(
        pixels.tobytes(), pixels.width, pixels.height, len(mode), "uchar"
    ).copy(interpretation="srgb")
    if isinstance(profile, bytes) and profile:
        image = image.copy()
        blob: Any = profile  # which the stubs of pyvips forget
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", blob)
    image = image.thumbnail_image(box[0], height=box[1], size="down", output_profile="srgb")
    return _plain(image).copy_memory()


def _plain(image: pyvips.Image) -> pyvips.Image:
    """Eight bits, three colours, and alpha only where something shines through."""
    if image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.format != "uchar":
        image = image.cast("uchar")
    return image


def _shape(image: pyvips.Image, purpose: Purpose) -> pyvips.Image:
    if purpose is Purpose.AVATAR:
        return _cover(image, *AVATAR_BOX)
    if purpose is Purpose.HEADER:
        return _cover(image, *HEADER_BOX)
    sides = {Purpose.EMOJI: EMOJI_SIDE, Purpose.CARD: CARD_SIDE, Purpose.THUMBNAIL: SMALL_SIDE}
    return _within(image, sides[purpose]) if purpose in sides else image


def _within(image: pyvips.Image, side: int) -> pyvips.Image:
    return image.thumbnail_image(side, height=side, size="down")


def _cover(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Crop to the shape of the box around the middle, and shrink to the box if larger."""
    scale = min(image.width / width, image.height / height)
    crop_width = min(image.width, max(1, round(width * scale)))
    crop_height = min(image.height, max(1, round(height * scale)))
    left, top = (image.width - crop_width) // 2, (image.height - crop_height) // 2
    return image.crop(left, top, crop_width, crop_height).thumbnail_image(
        width, height=height, size="down"
    )


def _save_still(image: pyvips.Image, path: Path, extension: str) -> PictureFile:
    image = _without_useless_alpha(image)
    if extension == ".jpg" and image.hasalpha():
        extension = ".webp"
    target = path.with_suffix(extension)
    if extension == ".jpg":
        image.jpegsave(str(target), Q=85, optimize_coding=True, interlace=True, keep=_NO_METADATA)
    elif extension == ".webp":
        image.webpsave(str(target), Q=80, effort=3, keep=_NO_METADATA)
    else:
        image.pngsave(str(target), compression=7, keep=_NO_METADATA)
        if target.stat().st_size > _PNG_LIMIT_BYTES:
            target.unlink()
            return _save_still(image, path, ".jpg")
    return _file(target, image.width, image.height)


def _save_animation(frames: list[pyvips.Image], delays: list[int], path: Path) -> PictureFile:
    width, height = frames[0].width, frames[0].height
    roll = pyvips.Image.arrayjoin(frames, across=1).copy()
    roll.set_type(pyvips.GValue.gint_type, "page-height", height)
    roll.set_type(pyvips.GValue.array_int_type, "delay", delays)
    roll.set_type(pyvips.GValue.gint_type, "loop", 0)
    roll.webpsave(str(path), Q=75, effort=2, keep=_NO_METADATA)
    return _file(path, width, height)


def _file(path: Path, width: int, height: int) -> PictureFile:
    # Synced here because the parent hands the files on as they are.
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return PictureFile(path.name, path.stat().st_size, width, height)


def _without_useless_alpha(image: pyvips.Image) -> pyvips.Image:
    if image.hasalpha() and image.extract_band(image.bands - 1).min() == 255:
        return image.extract_band(0, n=image.bands - 1)
    return image


def _blurhash(image: pyvips.Image) -> str:
    import blurhash

    tiny = image.thumbnail_image(32, height=32, size="down")
    if tiny.hasalpha():
        tiny = tiny.flatten(background=[255, 255, 255])
    data = bytes(tiny.write_to_memory())
    rows = [
        [data[at : at + 3] for at in range(row, row + 3 * tiny.width, 3)]
        for row in range(0, len(data), 3 * tiny.width)
    ]
    wide = tiny.width >= tiny.height
    # The package has no types.
    untyped: Any = blurhash
    encode: Callable[[list[list[bytes]], int, int], str] = untyped.encode
    return encode(rows, *((4, 3) if wide else (3, 4)))
