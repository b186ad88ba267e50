"""Media attachments."""

from collections.abc import Sequence

from noi.db.database import Reader, Transaction
from noi.models.composition import MediaChange
from noi.models.ids import now_ms
from noi.models.media import MediaAttachment

COLUMNS = ", ".join(f"m.{name}" for name in MediaAttachment.__struct_fields__)

_GET = f"SELECT {COLUMNS} FROM media_attachments m WHERE m.id = :id"
_GET_MANY = f"SELECT {COLUMNS} FROM media_attachments m WHERE m.id @in(:ids)"
_OF_STATUSES = f"""SELECT {COLUMNS} FROM media_attachments m
WHERE m.status_id @in(:ids) ORDER BY m.status_id, m.position"""
_ATTACH = """UPDATE media_attachments SET status_id = :status_id, position = :position,
    scheduled_status_id = NULL
WHERE id = :id AND state = 'ready' AND (status_id IS NULL OR status_id = :status_id)"""
# From now on it counts as unused: cleaning looks at `created_at`.
_DETACH_ALL = """UPDATE media_attachments SET status_id = NULL, created_at = :now
WHERE status_id = :status_id"""
_DESCRIBE = """UPDATE media_attachments SET description = :description,
    focus_x = :focus_x, focus_y = :focus_y WHERE id = :id AND status_id = :status_id"""
_FILES = """SELECT file, preview, upload FROM media_attachments WHERE status_id = :status_id"""
_RELEASE = "DELETE FROM media_attachments WHERE status_id = :status_id"


async def get(reader: Reader, media_id: int) -> MediaAttachment | None:
    """An attachment by its id."""
    return await reader.fetch_one(_GET, {"id": media_id}, MediaAttachment)


async def get_many(reader: Reader, ids: Sequence[int]) -> list[MediaAttachment]:
    """Attachments by their ids, in no order; missing ones are left out."""
    if not ids:
        return []
    return await reader.fetch_all(_GET_MANY, {"ids": list(ids)}, MediaAttachment)


async def of_statuses(reader: Reader, ids: Sequence[int]) -> list[MediaAttachment]:
    """The attachments of several statuses, in their order."""
    if not ids:
        return []
    return await reader.fetch_all(_OF_STATUSES, {"ids": list(ids)}, MediaAttachment)


async def attach(tx: Transaction, media_id: int, status_id: int, position: int) -> bool:
    """Give an attachment to a status; False where another status has it, or it is going."""
    row = {"id": media_id, "status_id": status_id, "position": position}
    return await tx.execute(_ATTACH, row) == 1


async def detach_all(tx: Transaction, status_id: int) -> None:
    """Take every attachment from a status; unused ones are cleaned up later."""
    await tx.execute(_DETACH_ALL, {"status_id": status_id, "now": now_ms()})


async def describe(tx: Transaction, media_id: int, status_id: int, change: MediaChange) -> None:
    """Change the description or the focal point of an attachment of that status."""
    row = await get(tx, media_id)
    if row is None:
        return
    focus = change.focus or (row.focus_x, row.focus_y)
    description = row.description if change.description is None else change.description
    params = {
        "id": media_id,
        "status_id": status_id,
        "description": description,
        "focus_x": focus[0],
        "focus_y": focus[1],
    }
    await tx.execute(_DESCRIBE, params)


async def files_of(reader: Reader, status_id: int) -> list[str]:
    """The storage keys of a status's attachments."""
    rows = await reader.fetch_all(_FILES, {"status_id": status_id})
    return [key for row in rows for key in row if key]


async def forget_of(tx: Transaction, status_id: int) -> None:
    """Remove the attachments of a status, whose files are gone."""
    await tx.execute(_RELEASE, {"status_id": status_id})
