"""How a person likes the pages: language, time zone, colours, keys."""

from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from noi.db import locks, users
from noi.db.database import Transaction
from noi.models.accounts import User
from noi.models.errors import Invalid, NotFound
from noi.services.network import Network
from noi.ui.translation import LOCALES

Scheme = Literal["", "light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("", "light", "dark")


class Appearance(msgspec.Struct, frozen=True):
    """The part of `users.preferences` that pages go by; an empty `scheme` is the device's."""

    scheme: str = ""
    shortcuts: bool = True
    expand_media: str = "default"
    expand_spoilers: bool = False


def of_user(user: User) -> Appearance:
    """How this person likes the pages."""
    return msgspec.json.decode(user.preferences or "{}", type=Appearance)


async def update(
    network: Network,
    account_id: int,
    *,
    locale: str,
    time_zone: str,
    scheme: str,
    shortcuts: bool,
) -> None:
    """Set how someone likes the pages; raises Invalid with the field at fault, NotFound."""
    if locale not in LOCALES:
        raise Invalid("There is no language of that code", field="locale")
    if scheme not in SCHEMES:
        raise Invalid("This value cannot be used", field="scheme")
    if not known_zone(time_zone):
        raise Invalid("This is not a time zone", field="time_zone")

    async def work(tx: Transaction) -> None:
        await locks.owner(tx, account_id)
        user = await users.get(tx, account_id)
        if user is None:
            raise NotFound
        stored: dict[str, Any] = msgspec.json.decode(user.preferences, type=dict[str, Any])
        stored |= {"scheme": scheme, "shortcuts": shortcuts}
        changes = {
            "locale": locale,
            "time_zone": time_zone,
            "preferences": msgspec.json.encode(stored).decode(),
        }
        await users.update_preferences(tx, account_id, changes)

    await network.db.transaction(work)


def known_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
