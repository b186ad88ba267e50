"""The two pictures of a profile: processed outside this process, stored under fresh names."""

import tempfile
from pathlib import Path

import msgspec

from noi.media.process import process_picture
from noi.media.results import Picture, PictureFile, Purpose
from noi.media.sniff import HEAD_BYTES, Family, sniff
from noi.media.storage import new_key
from noi.models.errors import Invalid, TooLarge
from noi.services.network import Network

MAX_BYTES = 8 * 1024 * 1024


class Portrait(msgspec.Struct, frozen=True):
    """Storage keys: `static` does not move, and is `key` itself unless that one does."""

    key: str = ""
    static: str = ""


async def store(network: Network, data: bytes, purpose: Purpose) -> Portrait:
    """Make an avatar or header of an uploaded picture; raises Invalid, TooLarge, Unavailable."""
    field = purpose.value
    if len(data) > MAX_BYTES:
        raise TooLarge("A picture has at most {limit} MB", limit=MAX_BYTES // 1024 // 1024)
    kind = sniff(data[:HEAD_BYTES])
    if kind is None or kind.family is not Family.PICTURE:
        raise Invalid("This file is not a picture that can be used here", field=field)
    with tempfile.TemporaryDirectory(prefix="noi-portrait-") as name:
        folder = Path(name)
        source = folder / f"upload{kind.extension}"
        source.write_bytes(data)
        (folder / "out").mkdir()
        try:
            picture = await process_picture(source, kind, folder / "out", purpose)
        except Invalid as error:
            raise Invalid(error.message, field=field) from None
        return await _store_files(network, picture, folder / "out", f"{field}s")


async def forget(network: Network, *keys: str) -> None:
    """Remove the files of pictures that are no longer shown."""
    for key in {key for key in keys if key}:
        await network.storage.delete(key)


async def _store_files(network: Network, picture: Picture, folder: Path, prefix: str) -> Portrait:
    key = await _store_file(network, picture.files[0], folder, prefix)
    static = picture.file("static")
    if static is None:
        return Portrait(key, key)
    return Portrait(key, await _store_file(network, static, folder, prefix))


async def _store_file(network: Network, file: PictureFile, folder: Path, prefix: str) -> str:
    key = new_key(prefix, file.extension)
    await network.storage.put_file(folder / file.name, key)
    return key
