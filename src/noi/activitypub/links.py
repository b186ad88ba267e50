"""Choosing among addresses: an object's page, a picture, a film that a browser can play."""

import re

import msgspec

from noi.activitypub.normalize import (
    Document,
    compact,
    identifier,
    is_node,
    many,
    natural,
    node_at,
    nodes,
    number,
    text,
    types_of,
)
from noi.activitypub.uris import web_uri

MAX_LINKS = 64
MAX_PIXELS = 65_535
_PLAYABLE_HEIGHT = 720

_EXTENSION = re.compile(r"\.([A-Za-z0-9]{2,5})(?:[?#].*)?")
_EXTENSIONS = {
    "image": "jpg jpeg png gif webp avif heic heif jxl svg bmp",
    "video": "mp4 webm mov m4v ogv mkv m3u8",
    "audio": "mp3 ogg oga opus wav flac m4a aac",
}
_KINDS: dict[str, str] = {
    extension: kind for kind, names in _EXTENSIONS.items() for extension in names.split()
}
_CODEC_TYPE = "ffprobe_codec_type"
_STREAM_TYPES = frozenset({"application/x-mpegurl", "application/vnd.apple.mpegurl"})


class MediaLink(msgspec.Struct, frozen=True):
    """One address of a file, with what was said about it; sizes in pixels.

    `whole` is False for the picture or the sound of a film alone (PeerTube may split them).
    """

    url: str
    media_type: str = ""
    width: int | None = None
    height: int | None = None
    whole: bool = True


class Picture(msgspec.Struct, frozen=True):
    """An icon, a header or a preview, with its description for people who cannot see it."""

    url: str
    media_type: str
    description: str


def media_type_of(node: Document) -> str:
    """The media type of a node in lower case, without parameters."""
    value = text(node.get("mediaType"))
    return value.partition(";")[0].strip().lower()[:100] if value else ""


def kind_of_media(media_type: str, url: str) -> str:
    """`image`, `video` or `audio` by media type or, without one, by the address; "" for others."""
    if media_type:
        kind = media_type.partition("/")[0]
        if kind in {"image", "video", "audio"}:
            return kind
        return "video" if media_type in _STREAM_TYPES else ""
    path = url.partition("?")[0].partition("#")[0]
    match = _EXTENSION.fullmatch(path, max(path.rfind("."), 0))
    return _KINDS.get(match[1].lower(), "") if match else ""


def pixels(value: object) -> int | None:
    return number(value, 1, MAX_PIXELS)


def _link(node: Document) -> MediaLink:
    url = identifier(node.get("href")) or identifier(node.get("url"))
    return MediaLink(
        url or ("" if "type" in node else identifier(node)),
        media_type_of(node),
        pixels(node.get("width")),
        pixels(node.get("height")),
        _is_whole(node),
    )


def _is_whole(node: Document) -> bool:
    parts = nodes(node.get("attachment"), 8) if "attachment" in node else []
    codecs = {text(part.get("value")) for part in parts if part.get("name") == _CODEC_TYPE}
    return not codecs or codecs >= {"audio", "video"}


def _media_links(value: object) -> list[MediaLink]:
    """The usable addresses under `url`: strings, Links, and the files that a Link holds (the
    parts of a stream, as PeerTube lists them)."""
    found: list[MediaLink] = []
    for item in many(value, MAX_LINKS):
        if isinstance(item, str):
            found.append(MediaLink(web_uri(item)))
        elif is_node(item):
            node = compact(item)
            found.append(_link(node))
            inner = [compact(tag) for tag in many(node.get("tag"), MAX_LINKS) if is_node(tag)]
            found += [_link(tag) for tag in inner if "Link" in types_of(tag)]
    return [link for link in found if link.url]


def page_url(value: object) -> str:
    """The page for people among the addresses under `url`: HTML first, then what is no file."""
    if isinstance(value, str):
        return web_uri(value)
    links = [] if value is None else _media_links(value)
    for link in links:
        if link.media_type in {"text/html", "application/xhtml+xml"}:
            return link.url
    return next((link.url for link in links if not link.media_type), "")


def media_link(value: object, kind: str) -> MediaLink | None:
    """The best file under `url`; `kind` is image, video, audio or "" for any.

    Of several pictures the largest; of several films the largest of at most 720 lines, else the
    smallest; a stream only where there is no whole file.
    """
    links = _media_links(value)
    if len(links) == 1 and not links[0].media_type:
        return links[0]
    wanted = {kind} if kind else {"image", "video", "audio"}
    fit = [link for link in links if kind_of_media(link.media_type, link.url) in wanted]
    files = [link for link in fit if link.whole and link.media_type not in _STREAM_TYPES]
    if not files:
        streams = (link for link in fit if link.media_type in _STREAM_TYPES)
        return next(streams, next(iter(fit), None))
    if kind_of_media(files[0].media_type, files[0].url) == "video":
        small = [link for link in files if (link.height or 0) <= _PLAYABLE_HEIGHT]
        return max(small, key=_height) if small else min(files, key=_height)
    return max(files, key=_height)


def _height(link: MediaLink) -> int:
    return link.height or 0


def picture(value: object) -> Picture | None:
    """An `icon` or `image`: an address, an Image, a Link or an array; the widest of several."""
    if not value:
        return None
    best: tuple[int, Picture] | None = None
    for item in many(value, 16):
        node = node_at(item)
        if node is None:
            width, found = 0, Picture(identifier(item), "", "")
        else:
            chosen = media_link(node.get("url"), "image") or _link(node)
            width = pixels(node.get("width")) or chosen.width or 0
            description = natural(node, "name") or natural(node, "summary")
            found = Picture(chosen.url, media_type_of(node) or chosen.media_type, description)
        if found.url and (best is None or width > best[0]):
            best = width, found
    return None if best is None else best[1]
