import pytest

from activitypub.documents import HOME
from noi.activitypub.links import MediaLink, Picture, kind_of_media, media_link, page_url, picture

PAGE, FILE = f"{HOME}/1", f"{HOME}/1.mp4"


def link(href: str, media_type: str | None = None, **members: object) -> dict[str, object]:
    return {"type": "Link", "href": href, "mediaType": media_type, **members}


@pytest.mark.parametrize(
    "value",
    [
        PAGE,
        [PAGE],
        link(PAGE),
        link(PAGE, "text/html; charset=utf-8"),
        [link(FILE, "video/mp4"), link(PAGE, "text/html")],
        [link(FILE, "video/mp4"), PAGE],
        [link(f"{HOME}/other"), link(PAGE, "text/html")],
        [None, 5, {}, {"@id": PAGE}],
    ],
)
def test_pages(value: object) -> None:
    assert page_url(value) == PAGE


@pytest.mark.parametrize(
    "value", [None, "", "x", [], {}, link(FILE, "video/mp4"), link("magnet:?")]
)
def test_no_pages(value: object) -> None:
    assert page_url(value) == ""


@pytest.mark.parametrize(
    ("media_type", "url", "kind"),
    [
        ("image/png", PAGE, "image"),
        ("audio/ogg", PAGE, "audio"),
        ("application/x-mpegurl", PAGE, "video"),
        ("application/pdf", f"{HOME}/a.png", ""),
        ("", f"{HOME}/a.JPG?x=.mp4#.mp3", "image"),
        ("", f"{HOME}/a.webm", "video"),
        ("", f"{HOME}/a.b/c", ""),
        ("", PAGE, ""),
    ],
)
def test_kinds(media_type: str, url: str, kind: str) -> None:
    assert kind_of_media(media_type, url) == kind


def film(height: int, *codecs: str) -> dict[str, object]:
    parts = [
        {"type": "PropertyValue", "name": "ffprobe_codec_type", "value": codec} for codec in codecs
    ]
    return link(f"{HOME}/{height}.mp4", "video/mp4", height=height, attachment=parts)


STREAM = f"{HOME}/1.m3u8"


def stream(*tags: object) -> dict[str, object]:
    return link(STREAM, "application/x-mpegURL", tag=list(tags))


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ([film(1080), film(480), film(720)], f"{HOME}/720.mp4"),
        ([film(2160), film(1080)], f"{HOME}/1080.mp4"),
        ([stream(film(1080), film(360))], f"{HOME}/360.mp4"),
        ([stream(film(360, "video"), film(0, "audio"))], STREAM),
        ([stream(film(360, "video"), film(240, "audio", "video"))], f"{HOME}/240.mp4"),
        ([stream()], STREAM),
        ([film(360, "video")], f"{HOME}/360.mp4"),
        (FILE, FILE),
        (PAGE, PAGE),
    ],
)
def test_films(value: object, url: str) -> None:
    chosen = media_link(value, "video")
    assert chosen is not None
    assert chosen.url == url


def test_no_films() -> None:
    assert media_link([link(PAGE, "text/html")], "video") is None
    assert media_link([link(f"{HOME}/a.png", "image/png")], "video") is None
    assert media_link(None, "video") is None


def test_any_file() -> None:
    chosen = media_link([link(PAGE, "text/html"), link(f"{HOME}/a.ogg", "audio/ogg")], "")
    assert chosen == MediaLink(f"{HOME}/a.ogg", "audio/ogg")


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (f"{HOME}/a.png", f"{HOME}/a.png"),
        ({"type": "Image", "url": f"{HOME}/a.png"}, f"{HOME}/a.png"),
        ({"type": "Image", "url": [link(f"{HOME}/a.png", "image/png")]}, f"{HOME}/a.png"),
        (link(f"{HOME}/a.png"), f"{HOME}/a.png"),
        ([{"url": f"{HOME}/a", "width": 48}, {"url": f"{HOME}/b", "width": 120}], f"{HOME}/b"),
        ([None, {"type": "Image", "url": None}, f"{HOME}/a.png"], f"{HOME}/a.png"),
    ],
)
def test_pictures(value: object, url: str) -> None:
    found = picture(value)
    assert found is not None
    assert found.url == url


def test_descriptions_of_pictures() -> None:
    image: dict[str, object] = {"type": "Image", "mediaType": "image/PNG", "url": f"{HOME}/a"}
    assert picture({**image, "name": "mèo"}) == Picture(f"{HOME}/a", "image/png", "mèo")
    assert picture({**image, "summary": "mèo"}) == Picture(f"{HOME}/a", "image/png", "mèo")


@pytest.mark.parametrize("value", [None, "", [], {}, "x", {"type": "Image"}, {"url": "data:,"}])
def test_no_pictures(value: object) -> None:
    assert picture(value) is None
