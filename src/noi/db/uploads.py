"""Media on their way: uploads, their processing, and what becomes of those nobody used."""

import msgspec

from noi.db.database import Database, Reader, Transaction
from noi.models.media import MediaAttachment, MediaState


class Upload(msgspec.Struct, array_like=True, frozen=True):
    """What processing needs of a row: storage keys, and `upload` where the sent file waits."""

    id: int
    account_id: int
    state: MediaState
    upload: str
    file: str
    preview: str
    content_type: str
    meta: str


_COLUMNS = ", ".join(MediaAttachment.__struct_fields__)
_UPLOAD = ", ".join(Upload.__struct_fields__)
_FREE = "status_id IS NULL AND scheduled_status_id IS NULL"

_INSERT = f"""INSERT INTO media_attachments ({_COLUMNS}, upload)
VALUES ({", ".join(f":{name}" for name in MediaAttachment.__struct_fields__)}, :upload)"""
_GET = f"SELECT {_UPLOAD} FROM media_attachments WHERE id = :id"
_OWN = f"""SELECT {_COLUMNS} FROM media_attachments
WHERE id = :id AND account_id = :account_id AND status_id IS NULL AND created_at > 0"""
_ERROR = "SELECT error FROM media_attachments WHERE id = :id"
_FINISH = """UPDATE media_attachments SET state = 'ready', kind = :kind, file = :file,
    preview = :preview, content_type = :content_type, file_size = :file_size, meta = :meta,
    blurhash = :blurhash
WHERE id = :id AND state = 'processing'"""
_FAIL = """UPDATE media_attachments SET state = 'failed', error = :error
WHERE id = :id AND state = 'processing'"""
_CLEAR_UPLOAD = "UPDATE media_attachments SET upload = '' WHERE id = :id"
_DESCRIBE = """UPDATE media_attachments SET description = :description,
    focus_x = :focus_x, focus_y = :focus_y WHERE id = :id AND status_id IS NULL"""
_SET_PREVIEW = """UPDATE media_attachments SET preview = :preview, meta = :meta,
    blurhash = :blurhash WHERE id = :id AND status_id IS NULL"""
_CONDEMN = f"""UPDATE media_attachments SET state = 'failed', error = '', created_at = 0
WHERE id = :id AND account_id = :account_id AND {_FREE}"""
_UNUSED = f"""SELECT {_UPLOAD} FROM media_attachments WHERE {_FREE} AND created_at < :before
ORDER BY created_at LIMIT CAST(:limit AS BIGINT)"""
_FORGET = f"DELETE FROM media_attachments WHERE id = :id AND {_FREE}"


async def insert(tx: Transaction, row: MediaAttachment, upload: str) -> None:
    """Add an attachment whose sent file lies at the storage key `upload`."""
    values = {name: getattr(row, name) for name in row.__struct_fields__}
    await tx.execute(_INSERT, {**values, "upload": upload})


async def get(reader: Reader, media_id: int) -> Upload | None:
    """An upload in whatever state."""
    return await reader.fetch_one(_GET, {"id": media_id}, Upload)


async def own_unattached(reader: Reader, account_id: int, media_id: int) -> MediaAttachment | None:
    """An account's attachment that no status has."""
    params = {"id": media_id, "account_id": account_id}
    return await reader.fetch_one(_OWN, params, MediaAttachment)


async def error(reader: Reader, media_id: int) -> str:
    """Why processing failed: a msgid, or empty."""
    return await reader.fetch_value(_ERROR, {"id": media_id}) or ""


async def finish(tx: Transaction, row: MediaAttachment) -> bool:
    """Make an attachment ready; False where it is no longer being processed."""
    names = ("id", "kind", "file", "preview", "content_type", "file_size", "meta", "blurhash")
    return await tx.execute(_FINISH, {name: getattr(row, name) for name in names}) == 1


async def fail(tx: Transaction, media_id: int, message: str) -> None:
    """Note that an upload cannot be used, and why (a msgid)."""
    await tx.execute(_FAIL, {"id": media_id, "error": message})


async def clear_upload(db: Database, media_id: int) -> None:
    """Forget the sent file, which has been deleted."""
    await db.execute(_CLEAR_UPLOAD, {"id": media_id})


async def describe(
    tx: Transaction, media_id: int, description: str, focus: tuple[float, float]
) -> None:
    """Change what an unattached medium says of itself."""
    row = {"id": media_id, "description": description, "focus_x": focus[0], "focus_y": focus[1]}
    await tx.execute(_DESCRIBE, row)


async def set_preview(
    tx: Transaction, media_id: int, *, preview: str, meta: str, blurhash: str
) -> None:
    """Give an unattached medium another preview."""
    row = {"id": media_id, "preview": preview, "meta": meta, "blurhash": blurhash}
    await tx.execute(_SET_PREVIEW, row)


async def condemn(db: Database, account_id: int, media_id: int) -> bool:
    """Take an unused medium out of use, before its files go; False where a status has it.

    Should the files outlive a crash, the next cleaning finds it as the oldest unused one.
    """
    return await db.execute(_CONDEMN, {"id": media_id, "account_id": account_id}) == 1


async def unused(reader: Reader, *, before: int, limit: int) -> list[Upload]:
    """Media that no status, schedule or draft has taken, older than `before` (ms)."""
    return await reader.fetch_all(_UNUSED, {"before": before, "limit": limit}, Upload)


async def forget(db: Database, media_id: int) -> None:
    """Remove the row of an unused medium whose files are gone."""
    await db.execute(_FORGET, {"id": media_id})
