"""What stands under `attachment`, `image` and, for films and music, under `url`."""

import msgspec

from noi.activitypub.links import (
    MediaLink,
    Picture,
    kind_of_media,
    media_link,
    media_type_of,
    page_url,
    picture,
    pixels,
)
from noi.activitypub.normalize import (
    Document,
    compact,
    flag,
    identifier,
    is_node,
    many,
    natural,
    text,
    types_of,
)
from noi.activitypub.times import duration
from noi.activitypub.uris import web_uri

MAX_ATTACHMENTS = 64
_FILE_TYPES = {"Image": "image", "Video": "video", "Audio": "audio"}
_NOT_FILES = frozenset({"Emoji", "Hashtag", "Mention", "PropertyValue"})
_MAX_BLURHASH = 200


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, film, sound or other file.

    `kind` is image, video, audio or "" where that is unknown; sizes in pixels, duration in
    milliseconds, `focus` as x and y from -1 to 1.
    """

    url: str
    kind: str
    media_type: str = ""
    description: str = ""
    blurhash: str = ""
    focus: tuple[float, float] | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None
    preview: str = ""
    sensitive: bool = False


class LinkAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A page that a status is about: its address, title and picture."""

    url: str
    name: str = ""
    preview: str = ""


class Attached(msgspec.Struct, frozen=True):
    media: tuple[Attachment, ...] = ()
    links: tuple[LinkAttachment, ...] = ()


_NOTHING = Attached()


def read_attachments(node: Document, type_: str) -> Attached:
    """The media and links of a compacted object, each address once.

    Films, music and pictures that are objects themselves come first, with their best file. An
    `image` that is not among the attachments is the picture of the first link, else the first
    attachment (the head picture of an article).
    """
    value, image = node.get("attachment"), node.get("image")
    if not value and not image and type_ not in _FILE_TYPES:
        return _NOTHING
    media: dict[str, Attachment] = {}
    links: dict[str, LinkAttachment] = {}
    if type_ in _FILE_TYPES and (own := _own_file(node, type_)) is not None:
        media[own.url] = own
    for item in many(value, MAX_ATTACHMENTS):
        found = _read(item)
        if isinstance(found, Attachment):
            media.setdefault(found.url, found)
        elif found is not None:
            links.setdefault(found.url, found)
    if (head := picture(image)) is not None and head.url not in media:
        if links:
            first = next(iter(links))
            links[first] = msgspec.structs.replace(links[first], preview=head.url)
        else:
            media = {head.url: _head_picture(head)} | media
    return Attached(tuple(media.values()), tuple(links.values()))


def _head_picture(head: Picture) -> Attachment:
    return Attachment(
        url=head.url, kind="image", media_type=head.media_type, description=head.description
    )


def _read(item: object) -> Attachment | LinkAttachment | None:
    if isinstance(item, str):
        return _from_address(web_uri(item), "", "")
    if not is_node(item):
        return None
    node = compact(item)
    type_ = next(iter(types_of(node)), "")
    if type_ in _NOT_FILES:
        return None
    if type_ not in _FILE_TYPES and type_ != "Document":
        url = identifier(node.get("href")) or page_url(node.get("url"))
        return _from_address(url, media_type_of(node), natural(node, "name"))
    link = media_link(node.get("url"), _FILE_TYPES.get(type_, "")) or _by_href(node)
    return _attachment(node, type_, link) if link is not None else None


def _by_href(node: Document) -> MediaLink | None:
    url = identifier(node.get("href"))
    return MediaLink(url) if url else None


def _from_address(url: str, media_type: str, name: str) -> Attachment | LinkAttachment | None:
    if not url:
        return None
    if kind := kind_of_media(media_type, url):
        return Attachment(url=url, kind=kind, media_type=media_type, description=name)
    return LinkAttachment(url=url, name=name)


def _attachment(node: Document, type_: str, link: MediaLink) -> Attachment:
    media_type = link.media_type or media_type_of(node)
    preview = picture(node.get("icon"))
    return Attachment(
        url=link.url,
        kind=kind_of_media(media_type, link.url) or _FILE_TYPES.get(type_, ""),
        media_type=media_type,
        description=natural(node, "name") or natural(node, "summary"),
        blurhash=text(node.get("blurhash"))[:_MAX_BLURHASH],
        focus=_focus(node.get("focalPoint")),
        width=link.width or pixels(node.get("width")),
        height=link.height or pixels(node.get("height")),
        duration=duration(node.get("duration")),
        preview="" if preview is None else preview.url,
        sensitive=flag(node.get("sensitive")) or False,
    )


def _own_file(node: Document, type_: str) -> Attachment | None:
    """The file that a Video, an Audio or an Image is; its title is no description."""
    kind = _FILE_TYPES[type_]
    link = media_link(node.get("url"), kind)
    # A lone address without a media type is the page of a film, and the file of a picture.
    if link is None or (not link.media_type and kind_of_media("", link.url) != kind):
        return None
    return msgspec.structs.replace(_attachment(node, type_, link), description="")


def _focus(value: object) -> tuple[float, float] | None:
    point = [item.get("@value") if is_node(item) else item for item in many(value, 3)]
    numbers = [
        float(item)
        for item in point
        if isinstance(item, int | float) and not isinstance(item, bool) and -1 <= item <= 1
    ]
    return (numbers[0], numbers[1]) if len(numbers) == len(point) == 2 else None
