"""From the composer's form to a Composition, and back."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from litestar.datastructures import UploadFile

from noi.models.composition import Composition, MediaChange, NewPoll
from noi.models.errors import Invalid, NoiError
from noi.models.ids import now_ms
from noi.models.media import MediaAttachment, MediaState
from noi.models.statuses import StatusView
from noi.pages.languages import LANGUAGES
from noi.pages.visits import Answer, Visit, number
from noi.services import media
from noi.services.composing import MAX_MEDIA, MAX_POLL_OPTIONS
from noi.services.preferences import quote_policy_of
from noi.ui.cards import Form, MediaCard
from noi.web.feeds import media_card

# How long the browser waits for pictures to be processed before the form comes back with them.
_PATIENCE_SECONDS = 20
_CHUNK = 256 * 1024
_POLL_SECONDS = 86_400
# What services call the fields of the form.
_FIELDS = {"status": "text", "media_ids": "media", "file": "media", "description": "media"}


class Attached(msgspec.Struct):
    """What a form's attachments have become: their ids, and new descriptions of earlier ones."""

    ids: list[int]
    changes: list[MediaChange]


async def attachments(visit: Visit) -> Attached:
    """Take in the files of the form, beside those it already had. Raises Invalid, TooLarge."""
    removed = set(visit.texts("remove_media"))
    kept = [text for text in visit.texts("media_id") if text not in removed]
    ids = [id_ for text in kept if (id_ := number(text)) is not None]
    changes = [MediaChange(id_, visit.text(f"alt_{id_}")) for id_ in ids]
    for n in range(MAX_MEDIA):
        file = visit.file(f"file_{n}")
        if file is not None:
            alt = visit.text(f"file_alt_{n}")
            row = await media.upload(visit.network, visit.viewer_id, _pieces(file), description=alt)
            ids.append(row.id)
    return Attached(ids, changes)


async def _pieces(file: UploadFile) -> AsyncGenerator[bytes]:
    while piece := await file.read(_CHUNK):
        yield piece


async def describe(visit: Visit, attached: Attached) -> None:
    """Give the attachments that no status has yet their new descriptions."""
    for change in attached.changes:
        await media.update(
            visit.network, visit.viewer_id, change.media_id, description=change.description
        )


async def wait_until_ready(visit: Visit, ids: list[int]) -> None:
    """Wait for the worker to process pictures; raises Invalid when it takes too long."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            waiting = ids
            while waiting:
                states = [(id_, await _state(visit, id_)) for id_ in waiting]
                waiting = [id_ for id_, state in states if state is MediaState.PROCESSING]
                await asyncio.sleep(0.1 if waiting else 0)
    except TimeoutError:
        raise Invalid(
            "Your files are still being prepared. Please press the button again in a moment.",
            field="media",
        ) from None


async def _state(visit: Visit, media_id: int) -> MediaState:
    return (await media.get(visit.network, visit.viewer_id, media_id)).state


def composition(visit: Visit, ids: list[int], poll: NewPoll | None) -> Composition:
    """What the form asks to be posted."""
    return Composition(
        text=visit.text("text"),
        visibility=visit.text("visibility"),
        local_only=visit.flag("local_only"),
        spoiler_text=visit.text("spoiler_text"),
        sensitive=visit.flag("sensitive"),
        language=visit.text("language"),
        in_reply_to_id=number(visit.text("in_reply_to_id")),
        quoted_status_id=number(visit.text("quoted_status_id")),
        quote_policy=visit.text("quote_policy"),
        media_ids=ids,
        poll=poll,
    )


def poll(visit: Visit) -> NewPoll | None:
    """The poll of the form, if any choice was filled in."""
    options = [visit.text(f"poll_{n}") for n in range(MAX_POLL_OPTIONS)]
    options = [option for option in options if option]
    if not options:
        return None
    seconds = (number(visit.text("poll_ends")) or 0) // 1000 or _POLL_SECONDS
    return NewPoll(options, seconds, multiple=visit.flag("poll_multiple"))


def publication_time(visit: Visit) -> int | None:
    """The moment a status is scheduled for, in ms; raises Invalid for what is no time."""
    text = visit.text("scheduled_at")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(visit.zone))
    except ValueError:
        raise Invalid("This is not a date", field="scheduled_at") from None
    return int(at.timestamp() * 1000)


def values_of(visit: Visit, written: Composition) -> dict[str, str]:
    """A Composition as the form shows it."""
    values = {
        "text": written.text,
        "visibility": written.visibility or visit.mine.user.default_visibility,
        "spoiler_text": written.spoiler_text,
        "sensitive": "1" if written.sensitive else "",
        "language": written.language or visit.mine.user.default_language or visit.locale,
        "local_only": "1" if written.local_only else "",
        "in_reply_to_id": str(written.in_reply_to_id or ""),
        "quoted_status_id": str(written.quoted_status_id or ""),
        "quote_policy": written.quote_policy or quote_policy_of(visit.mine.user),
        "idempotency_key": f"{visit.network.ids.next():x}",
    }
    if written.poll is not None:
        values |= {f"poll_{n}": option for n, option in enumerate(written.poll.options)}
        values["poll_multiple"] = "1" if written.poll.multiple else ""
        values["poll_ends"] = str(written.poll.expires_in * 1000)
    return values


def written(view: StatusView) -> Composition:
    """What a status was made from."""
    status, options = view.status, None
    if view.poll is not None:
        ends = view.poll.poll.expires_at or 0
        options = NewPoll(
            [option.title for option in view.poll.options],
            max(300, (ends - now_ms()) // 1000),
            multiple=view.poll.poll.multiple,
        )
    return Composition(
        text=status.text,
        visibility=status.visibility.api_name,
        local_only=status.local_only,
        spoiler_text=status.spoiler_text,
        sensitive=status.sensitive,
        language=status.language,
        in_reply_to_id=status.in_reply_to_id,
        quoted_status_id=status.quote_of_id,
        quote_policy=status.interaction_policy or "public",
        media_ids=[attachment.id for attachment in view.media],
        poll=options,
    )


async def own_media(visit: Visit, ids: list[int]) -> list[MediaCard]:
    """Attachments of a form that is shown again; those that are gone are left out."""
    rows: list[MediaAttachment] = []
    for id_ in ids:
        try:
            rows.append(await media.get(visit.network, visit.viewer_id, id_))
        except NoiError:
            continue
    return [media_card(visit.network, row) for row in rows]


async def shown(
    visit: Visit,
    title: str,
    form: Form,
    *,
    action: str = "/statuses",
    attached: list[MediaCard] | None = None,
    editing: bool = False,
    reply_to: object = None,
    quoted: object = None,
    warning: str = "",
    back: str = "/",
) -> Answer:
    """The composer's page."""
    return await visit.render(
        "compose.html",
        code=422 if form.errors else 200,
        title=title,
        form=form,
        action=action,
        attached=attached or [],
        editing=editing,
        reply_to=reply_to,
        quoted=quoted,
        warning=warning,
        back=back,
        languages=LANGUAGES,
    )


def typed(visit: Visit, error: NoiError) -> Form:
    """The form as it was sent, errors beside the fields they belong to."""
    form = visit.typed(error)
    form.errors = {_FIELDS.get(field, field): text for field, text in form.errors.items()}
    fields = {"text", "media", "poll", "scheduled_at", ""}
    form.errors = {name if name in fields else "": text for name, text in form.errors.items()}
    return form
