"""Media: https://docs.joinmastodon.org/methods/media/"""

from collections.abc import AsyncIterator

from litestar.datastructures import UploadFile

from noi.api.base import Call, Reply, endpoint
from noi.api.compositions import focus_of
from noi.api.entities.media import media_entity
from noi.api.params import Params
from noi.models.errors import Invalid
from noi.models.media import MediaAttachment, MediaState
from noi.services import media
from noi.services.incoming import Source

_PIECE = 64 * 1024
# Above every limit that the settings may set, and with room for a thumbnail.
_BODY_LIMIT = 1024 * 1024 * 1024


@endpoint("POST", "/api/v2/media", scope="write:media", body_limit=_BODY_LIMIT)
async def upload(call: Call) -> Reply:
    """Upload a file: 202 while it is processed."""
    return _answer(call, await _uploaded(call), processing=202)


@endpoint("POST", "/api/v1/media", scope="write:media", body_limit=_BODY_LIMIT)
async def upload_v1(call: Call) -> Reply:
    """The same for older apps, which learn from `url` being null that it is not ready yet."""
    return _answer(call, await _uploaded(call), processing=200)


@endpoint("GET", "/api/v1/media/{id:str}", scope="write:media")
async def show(call: Call) -> Reply:
    """One's own medium that no status has yet: 206 while it is processed."""
    found = await media.get(call.network, call.person.account_id, call.path_id())
    return _answer(call, found, processing=206)


@endpoint(["PUT", "PATCH"], "/api/v1/media/{id:str}", scope="write:media", body_limit=_BODY_LIMIT)
async def update(call: Call) -> Reply:
    """Change the description, the focal point or the preview."""
    changed = await media.update(
        call.network,
        call.person.account_id,
        call.path_id(),
        description=call.params.optional_text("description"),
        focus=focus_of(call.params.text("focus")),
        thumbnail=_source(call.params, "thumbnail"),
    )
    return _answer(call, changed, processing=200)


@endpoint("DELETE", "/api/v1/media/{id:str}", scope="write:media")
async def delete(call: Call) -> dict[str, object]:
    """Delete a medium that no status has."""
    await media.delete(call.network, call.person.account_id, call.path_id())
    return {}


async def _uploaded(call: Call) -> MediaAttachment:
    source = _source(call.params, "file")
    if source is None:
        raise Invalid("File can't be blank", field="file", code="ERR_BLANK")
    return await media.upload(
        call.network,
        call.person.account_id,
        source,
        description=call.params.text("description"),
        focus=focus_of(call.params.text("focus")) or (0.0, 0.0),
        thumbnail=_source(call.params, "thumbnail"),
    )


def _source(params: Params, name: str) -> Source | None:
    file = params.file(name)
    return None if file is None else _pieces(file)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE):
        yield piece


def _answer(call: Call, row: MediaAttachment, *, processing: int) -> Reply:
    waits = row.state == MediaState.PROCESSING
    return Reply(media_entity(call.network, row), status=processing if waits else 200)


HANDLERS = [upload, upload_v1, show, update, delete]
