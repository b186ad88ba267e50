import random
from contextlib import suppress
from pathlib import Path

import pytest
from tests.media import recordings
from tests.media.samples import PLACE

from noi.media import recordings as cleaning
from noi.media.recordings import Recording
from noi.media.sniff import sniff, type_named
from noi.models.errors import Invalid

ALL = {
    "mp4": recordings.mp4(),
    "mov": recordings.mp4(b"qt  "),
    "m4a": recordings.mp4(b"M4A ", video=False),
    "webm": recordings.webm(),
    "live webm": recordings.webm(live=True),
    "sound webm": recordings.webm(video=False),
    "opus": recordings.ogg("opus"),
    "opus with a cover": recordings.ogg("opus", 200_000),
    "vorbis": recordings.ogg("vorbis"),
    "vorbis with a cover": recordings.ogg("vorbis", 70_000),
    "speex": recordings.ogg("speex"),
    "flac": recordings.flac(),
    "wav": recordings.wav(),
    "mp3": recordings.mp3(),
    "aac": recordings.aac(),
}
KEPT = {
    "mp4": (recordings.PICTURES, recordings.SOUNDS),
    "mov": (recordings.PICTURES, recordings.SOUNDS),
    "m4a": (recordings.SOUNDS,),
    "webm": (recordings.PICTURES,),
    "live webm": (recordings.PICTURES,),
    "sound webm": (recordings.PICTURES,),
    "flac": (b"sound" * 50,),
    "wav": (b"ab" * 4000,),
    "mp3": (recordings.FRAME * 41,),
    "aac": (recordings.ADTS * 20,),
}


def clean(folder: Path, data: bytes, kind: str = "") -> tuple[Recording, bytes]:
    path = folder / "recording"
    path.write_bytes(data)
    file_type = type_named(kind) if kind else sniff(data[:4096])
    assert file_type
    return cleaning.clean(path, file_type), path.read_bytes()


@pytest.mark.parametrize("name", ALL)
def test_places_are_gone_and_nothing_moves(tmp_path: Path, name: str) -> None:
    data = ALL[name]
    assert PLACE in data
    recording, cleaned = clean(tmp_path, data)
    assert len(cleaned) == len(data)
    for mark in (PLACE, b"xmpmeta", b"JFIF"):
        assert mark not in cleaned
    for part in KEPT.get(name, (b"sound" * 30,)):
        assert cleaned.find(part) == data.find(part) != -1
    again, twice = clean(tmp_path, cleaned, recording.kind.name)
    assert twice == cleaned
    assert again == recording


@pytest.mark.parametrize(
    ("name", "kind", "seconds", "size"),
    [
        ("mp4", "mp4", 2.5, (1280, 720)),
        ("mov", "mov", 2.5, (1280, 720)),
        ("m4a", "m4a", 2.5, (None, None)),
        ("webm", "webm", 2.5, (1280, 720)),
        ("live webm", "webm", None, (1280, 720)),
        ("sound webm", "weba", 2.5, (None, None)),
        ("opus", "ogg", 2.5, (None, None)),
        ("vorbis", "ogg", 2.5, (None, None)),
        ("flac", "flac", 2.5, (None, None)),
        ("wav", "wav", 2.5, (None, None)),
        ("aac", "aac", None, (None, None)),
    ],
)
def test_what_recordings_say(
    tmp_path: Path, name: str, kind: str, seconds: float | None, size: tuple[int, int]
) -> None:
    recording, _ = clean(tmp_path, ALL[name])
    assert recording.kind.name == kind
    assert recording.info.duration == seconds
    assert (recording.info.width, recording.info.height) == size


def test_duration_of_mp3(tmp_path: Path) -> None:
    recording, _ = clean(tmp_path, recordings.mp3(xing=True))
    assert recording.info.duration == pytest.approx(2.5, abs=0.01)
    recording, _ = clean(tmp_path, recordings.FRAME * 96)
    assert recording.info.duration == pytest.approx(2.5, abs=0.01)


def test_a_turned_video_says_how_it_is_seen(tmp_path: Path) -> None:
    recording, _ = clean(tmp_path, recordings.mp4(matrix=recordings.TURNED))
    assert (recording.info.width, recording.info.height) == (720, 1280)


def test_without_pictures_it_is_sound(tmp_path: Path) -> None:
    recording, _ = clean(tmp_path, recordings.mp4(video=False))
    assert recording.kind.content_type == "audio/mp4"
    recording, _ = clean(tmp_path, recordings.webm(video=False))
    assert recording.kind.content_type == "audio/webm"


def test_what_cameras_append_is_emptied(tmp_path: Path) -> None:
    for name in ("mp4", "wav", "opus"):
        _, cleaned = clean(tmp_path, ALL[name] + b"\xff\xff\xff\xffSEFT" + PLACE)
        assert PLACE not in cleaned


@pytest.mark.parametrize("name", ["opus", "opus with a cover", "vorbis", "vorbis with a cover"])
def test_pages_of_ogg_keep_right_checksums(tmp_path: Path, name: str) -> None:
    assert recordings.crc_is_right(ALL[name])
    _, cleaned = clean(tmp_path, ALL[name])
    assert recordings.crc_is_right(cleaned)


def test_wav_from_a_pipe_has_no_length(tmp_path: Path) -> None:
    recording, cleaned = clean(tmp_path, recordings.wav(0xFFFFFFFF))
    assert recording.info.duration == 2.5
    assert PLACE not in cleaned


def test_junk_before_the_first_frame_is_emptied(tmp_path: Path) -> None:
    recording, cleaned = clean(tmp_path, recordings.mp3(junk=b"\0" * 9000 + b"<html>" + PLACE))
    assert recording.kind.name == "mp3"
    assert PLACE not in cleaned
    assert b"<html>" not in cleaned


@pytest.mark.parametrize(
    "name", ["mp4", "mov", "m4a", "webm", "opus", "vorbis", "flac", "wav", "mp3"]
)
def test_recordings_cut_off_in_their_head_are_refused(tmp_path: Path, name: str) -> None:
    data = ALL[name]
    for end in (1, 20, 60):
        with pytest.raises(Invalid):
            clean(tmp_path, data[:end], sniffed(data))


@pytest.mark.parametrize("name", ["mp4", "m4a", "webm", "opus", "wav"])
def test_recordings_cut_off_later_are_refused(tmp_path: Path, name: str) -> None:
    data = ALL[name]
    cut = len(data) - 40 if name != "wav" else len(data) // 2
    if name in ("mp4", "m4a"):
        cut = data.index(b"moov") + 100
    with pytest.raises(Invalid, match="damaged or incomplete"):
        clean(tmp_path, data[:cut], sniffed(data))


def sniffed(data: bytes) -> str:
    found = sniff(data[:4096])
    assert found
    return found.name


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "mp4"),
        (recordings.id3(b"x") + b"<html><script>alert(1)</script>" * 200, "mp3"),
        (b"fLaC" + b"<html>" * 50, "flac"),
        (recordings.box(b"ftyp", b"isom") + recordings.box(b"mdat", b"x"), "mp4"),
        (recordings.box(b"moov", recordings.box(b"cmov", b"x")), "mov"),
        (b"\0\0\0\x08free" * 100_001, "mp4"),
        (b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff" + b"\xec\x80" * 1_000_001, "webm"),
    ],
    ids=["empty", "html mp3", "html flac", "no moov", "packed moov", "boxes", "voids"],
)
def test_liars_and_bombs_are_refused(tmp_path: Path, data: bytes, kind: str) -> None:
    with pytest.raises(Invalid):
        clean(tmp_path, data, kind)


def test_a_table_that_lies_about_chunks_does_not_cost_much(tmp_path: Path) -> None:
    data = bytearray(recordings.mp4())
    at = data.rindex(b"stsc") + 4 + 8
    data[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    size = data.rindex(b"stsz") + 4 + 4
    data[size : size + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(Invalid):
        clean(tmp_path, bytes(data))


@pytest.mark.parametrize("name", ALL)
def test_hostile_bytes_never_do_more_than_raise_invalid(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    for _ in range(150):
        data = bytearray(ALL[name][:6000])
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, 0x40])
        with suppress(Invalid):
            clean(tmp_path, bytes(data), sniffed(ALL[name]))
