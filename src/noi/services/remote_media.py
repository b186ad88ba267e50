"""Attachments of remote statuses: rows that say where the files are; nothing is fetched here."""

import msgspec

from noi.activitypub.attachments import Attachment
from noi.activitypub.objects import Object
from noi.db import media as media_rows
from noi.db import remote_files, uploads
from noi.db.database import Transaction
from noi.db.remote_files import NewFile
from noi.media.buffers import Info
from noi.models.federation import RemoteKind
from noi.models.media import MediaAttachment, MediaKind, MediaState
from noi.services.media_meta import picture_meta, recording_meta
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_ATTACHMENTS = 16
MAX_DESCRIPTION = 10_000
_KINDS = {
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}


def described(object_: Object) -> list[tuple[str, str]]:
    """Addresses and descriptions of an object's attachments: what tells an edit of them."""
    return [(item.url, _description(item)) for item in object_.attachments[:MAX_ATTACHMENTS]]


async def attach(
    tx: Transaction,
    network: Network,
    object_: Object,
    *,
    account_id: int,
    status_id: int,
    domain: str,
    with_media: bool,
) -> None:
    """Put an object's attachments on its status; without `with_media` as bare addresses."""
    files: list[NewFile] = []
    for position, item in enumerate(object_.attachments[:MAX_ATTACHMENTS]):
        kind = _kind(item) if with_media else MediaKind.UNKNOWN
        file, preview, own = _files(item, kind, domain)
        files += own
        row = MediaAttachment(
            id=network.ids.next(),
            account_id=account_id,
            status_id=status_id,
            scheduled_status_id=None,
            position=position,
            kind=kind,
            state=MediaState.READY,
            file=file,
            preview=preview,
            content_type=item.media_type,
            file_size=0,
            meta=_meta(item, kind),
            blurhash=_blurhash(item.blurhash),
            description=_description(item),
            focus_x=item.focus[0] if item.focus else 0.0,
            focus_y=item.focus[1] if item.focus else 0.0,
            remote_url=item.url,
            created_at=status_id >> 16,
        )
        await uploads.insert(tx, row, "")
    await remote_files.put(tx, files)


async def replace(
    tx: Transaction,
    network: Network,
    object_: Object,
    *,
    account_id: int,
    status_id: int,
    domain: str,
    with_media: bool,
) -> bool:
    """The same for an edited status; False where nothing has changed."""
    before = await media_rows.of_statuses(tx, [status_id])
    if [(row.remote_url, row.description) for row in before] == described(object_):
        return False
    await media_rows.forget_of(tx, status_id)
    await attach(
        tx,
        network,
        object_,
        account_id=account_id,
        status_id=status_id,
        domain=domain,
        with_media=with_media,
    )
    return True


def _kind(item: Attachment) -> MediaKind:
    """What a browser can show of it here; streams and drawings with scripts stay links."""
    if item.media_type.endswith(("mpegurl", "svg+xml")):
        return MediaKind.UNKNOWN
    return _KINDS.get(item.kind, MediaKind.UNKNOWN)


def _files(item: Attachment, kind: MediaKind, domain: str) -> tuple[str, str, list[NewFile]]:
    """The keys of an attachment and its preview, and the files behind them."""
    if kind is MediaKind.UNKNOWN:
        return "", "", []
    if kind is MediaKind.IMAGE:
        picture = NewFile(item.url, domain, RemoteKind.PICTURE)
        return picture.key, picture.small, [picture]
    recording = NewFile(item.url, domain, RemoteKind.RECORDING)
    if not item.preview:
        return recording.key, "", [recording]
    preview = NewFile(item.preview, domain, RemoteKind.PREVIEW)
    return recording.key, preview.key, [recording, preview]


def _description(item: Attachment) -> str:
    return clean_text(item.description[:MAX_DESCRIPTION]).strip()


def _meta(item: Attachment, kind: MediaKind) -> str:
    size = (item.width or 0, item.height or 0)
    if kind is MediaKind.IMAGE:
        meta = picture_meta(*size) if all(size) else {}
    else:
        seconds = None if item.duration is None else item.duration / 1000
        meta = recording_meta(
            Info(video=kind is MediaKind.VIDEO, duration=seconds, width=size[0], height=size[1])
        )
    return msgspec.json.encode(meta).decode()


def _blurhash(text: str) -> str | None:
    """A blurhash whose length is the one that its first character tells (of 1 to 9 × 9)."""
    if not text.isascii() or not 6 <= len(text) <= 166:
        return None
    size = _BASE83.find(text[0])
    return text if len(text) == 4 + 2 * (size % 9 + 1) * (size // 9 + 1) else None


_BASE83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
