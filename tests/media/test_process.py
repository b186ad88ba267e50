import asyncio
import zlib
from pathlib import Path

import pytest
from PIL import Image
from tests.media import samples

from noi.media.process import process_picture
from noi.media.results import Picture, Purpose
from noi.media.sniff import sniff, type_named
from noi.models.errors import Invalid


def process(
    folder: Path,
    data: bytes,
    purpose: Purpose = Purpose.ATTACHMENT,
    kind: str = "",
    timeout: float = 60,
) -> Picture:
    source = folder / "source.bin"
    source.write_bytes(data)
    out = folder / "out"
    out.mkdir()
    file_type = type_named(kind) if kind else sniff(data[:4096])
    assert file_type
    return asyncio.run(process_picture(source, file_type, out, purpose, timeout=timeout))


def opened(folder: Path, picture: Picture, role: str = "original") -> Image.Image:
    file = picture.file(role)
    assert file
    image = Image.open(folder / "out" / file.name)
    assert (file.width, file.height) == image.size
    assert file.size == (folder / "out" / file.name).stat().st_size
    image.load()
    return image


def colour(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    pixel = image.convert("RGB").getpixel((x, y))
    assert isinstance(pixel, tuple)
    return tuple(round(part / 64) * 64 for part in pixel)


@pytest.mark.parametrize(
    ("kind", "format_"),
    [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("avif", "JPEG"), ("heic", "JPEG")],
)
def test_metadata_is_gone_and_the_picture_stays(tmp_path: Path, kind: str, format_: str) -> None:
    data = samples.encoded(kind)
    assert samples.PLACE in data
    picture = process(tmp_path, data)
    for path in (tmp_path / "out").iterdir():
        written = path.read_bytes()
        assert samples.PLACE not in written, path
        assert not any(mark in written for mark in (b"Exif", b"xmpmeta", b"ICC_PROFILE", b"iCCP"))
    image = opened(tmp_path, picture)
    assert image.format == format_
    assert image.size == (320, 200)
    assert not dict(image.getexif())
    assert colour(image, 40, 30) == (256, 0, 0)
    assert colour(image, 40, 170) == (0, 0, 256)
    assert opened(tmp_path, picture, "small").format == "WEBP"
    assert len(picture.blurhash) == 4 + 2 * 4 * 3
    assert not picture.animated


@pytest.mark.parametrize("kind", ["jpeg", "heic", "webp", "png"])
def test_pictures_are_turned_upright(tmp_path: Path, kind: str) -> None:
    picture = process(tmp_path, samples.encoded(kind, orientation=6))
    image = opened(tmp_path, picture)
    assert image.size == (200, 320)
    assert colour(image, 170, 30) == (256, 0, 0)
    assert colour(image, 30, 30) == (0, 0, 256)


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    picture = process(tmp_path, samples.encoded("jpeg", samples.photo(5000, 2500)))
    assert opened(tmp_path, picture).size == (3840, 1920)
    assert opened(tmp_path, picture, "small").size == (640, 320)


def test_small_pictures_are_not_made_larger(tmp_path: Path) -> None:
    picture = process(tmp_path, samples.encoded("png", samples.photo(3, 1)))
    assert opened(tmp_path, picture).size == (3, 1)
    assert opened(tmp_path, picture, "small").size == (3, 1)


@pytest.mark.parametrize(("kind", "format_"), [("png", "PNG"), ("webp", "WEBP"), ("heic", "WEBP")])
def test_alpha_is_kept(tmp_path: Path, kind: str, format_: str) -> None:
    image = samples.photo(mode="RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 100, 100))
    picture = process(tmp_path, samples.encoded(kind, image))
    result = opened(tmp_path, picture)
    assert result.format == format_
    assert result.convert("RGBA").getpixel((10, 10)) in [(r, r, r, 0) for r in range(256)]
    assert opened(tmp_path, picture, "small").mode == "RGBA"


@pytest.mark.parametrize("data", [samples.cmyk_jpeg(), samples.deep_png()])
def test_other_colour_models_become_plain(tmp_path: Path, data: bytes) -> None:
    assert opened(tmp_path, process(tmp_path, data)).mode == "RGB"


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_animations_keep_moving_with_a_still_preview(tmp_path: Path, kind: str) -> None:
    picture = process(tmp_path, samples.animation(kind))
    assert picture.animated
    moving = opened(tmp_path, picture)
    assert moving.format == "WEBP"
    assert getattr(moving, "n_frames", 1) == 4
    assert moving.info["duration"] == 70
    assert moving.size == (120, 80)
    assert getattr(opened(tmp_path, picture, "small"), "n_frames", 1) == 1


def test_long_animations_are_shrunk_or_refused(tmp_path: Path) -> None:
    picture = process(tmp_path, samples.animation("gif", 4, (1600, 1000)))
    moving = opened(tmp_path, picture)
    assert moving.size == (1280, 800)
    (tmp_path / "again").mkdir()
    with pytest.raises(Invalid, match="animation is too long"):
        process(tmp_path / "again", samples.animation("gif", 1001, (2, 2)))


@pytest.mark.parametrize(
    ("purpose", "size", "expected"),
    [
        (Purpose.AVATAR, (900, 500), (400, 400)),
        (Purpose.AVATAR, (200, 100), (100, 100)),
        (Purpose.HEADER, (3000, 3000), (1500, 500)),
        (Purpose.EMOJI, (500, 250), (128, 64)),
        (Purpose.CARD, (1200, 630), (640, 336)),
        (Purpose.THUMBNAIL, (1280, 720), (640, 360)),
    ],
)
def test_variants_have_their_sizes(
    tmp_path: Path, purpose: Purpose, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    picture = process(tmp_path, samples.encoded("jpeg", samples.photo(*size)), purpose)
    assert [file.role for file in picture.files] == ["original"]
    assert opened(tmp_path, picture).size == expected


@pytest.mark.parametrize("purpose", [Purpose.AVATAR, Purpose.EMOJI])
def test_moving_avatars_and_emojis_have_a_static_twin(tmp_path: Path, purpose: Purpose) -> None:
    picture = process(tmp_path, samples.animation("gif"), purpose)
    assert [file.role for file in picture.files] == ["original", "static"]
    assert getattr(opened(tmp_path, picture), "n_frames", 1) == 4
    static = opened(tmp_path, picture, "static")
    assert static.format == "PNG"
    assert static.size == opened(tmp_path, picture).size


def bombs() -> list[tuple[str, bytes, str, str]]:
    jpeg, png, gif = samples.encoded("jpeg"), samples.encoded("png"), samples.animation("gif")
    zeros = zlib.compress(b"\0" * 60_000_000, 9)
    too_many = "too many pixels"
    damaged = "damaged or incomplete"
    return [
        ("huge header", samples.png_claiming(60_000, 60_000), "", too_many),
        ("huge with data", samples.png_claiming(50_000, 50_000, zeros), "", too_many),
        ("wide", samples.png_claiming(33_177_601, 1), "", too_many),
        ("no data", samples.png_claiming(5000, 5000), "", damaged),
        ("empty", b"", "jpeg", damaged),
        ("cut jpeg", jpeg[: len(jpeg) // 2], "", damaged),
        ("cut png", png[: len(png) // 2], "", damaged),
        ("cut gif", gif[:40], "", damaged),
        ("cut webp", samples.encoded("webp")[:200], "", damaged),
        ("cut heic", samples.encoded("heic")[:700], "", damaged),
        ("cut avif", samples.encoded("avif")[:500], "", damaged),
        ("lying kind", png, "jpeg", damaged),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "png", damaged),
        ("heic as avif", samples.encoded("heic"), "avif", damaged),
        ("noise", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20, "", damaged),
    ]


@pytest.mark.parametrize(
    ("name", "data", "kind", "message"), bombs(), ids=lambda value: str(value)[:20]
)
def test_bombs_and_broken_files_are_refused_clearly(
    tmp_path: Path, name: str, data: bytes, kind: str, message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        process(tmp_path, data, kind=kind)


def test_the_largest_honest_picture_fits_in_the_limits(tmp_path: Path) -> None:
    picture = process(tmp_path, samples.encoded("png", samples.photo(7680, 4320)))
    assert opened(tmp_path, picture).size == (3840, 2160)


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="could not be processed"):
        process(tmp_path, samples.encoded("jpeg"), timeout=0.01)
