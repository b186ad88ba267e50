"""Multipart bodies with their fields in order, which Rails' notation of lists needs (RFC 7578).

Litestar's own reading of forms groups fields by name, and fails on text that is not UTF-8.
"""

import importlib
from collections.abc import AsyncIterator
from typing import Any

from litestar.datastructures import UploadFile

from noi.models.errors import BadRequest

_parser: Any = importlib.import_module("multipart")  # it has no types
_MAX_PARTS = 1000

Field = tuple[str, str | UploadFile]


async def read_fields(pieces: AsyncIterator[bytes], boundary: str) -> list[Field]:
    """Read a whole body; the caller closes the files. Raises BadRequest for what is malformed."""
    fields: list[Field] = []
    try:
        with _parser.PushMultipartParser(boundary.encode(), max_segment_count=_MAX_PARTS) as parser:
            await _collect(parser, pieces, fields)
    except BaseException as error:
        await close_files(fields)
        if isinstance(error, _parser.MultipartError | UnicodeError):
            raise BadRequest("The form's data cannot be read") from error
        raise
    return fields


async def _collect(parser: Any, pieces: AsyncIterator[bytes], fields: list[Field]) -> None:
    segment: Any = None
    text = bytearray()
    async for piece in pieces:
        for part in parser.parse(piece):
            if isinstance(part, _parser.MultipartSegment):
                segment, text = part, bytearray()
                if segment.filename:
                    kind = segment.content_type or "application/octet-stream"
                    # It stands among the fields at once, so that it is closed whatever happens.
                    fields.append((segment.name, UploadFile(kind, segment.filename)))
            elif segment.filename:
                await _write(fields[-1][1], part)
            elif part:
                text += part
            else:
                fields.append((segment.name, text.decode(errors="replace")))
        if parser.closed:
            return


async def _write(file: str | UploadFile, part: bytes | None) -> None:
    if isinstance(file, UploadFile):
        await (file.write(bytes(part)) if part else file.seek(0))


async def close_files(fields: list[Field]) -> None:
    """Let go of the files among the fields."""
    for _, value in fields:
        if isinstance(value, UploadFile):
            await value.close()
