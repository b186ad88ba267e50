"""The two pictures of a profile: an uploaded picture is stored under fresh names."""

import msgspec

from noi.media.results import Purpose
from noi.models.errors import Invalid, TooLarge
from noi.services import pictures
from noi.services.incoming import whole
from noi.services.network import Network

MAX_BYTES = 8 * 1024 * 1024


class Portrait(msgspec.Struct, frozen=True):
    """Storage keys: `static` does not move, and is `key` itself unless that one does."""

    key: str = ""
    static: str = ""


async def store(network: Network, data: bytes, purpose: Purpose) -> Portrait:
    """Make an avatar or header of an uploaded picture; raises Invalid, TooLarge, Unavailable."""
    if len(data) > MAX_BYTES:
        raise TooLarge("A picture has at most {limit} MB", limit=MAX_BYTES // 1024 // 1024)
    try:
        stored = await pictures.store(network, whole(data), purpose, f"{purpose.value}s")
    except Invalid as error:
        raise Invalid(error.message, field=purpose.value) from None
    return Portrait(stored.file, stored.static)


async def forget(network: Network, *keys: str) -> None:
    """Remove the files of pictures that are no longer shown."""
    await pictures.discard(network, *keys)
