"""Media that people attach to statuses: sending, describing, removing, and cleaning up."""

import math
import shutil
from pathlib import Path

import msgspec

from noi.db import jobs, uploads
from noi.db.database import Transaction
from noi.media.results import Purpose
from noi.media.sniff import Family, FileType
from noi.media.storage import new_key
from noi.models.errors import Invalid, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import CleanMedia, ProcessMedia
from noi.models.media import MediaAttachment, MediaKind, MediaState
from noi.services import pictures
from noi.services.incoming import Incoming, Source, receive, work_folder
from noi.services.media_meta import merged, with_small
from noi.services.network import Network
from noi.text.clean import clean_text

MAX_DESCRIPTION_CHARACTERS = 1500

_KINDS = {
    Family.PICTURE: MediaKind.IMAGE,
    Family.VIDEO: MediaKind.VIDEO,
    Family.AUDIO: MediaKind.AUDIO,
}
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
_BATCH = 100


async def upload(
    network: Network,
    account_id: int,
    source: Source,
    *,
    description: str = "",
    focus: tuple[float, float] = (0.0, 0.0),
    thumbnail: Source | None = None,
) -> MediaAttachment:
    """Take a file; it is `processing` until the job ProcessMedia has made it fit to show.

    Raises Invalid (kind, description, thumbnail), TooLarge, Unavailable when the disk is full.
    """
    text = _checked_description(description)
    async with receive(network, source) as file:
        row = _new_row(network, account_id, file.kind, text, _checked_focus(focus))
        if thumbnail is not None:
            row = await _with_thumbnail(network, row, thumbnail)
        await _take_in(network, row, file)
    return row


async def get(network: Network, account_id: int, media_id: int) -> MediaAttachment:
    """One's own medium that no status has yet, whether ready or `processing`.

    Raises NotFound, and Invalid with the reason when it could not be processed.
    """
    row = await uploads.own_unattached(network.db, account_id, media_id)
    if row is None:
        raise NotFound
    if row.state is MediaState.FAILED:
        raise Invalid(await uploads.error(network.db, media_id), field="file")
    return row


async def update(
    network: Network,
    account_id: int,
    media_id: int,
    *,
    description: str | None = None,
    focus: tuple[float, float] | None = None,
    thumbnail: Source | None = None,
) -> MediaAttachment:
    """Change one's own medium that no status has yet; None leaves a part as it is.

    Raises NotFound, Invalid, TooLarge, Unavailable.
    """
    row = await get(network, account_id, media_id)
    text = row.description if description is None else _checked_description(description)
    point = (row.focus_x, row.focus_y) if focus is None else _checked_focus(focus)
    chosen = await _with_thumbnail(network, row, thumbnail) if thumbnail is not None else None

    async def work(tx: Transaction) -> str:
        replaced = await _replace_preview(tx, chosen) if chosen is not None else ""
        await uploads.describe(tx, media_id, text, point)
        return replaced

    await pictures.discard(network, await network.db.transaction(work))
    return await get(network, account_id, media_id)


async def delete(network: Network, account_id: int, media_id: int) -> None:
    """Delete one's own medium that no status, schedule or draft has; raises NotFound."""
    found = await uploads.get(network.db, media_id)
    if found is None or not await uploads.condemn(network.db, account_id, media_id):
        raise NotFound
    await _remove(network, found)


async def clean_media(network: Network, job: CleanMedia) -> None:
    """Delete uploads nobody used, and what crashes left behind."""
    settings = network.settings
    before = now_ms() - settings.unused_media_hours * _HOUR_MS
    while unused := await uploads.unused(network.db, before=before, limit=_BATCH):
        for found in unused:
            if await uploads.condemn(network.db, found.account_id, found.id):
                await _remove(network, found)
    _clean_work_folder(work_folder(settings))


async def _take_in(network: Network, row: MediaAttachment, file: Incoming) -> None:
    """Row first, file second, job last: a crash between leaves nothing that is never cleaned."""
    key = new_key("uploads", file.kind.extension)
    await network.db.transaction(lambda tx: uploads.insert(tx, row, key))
    try:
        await network.storage.put_file(file.path, key)
    except Exception:
        await uploads.forget(network.db, row.id)
        raise
    await network.db.transaction(lambda tx: jobs.enqueue(tx, ProcessMedia(row.id)))


def _new_row(
    network: Network, account_id: int, kind: FileType, text: str, focus: tuple[float, float]
) -> MediaAttachment:
    """A row that already names its files, so that they can be found whatever happens."""
    picture = pictures.is_picture(kind)
    return MediaAttachment(
        id=network.ids.next(),
        account_id=account_id,
        status_id=None,
        scheduled_status_id=None,
        position=0,
        kind=_KINDS[kind.family],
        state=MediaState.PROCESSING,
        file=new_key("media", kind.extension),
        preview=new_key("previews", ".webp") if picture else "",
        content_type=kind.content_type,
        file_size=0,
        meta="{}",
        blurhash=None,
        description=text,
        focus_x=focus[0],
        focus_y=focus[1],
        remote_url="",
        created_at=now_ms(),
    )


async def _with_thumbnail(
    network: Network, row: MediaAttachment, thumbnail: Source
) -> MediaAttachment:
    """The row with a preview that its author chose."""
    small = await pictures.store(network, thumbnail, Purpose.THUMBNAIL, "previews")
    return msgspec.structs.replace(
        row,
        preview=small.file,
        meta=with_small(row.meta, small.width, small.height),
        blurhash=small.blurhash,
    )


async def _replace_preview(tx: Transaction, row: MediaAttachment) -> str:
    """Write the new preview over whatever stands there now; answers the key to delete."""
    current = await uploads.get(tx, row.id)
    if current is None:
        raise NotFound
    meta = merged(current.meta, row.meta)
    blurhash = row.blurhash or ""
    await uploads.set_preview(tx, row.id, preview=row.preview, meta=meta, blurhash=blurhash)
    return current.preview


def _checked_description(text: str) -> str:
    cleaned = clean_text(text).strip()
    if len(cleaned) > MAX_DESCRIPTION_CHARACTERS:
        raise Invalid(
            "A description has at most {most} characters",
            field="description",
            code="ERR_TOO_LONG",
            most=MAX_DESCRIPTION_CHARACTERS,
        )
    return cleaned


def _checked_focus(focus: tuple[float, float]) -> tuple[float, float]:
    if not all(map(math.isfinite, focus)):
        raise Invalid("The focal point is two numbers from -1 to 1", field="focus")
    x, y = (min(1.0, max(-1.0, part)) for part in focus)
    return x, y


async def _remove(network: Network, found: uploads.Upload) -> None:
    """Files first: while the row stands, the next cleaning finds what is left of them."""
    await pictures.discard(network, found.upload, found.file, found.preview)
    await uploads.forget(network.db, found.id)


def _clean_work_folder(folder: Path) -> None:
    before = (now_ms() - _DAY_MS) / 1000
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and path.stat().st_mtime < before:
            shutil.rmtree(path, ignore_errors=True)
