"""The job that turns an upload into the files that are shown."""

import asyncio
import shutil
from pathlib import Path, PurePosixPath

import msgspec

from noi.db import media as media_rows
from noi.db import uploads
from noi.db.database import Transaction
from noi.media import recordings
from noi.media.process import process_picture
from noi.media.results import PictureFile, Purpose
from noi.media.sniff import CONTENT_TYPES, HEAD_BYTES, Family, FileType, sniff
from noi.models.errors import Invalid
from noi.models.jobs import ProcessMedia
from noi.models.media import MediaAttachment, MediaKind, MediaState
from noi.services import pictures
from noi.services.incoming import workplace
from noi.services.media_meta import (
    has_small,
    merged,
    picture_meta,
    recording_meta,
    with_small,
)
from noi.services.network import Network


async def process(network: Network, job: ProcessMedia) -> None:
    """Process one upload: it becomes `ready`, or `failed` with a reason for its sender.

    Its files go to the keys that the row has named from the start, so a second run writes over
    what a first one left. The sent file, which may say where it was made, is deleted at the end.
    """
    found = await uploads.get(network.db, job.media_id)
    if found is None:
        return
    if found.state is MediaState.PROCESSING:
        try:
            async with workplace(network) as folder:
                await _process(network, found, folder)
        except Invalid as error:
            message = error.message
            await network.db.transaction(lambda tx: uploads.fail(tx, found.id, message))
    if found.upload:
        await network.storage.delete(found.upload)
        await uploads.clear_upload(network.db, found.id)


async def _process(network: Network, found: uploads.Upload, folder: Path) -> None:
    source = network.storage.path(found.upload).absolute()
    try:
        with source.open("rb") as file:
            kind = sniff(file.read(HEAD_BYTES))
    except FileNotFoundError:
        raise Invalid("This file was lost; please send it again", field="file") from None
    row = await media_rows.get(network.db, found.id)
    if kind is None or row is None:
        raise Invalid("This kind of file is not supported", field="file")
    if kind.family is Family.PICTURE:
        ready = await _process_picture(network, row, source, kind, folder)
    else:
        ready = await _process_recording(network, row, source, kind, folder)
    await pictures.discard(network, await network.db.transaction(lambda tx: _finish(tx, ready)))


async def _finish(tx: Transaction, ready: MediaAttachment) -> str:
    """Write the row; answers the key of a preview that is not needed."""
    current = await media_rows.get(tx, ready.id)
    if current is None or not has_small(current.meta):
        await uploads.finish(tx, ready)
        return ""
    # A thumbnail was chosen, perhaps while the file was being processed.
    chosen = msgspec.structs.replace(
        ready,
        preview=current.preview,
        meta=merged(ready.meta, current.meta),
        blurhash=current.blurhash,
    )
    await uploads.finish(tx, chosen)
    return "" if ready.preview == current.preview else ready.preview


async def _process_picture(
    network: Network, row: MediaAttachment, source: Path, kind: FileType, folder: Path
) -> MediaAttachment:
    picture = await process_picture(source, kind, folder, Purpose.ATTACHMENT)
    original = picture.files[0]
    small = picture.file("small") or original
    file = await _put(network, folder, original, row.file)
    meta = msgspec.json.encode(picture_meta(original.width, original.height)).decode()
    preview = row.preview
    if not has_small(row.meta):
        preview = await _put(network, folder, small, row.preview)
        meta = with_small(meta, small.width, small.height)
    return msgspec.structs.replace(
        row,
        kind=MediaKind.IMAGE,
        file=file,
        preview=preview,
        content_type=CONTENT_TYPES[original.extension],
        file_size=original.size,
        meta=meta,
        blurhash=picture.blurhash,
    )


async def _put(network: Network, folder: Path, file: PictureFile, key: str) -> str:
    """Store a file under `key`, with the extension that it has come to have."""
    key = str(PurePosixPath(key).with_suffix(file.extension))
    await network.storage.put_file(folder / file.name, key)
    return key


async def _process_recording(
    network: Network, row: MediaAttachment, source: Path, kind: FileType, folder: Path
) -> MediaAttachment:
    path = folder / "recording"
    await asyncio.to_thread(shutil.copyfile, source, path)
    recording = await asyncio.to_thread(recordings.clean, path, kind)
    true_kind = recording.kind
    key = str(PurePosixPath(row.file).with_suffix(true_kind.extension))
    await network.storage.put_file(path, key)
    return msgspec.structs.replace(
        row,
        kind=MediaKind.VIDEO if recording.info.video else MediaKind.AUDIO,
        file=key,
        content_type=true_kind.content_type,
        file_size=path.stat().st_size,
        meta=msgspec.json.encode(recording_meta(recording.info)).decode(),
    )
