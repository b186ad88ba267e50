"""Media attachments."""

from enum import StrEnum

import msgspec


class MediaKind(StrEnum):
    IMAGE = "image"
    GIFV = "gifv"
    VIDEO = "video"
    AUDIO = "audio"
    UNKNOWN = "unknown"


class MediaState(StrEnum):
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class MediaAttachment(msgspec.Struct, array_like=True):
    """A row of `media_attachments`. `file` and `preview` are storage keys, `meta` JSON."""

    id: int
    account_id: int
    status_id: int | None
    scheduled_status_id: int | None
    position: int
    kind: MediaKind
    state: MediaState
    file: str
    preview: str
    content_type: str
    file_size: int
    meta: str
    blurhash: str | None
    description: str
    focus_x: float
    focus_y: float
    remote_url: str
    created_at: int
