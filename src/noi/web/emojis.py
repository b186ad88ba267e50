"""The network's own emojis, for those who run it."""

from collections.abc import AsyncIterator

import msgspec
from litestar.datastructures import UploadFile

from noi.models.errors import Invalid, NotFound
from noi.pages.base import page
from noi.pages.visits import Answer, Visit
from noi.services import emojis
from noi.ui.cards import Form

_BODY_LIMIT = 4 * 1024 * 1024
_PIECE = 64 * 1024


class EmojiLine(msgspec.Struct):
    """An emoji as the page lists it."""

    id: int
    shortcode: str
    category: str
    url: str
    disabled: bool


@page("GET", "/owner/emojis", access="admin")
async def index(visit: Visit) -> Answer:
    """All of them, and a form for another."""
    return await _page(visit, Form())


async def _page(visit: Visit, form: Form) -> Answer:
    rows = await emojis.fetch_with_disabled(visit.network, visit.person)
    lines = [
        EmojiLine(
            emoji.id,
            emoji.shortcode,
            emoji.category,
            visit.network.storage.url(emoji.image_static),
            disabled,
        )
        for emoji, disabled in rows
    ]
    code = 422 if form.errors else 200
    return await visit.render("owner/emojis.html", code=code, form=form, emojis=lines)


@page("POST", "/owner/emojis", access="admin", body_limit=_BODY_LIMIT)
async def add(visit: Visit) -> Answer:
    """Add one from a picture."""
    file = visit.file("picture")
    try:
        if file is None:
            raise Invalid("Choose a picture", field="picture", code="ERR_BLANK")
        name = visit.text("shortcode").strip(":")
        category = visit.text("category")
        await emojis.create(visit.network, visit.person, name, _pieces(file), category)
    except Invalid as error:
        return await _page(visit, visit.typed(error))
    return visit.redirect("/owner/emojis")


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(_PIECE):
        yield piece


@page("POST", "/owner/emojis/{id:str}/{verb:str}", access="admin")
async def change(visit: Visit) -> Answer:
    """Switch one on or off."""
    emoji_id = visit.path_id()
    rows = await emojis.fetch_with_disabled(visit.network, visit.person)
    found = next((emoji for emoji, _ in rows if emoji.id == emoji_id), None)
    if found is None:
        raise NotFound
    await emojis.update(
        visit.network,
        visit.person,
        emoji_id,
        category=found.category,
        visible=found.visible,
        disabled=visit.request.path_params["verb"] == "disable",
    )
    return visit.redirect("/owner/emojis")


HANDLERS = [index, add, change]
