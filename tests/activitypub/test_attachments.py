import pytest

from activitypub.documents import (
    FUNKWHALE_AUDIO,
    GHOST_ARTICLE,
    HOME,
    MASTODON_QUOTE,
    MISSKEY_NOTE,
    PIXELFED_NOTE,
    note,
)
from noi.activitypub.attachments import Attached, Attachment, LinkAttachment, read_attachments

FILE = f"{HOME}/a.png"


def test_pixelfed() -> None:
    [photo] = read_attachments(PIXELFED_NOTE, "Note").media
    assert photo == Attachment(
        url="https://pixelfed.example/storage/m/5.jpg",
        kind="image",
        media_type="image/jpeg",
        description="Mặt trời trên biển",
        blurhash="U6PZfSi_.AyE_3t7t7R**0o#DgR4_3R*D%xt",
        focus=(0.5, -0.25),
        width=1080,
        height=1350,
    )


def test_misskey() -> None:
    [picture] = read_attachments(MISSKEY_NOTE, "Note").media
    assert (picture.kind, picture.description, picture.sensitive) == ("image", "mèo", True)


def test_the_card_of_mastodon_is_a_link() -> None:
    attached = read_attachments(MASTODON_QUOTE, "Question")
    assert attached == Attached((), (LinkAttachment(url="https://news.example/tin"),))


def test_funkwhale() -> None:
    [song] = read_attachments(FUNKWHALE_AUDIO, "Audio").media
    assert (song.kind, song.media_type, song.duration) == ("audio", "audio/mpeg", 215_000)
    assert song.description == ""


def test_the_head_picture_of_an_article() -> None:
    [picture] = read_attachments(GHOST_ARTICLE, "Article").media
    assert (picture.url, picture.kind) == ("https://blog.example/content/images/1.jpg", "image")


def test_the_picture_of_a_link() -> None:
    page = note(
        attachment=[{"type": "Link", "href": "https://news.example/tin", "name": "Tin"}],
        image={"type": "Image", "url": FILE},
    )
    attached = read_attachments(page, "Page")
    assert attached.media == ()
    assert attached.links == (
        LinkAttachment(url="https://news.example/tin", name="Tin", preview=FILE),
    )


def test_each_address_once() -> None:
    image = {"type": "Image", "url": FILE}
    attached = read_attachments(note(attachment=[image, image, FILE], image=image), "Page")
    assert [media.url for media in attached.media] == [FILE]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (FILE, "image"),
        ({"type": "Link", "href": FILE}, "image"),
        ({"type": "Link", "href": f"{HOME}/a", "mediaType": "video/webm"}, "video"),
        ({"type": "Document", "url": FILE}, "image"),
        ({"type": "Document", "url": f"{HOME}/a"}, ""),
        ({"type": "Document", "href": f"{HOME}/a.mp3"}, "audio"),
        ({"type": "Document", "mediaType": "application/pdf", "url": f"{HOME}/a.pdf"}, ""),
        ({"type": "Image", "url": f"{HOME}/a"}, "image"),
        ({"type": "Image", "url": [{"type": "Link", "href": FILE}]}, "image"),
        ({"type": "Video", "url": {"href": f"{HOME}/a", "mediaType": "video/mp4"}}, "video"),
        ({"type": "Audio", "mediaType": "audio/ogg", "url": f"{HOME}/a"}, "audio"),
        ({"@type": "as:Document", "as:mediaType": "image/png", "as:url": f"{HOME}/a"}, "image"),
    ],
)
def test_files(item: object, kind: str) -> None:
    [media] = read_attachments(note(attachment=item), "Note").media
    assert media.kind == kind


@pytest.mark.parametrize(
    "item",
    [
        "https://news.example/tin",
        {"type": "Link", "href": "https://news.example/tin"},
        {"href": "https://news.example/tin"},
        {"type": "Page", "url": "https://news.example/tin"},
    ],
)
def test_links(item: object) -> None:
    [link] = read_attachments(note(attachment=[item]), "Note").links
    assert link.url == "https://news.example/tin"


@pytest.mark.parametrize(
    "item",
    [
        None,
        5,
        "x",
        {},
        [],
        {"type": "Document"},
        {"type": "Document", "url": "data:image/png;base64,AA=="},
        {"type": "PropertyValue", "name": "a", "value": "b"},
        {"type": "Hashtag", "href": f"{HOME}/tags/a", "name": "#a"},
    ],
)
def test_nothing(item: object) -> None:
    assert read_attachments(note(attachment=[item]), "Note") == Attached()


@pytest.mark.parametrize(
    "point", [None, [], [0], [0, 0, 0], [2, 0], ["0", "0"], [True, 0], {"@list": [0]}, "0,0"]
)
def test_points_that_are_none(point: object) -> None:
    item = {"type": "Image", "url": FILE, "focalPoint": point}
    assert read_attachments(note(attachment=item), "Note").media[0].focus is None


def test_previews_of_films() -> None:
    item = {
        "type": "Video",
        "url": f"{HOME}/a.mp4",
        "duration": "PT3.5S",
        "icon": {"type": "Image", "url": FILE},
        "summary": "Sóng vỗ",
    }
    [film] = read_attachments(note(attachment=item), "Note").media
    assert (film.preview, film.duration, film.description) == (FILE, 3_500, "Sóng vỗ")


def test_the_page_of_a_film_is_no_file() -> None:
    assert read_attachments(note(type="Video", url=f"{HOME}/watch/1"), "Video") == Attached()
