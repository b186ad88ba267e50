import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.media import recordings, samples

from noi.media.sniff import CONTENT_TYPES, sniff


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "heic", "gif"])
def test_pictures(kind: str) -> None:
    data = samples.animation("gif") if kind == "gif" else samples.encoded(kind)
    found = sniff(data[:4096])
    assert found
    assert found.name == kind
    assert found.content_type == f"image/{kind}"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (recordings.mp4(), "mp4"),
        (recordings.mp4(b"mp42"), "mp4"),
        (recordings.mp4(b"qt  "), "mov"),
        (recordings.mp4(b"M4A "), "m4a"),
        (recordings.webm(), "webm"),
        (recordings.webm(live=True), "webm"),
        (recordings.ogg("opus"), "ogg"),
        (recordings.ogg("vorbis"), "ogg"),
        (recordings.ogg("speex"), "ogg"),
        (recordings.flac(), "flac"),
        (recordings.wav(), "wav"),
        (recordings.mp3(), "mp3"),
        (recordings.FRAME * 3, "mp3"),
        (recordings.ADTS * 3, "aac"),
    ],
)
def test_recordings(data: bytes, name: str) -> None:
    found = sniff(data[:4096])
    assert found
    assert found.name == name
    assert CONTENT_TYPES[found.extension] == found.content_type


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xfb\x90\x00" + b"<html>" * 200,
        b"<!doctype html><script>alert(1)</script>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"MZ\x90\x00",
        b"\x7fELF",
        b"BM" + bytes(60),
        b"II*\x00" + bytes(60),
        b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska",
        b"OggS" + bytes(24) + b"\x80theora",
        b"RIFF\x00\x00\x00\x00AVI ",
        b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x00crx isml",
        "tiếng Việt có dấu".encode(),
    ],
)
def test_everything_else_is_refused(data: bytes) -> None:
    assert sniff(data) is None


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"\xff\xfb", b"RIFF", b"OggS", b"\0\0\0\x20ftyp"]),
)
def test_never_raises(data: bytes, start: bytes) -> None:
    sniff(start + data)
