"""How a person wants to write and to read, the same in every app."""

from typing import Any

import msgspec

from noi.db import locks, users
from noi.db.database import Transaction
from noi.models.accounts import User
from noi.models.errors import Invalid, NotFound
from noi.services.network import Network

EXPAND_MEDIA = ("default", "show_all", "hide_all")


class Preferences(msgspec.Struct, frozen=True):
    """Defaults of new statuses, and what is opened or played while reading."""

    visibility: str
    sensitive: bool
    language: str
    expand_media: str
    expand_spoilers: bool
    autoplay_gifs: bool


class _Reading(msgspec.Struct):
    """The part of `users.preferences` that is about reading."""

    expand_media: str = "default"
    expand_spoilers: bool = False
    autoplay_gifs: bool = False


async def get(network: Network, account_id: int) -> Preferences:
    """The preferences of a local account; raises NotFound."""
    user = await users.get(network.db, account_id)
    if user is None:
        raise NotFound
    return _preferences(user)


async def set_reading(
    network: Network,
    account_id: int,
    *,
    expand_media: str,
    expand_spoilers: bool,
    autoplay_gifs: bool,
) -> None:
    """Set what is opened or played while reading; raises NotFound and Invalid."""
    if expand_media not in EXPAND_MEDIA:
        raise Invalid("Not a way to show media", field="expand_media", code="ERR_INCLUSION")

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        user = await users.get(tx, account_id)
        if user is None:
            raise NotFound
        stored: dict[str, Any] = msgspec.json.decode(user.preferences, type=dict[str, Any])
        stored |= msgspec.structs.asdict(_Reading(expand_media, expand_spoilers, autoplay_gifs))
        encoded = msgspec.json.encode(stored).decode()
        await users.update_preferences(tx, account_id, {"preferences": encoded})

    await network.db.transaction(work)


def _preferences(user: User) -> Preferences:
    reading = msgspec.json.decode(user.preferences, type=_Reading)
    return Preferences(
        user.default_visibility,
        user.default_sensitive,
        user.default_language,
        reading.expand_media,
        reading.expand_spoilers,
        reading.autoplay_gifs,
    )
