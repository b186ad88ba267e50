"""Single pictures: avatars, headers, emojis, previews. Processed, stored, answered as keys."""

from pathlib import Path

import msgspec

from noi.media.process import process_picture
from noi.media.results import Picture, Purpose
from noi.media.sniff import CONTENT_TYPES, Family, FileType
from noi.media.storage import new_key
from noi.services.incoming import Source, receive
from noi.services.network import Network

_PICTURES = frozenset({Family.PICTURE})


class StoredPicture(msgspec.Struct, frozen=True):
    """A stored picture: `static` is the same file where it does not move."""

    file: str
    static: str
    content_type: str
    size: int
    width: int
    height: int
    blurhash: str


async def store(network: Network, source: Source, purpose: Purpose, prefix: str) -> StoredPicture:
    """Receive, process and store one picture in the folder `prefix`.

    Raises Invalid for what is no picture, TooLarge, Unavailable.
    """
    async with receive(network, source, _PICTURES) as file:
        picture = await process_picture(file.path, file.kind, file.work, purpose)
        return await keep(network, picture, file.work, prefix)


async def keep(network: Network, picture: Picture, folder: Path, prefix: str) -> StoredPicture:
    """Store the files that processing wrote into `folder`."""
    original = picture.files[0]
    key = static_key = new_key(prefix, original.extension)
    await network.storage.put_file(folder / original.name, key)
    if static := picture.file("static"):
        static_key = new_key(prefix, static.extension)
        await network.storage.put_file(folder / static.name, static_key)
    return StoredPicture(
        file=key,
        static=static_key,
        content_type=CONTENT_TYPES[original.extension],
        size=original.size,
        width=original.width,
        height=original.height,
        blurhash=picture.blurhash,
    )


async def discard(network: Network, *keys: str) -> None:
    """Delete stored files that nothing names any more; empty keys are skipped."""
    for key in keys:
        if key:
            await network.storage.delete(key)


def is_picture(kind: FileType) -> bool:
    """Whether a file is processed as a picture."""
    return kind.family is Family.PICTURE
