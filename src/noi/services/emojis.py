"""The network's own custom emojis."""

import re

from noi.db import emojis as table
from noi.db import live
from noi.db.database import Duplicate, Transaction
from noi.media.results import Purpose
from noi.models.accounts import Role, Viewer
from noi.models.errors import Forbidden, Invalid, NotFound, too_long
from noi.models.live import LiveEvent, LiveKind
from noi.models.statuses import CustomEmoji
from noi.services import pictures
from noi.services.incoming import Source
from noi.services.network import Network

MAX_CATEGORY = 60
_SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,64}")


async def fetch_all(network: Network) -> list[CustomEmoji]:
    """The emojis in use, by category and name."""
    return await table.local(network.db)


async def fetch_with_disabled(network: Network, actor: Viewer) -> list[tuple[CustomEmoji, bool]]:
    """All of them, each with whether it is disabled, for the staff."""
    _check_actor(actor)
    return await table.all_local(network.db)


async def create(
    network: Network, actor: Viewer | None, shortcode: str, source: Source, category: str = ""
) -> CustomEmoji:
    """Add an emoji from a picture.

    Raises Forbidden below admin, Invalid for the name or the picture, TooLarge, Unavailable.
    """
    _check_actor(actor)
    category = _checked_category(category)
    if not _SHORTCODE.fullmatch(shortcode):
        raise Invalid("Use 2 to 64 letters, digits and _", field="shortcode")
    picture = await pictures.store(network, source, Purpose.EMOJI, "emojis")
    emoji = CustomEmoji(
        id=network.ids.next(),
        shortcode=shortcode,
        domain="",
        image=picture.file,
        image_static=picture.static,
        category=category,
        visible=True,
    )
    try:
        await network.db.transaction(lambda tx: table.insert(tx, emoji))
    except Duplicate:
        await pictures.discard(network, picture.file, picture.static)
        raise Invalid("This name is taken", field="shortcode", code="ERR_TAKEN") from None
    return emoji


async def update(
    network: Network,
    actor: Viewer | None,
    emoji_id: int,
    *,
    category: str,
    visible: bool,
    disabled: bool,
) -> None:
    """Sort, hide from the picker or disable an emoji; old posts show a disabled one as text.

    Every process is told to let go of the bytes that it keeps. Raises Forbidden, NotFound.
    """
    _check_actor(actor)
    category = _checked_category(category)

    async def work(tx: Transaction) -> None:
        changed = await table.update(
            tx, emoji_id, category=category, visible=visible, disabled=disabled
        )
        if not changed:
            raise NotFound
        await live.publish(tx, LiveEvent(LiveKind.SETTINGS))

    await network.db.transaction(work)


def _check_actor(actor: Viewer | None) -> None:
    if actor is not None and actor.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only the owner and admins may change the emojis")


def _checked_category(category: str) -> str:
    category = " ".join(category.split())
    if len(category) > MAX_CATEGORY:
        raise too_long("category", MAX_CATEGORY)
    return category
