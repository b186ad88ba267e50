"""MediaAttachment: https://docs.joinmastodon.org/entities/MediaAttachment/"""

import msgspec

from noi.models.media import MediaAttachment, MediaKind, MediaState
from noi.services.network import Network

_READY, _FOCUSED = MediaState.READY, frozenset({MediaKind.IMAGE, MediaKind.GIFV})
_encoder = msgspec.json.Encoder()


class MediaEntity(msgspec.Struct):
    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: str | None
    preview_remote_url: str | None
    text_url: str | None
    meta: msgspec.Raw
    description: str | None
    blurhash: str | None


def media_entity(network: Network, media: MediaAttachment) -> MediaEntity:
    """One attachment; its address is null until it is processed."""
    ready = media.state is _READY
    url = network.storage.url(media.file) if ready and media.file else None
    preview = network.storage.url(media.preview) if ready and media.preview else None
    # By position, as statuses are made.
    return MediaEntity(
        str(media.id),
        media.kind,
        url,
        preview,
        media.remote_url or None,
        None,
        None,
        _meta(media),
        media.description or None,
        media.blurhash,
    )


def _meta(media: MediaAttachment) -> msgspec.Raw:
    if media.kind not in _FOCUSED:
        return msgspec.Raw(media.meta)
    # What is stored is an object without a focus, which changes by itself.
    focus = _encoder.encode({"focus": {"x": media.focus_x, "y": media.focus_y}})
    if media.meta == "{}":
        return msgspec.Raw(focus)
    return msgspec.Raw(b"%b,%b" % (media.meta.encode()[:-1], focus[1:]))
