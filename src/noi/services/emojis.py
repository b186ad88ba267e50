"""The network's own custom emojis."""

import asyncio
import re
import tempfile
from pathlib import Path

from noi.db import emojis as table
from noi.db.database import Duplicate, Transaction
from noi.media.process import process_picture
from noi.media.results import Picture, Purpose
from noi.media.sniff import HEAD_BYTES, Family, FileType, sniff
from noi.media.storage import new_key
from noi.models.accounts import Role, Viewer
from noi.models.errors import Forbidden, Invalid, NotFound, TooLarge
from noi.models.statuses import CustomEmoji
from noi.services.network import Network

MAX_BYTES = 1024 * 1024
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
    network: Network, actor: Viewer | None, shortcode: str, source: Path, category: str = ""
) -> CustomEmoji:
    """Add an emoji from a picture file of at most 1 MiB.

    Raises Forbidden below admin, Invalid for the name or the picture, TooLarge.
    """
    _check_actor(actor)
    category = _checked_category(category)
    if not _SHORTCODE.fullmatch(shortcode):
        raise Invalid("Use 2 to 64 letters, digits and _", field="shortcode")
    path, kind = await asyncio.to_thread(_checked_picture, source)
    with tempfile.TemporaryDirectory(prefix="noi-emoji-") as name:
        folder = Path(name)
        picture = await process_picture(path, kind, folder, Purpose.EMOJI)
        image, image_static = await _store(network, picture, folder)
    emoji = CustomEmoji(
        id=network.ids.next(),
        shortcode=shortcode,
        domain="",
        image=image,
        image_static=image_static,
        category=category,
        visible=True,
    )
    try:
        await network.db.transaction(lambda tx: table.insert(tx, emoji))
    except Duplicate:
        for key in {image, image_static}:
            await network.storage.delete(key)
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
    """Sort, hide from the picker or disable an emoji; old posts show a disabled one as text."""
    _check_actor(actor)
    category = _checked_category(category)

    async def work(tx: Transaction) -> None:
        changed = await table.update(
            tx, emoji_id, category=category, visible=visible, disabled=disabled
        )
        if not changed:
            raise NotFound

    await network.db.transaction(work)


def _check_actor(actor: Viewer | None) -> None:
    if actor is not None and actor.role.rank < Role.ADMIN.rank:
        raise Forbidden("Only the owner and admins may change the emojis")


def _checked_category(category: str) -> str:
    category = " ".join(category.split())
    if len(category) > MAX_CATEGORY:
        raise Invalid(
            "At most {limit} characters", field="category", code="ERR_TOO_LONG", limit=MAX_CATEGORY
        )
    return category


def _checked_picture(source: Path) -> tuple[Path, FileType]:
    if source.stat().st_size > MAX_BYTES:
        raise TooLarge("An emoji has at most {limit} KiB", limit=MAX_BYTES // 1024)
    with source.open("rb") as file:
        kind = sniff(file.read(HEAD_BYTES))
    if kind is None or kind.family != Family.PICTURE:
        raise Invalid("This is not a picture", field="image")
    return source.absolute(), kind


async def _store(network: Network, picture: Picture, folder: Path) -> tuple[str, str]:
    keys: dict[str, str] = {}
    for file in picture.files:
        keys[file.role] = new_key("emojis", file.extension)
        await network.storage.put_file(folder / file.name, keys[file.role])
    image = keys[picture.files[0].role]
    return image, keys.get("static", image)
