"""Statuses: https://docs.joinmastodon.org/methods/statuses/"""

import msgspec

from noi.api.base import Call, Reply, endpoint, header
from noi.api.compositions import (
    composition_of,
    edited_composition,
    media_changes_of,
    scheduled_time,
)
from noi.api.entities.accounts import account_entities, account_entity
from noi.api.entities.dates import timestamp
from noi.api.entities.media import media_entity
from noi.api.entities.scheduled import scheduled_entity
from noi.api.hot_paths import hot_endpoint
from noi.api.paging import paged
from noi.api.rendering import new_status_json, status_json, status_parts, statuses_json
from noi.models.errors import NotFound
from noi.models.ids import id_time, now_ms
from noi.models.media import MediaAttachment
from noi.models.statuses import StatusEdit
from noi.services import favourites, reblogs, scheduled, statuses, threads, timelines, views
from noi.services.composing import UnexpectedMentions
from noi.services.network import Network


@hot_endpoint("/api/v1/statuses", scope="write:statuses", method="POST")
async def create(call: Call) -> Reply:
    """Post, or with `scheduled_at` schedule."""
    began = now_ms()
    composition = composition_of(call.params)
    key = (header(call.request.scope["headers"], b"idempotency-key") or "")[:500]
    at = scheduled_time(call.params)
    if at is not None:
        made = await scheduled.schedule(
            call.network,
            call.person.account_id,
            composition,
            at,
            app_id=call.app_id,
            idempotency_key=key,
        )
        return Reply(await scheduled_entity(call.network, made))
    try:
        view = await statuses.create(
            call.network,
            call.person.account_id,
            composition,
            app_id=call.app_id,
            idempotency_key=key,
        )
    except UnexpectedMentions as error:
        unexpected = [account_entity(call.network, account, []) for account in error.accounts]
        return Reply({"error": str(error), "unexpected_accounts": unexpected}, status=422)
    # What a repeated key has made may have marks by now; a reply's conversation may be muted; what
    # is quoted has marks of its own.
    status = view.status
    if id_time(status.id) < began or status.in_reply_to_id or status.quote_of_id:
        return Reply(await status_json(call.network, call.viewer, view.status.id))
    return Reply(new_status_json(call.network, call.person, view))


@endpoint("GET", "/api/v1/statuses", scope="read:statuses", access="public")
async def many(call: Call) -> Reply:
    """Several statuses by id."""
    ids = [*call.params.ids("id", most=40), *call.params.ids("ids", most=40)]
    refs = await timelines.by_ids(call.network, call.viewer_id, ids)
    return Reply(await statuses_json(call.network, call.viewer, refs, "thread"))


@endpoint("GET", "/api/v1/statuses/{id:str}", scope="read:statuses", access="public")
async def show(call: Call) -> Reply:
    """One status."""
    return Reply(await status_json(call.network, call.viewer, call.path_id()))


@endpoint(["PUT", "PATCH"], "/api/v1/statuses/{id:str}", scope="write:statuses")
async def update(call: Call) -> Reply:
    """Edit one's own status."""
    status_id, account_id = call.path_id(), call.person.account_id
    await statuses.own(call.network, account_id, status_id)
    before = await views.load_one(call.network, status_id)
    if before is None:
        raise NotFound
    composition = edited_composition(call.params, before)
    changes = media_changes_of(call.params)
    await statuses.edit(call.network, account_id, status_id, composition, changes)
    return Reply(await status_json(call.network, call.viewer, status_id))


@endpoint("DELETE", "/api/v1/statuses/{id:str}", scope="write:statuses")
async def delete(call: Call) -> Reply:
    """Delete one's own status; the answer holds its source, to write it anew."""
    status_id = call.path_id()
    own = await statuses.own(call.network, call.person.account_id, status_id)
    shown = await status_json(call.network, call.viewer, status_id)
    keep = not call.params.flag("delete_media")
    await statuses.delete(call.network, call.person.account_id, status_id, keep_media=keep)
    source = msgspec.json.encode({"text": own.text, "content_type": own.content_type})
    return Reply(shown[:-1] + b"," + source[1:])


@endpoint("GET", "/api/v1/statuses/{id:str}/context", scope="read:statuses", access="public")
async def context(call: Call) -> Reply:
    """What a status answers, and what answers it."""
    up, down = await threads.context(call.network, call.viewer_id, call.path_id())
    parts = await status_parts(call.network, call.viewer, [*up, *down], "thread")
    ancestors = b",".join(part for part in parts[: len(up)] if part)
    descendants = b",".join(part for part in parts[len(up) :] if part)
    return Reply(b'{"ancestors":[' + ancestors + b'],"descendants":[' + descendants + b"]}")


@endpoint("GET", "/api/v1/statuses/{id:str}/history", scope="read:statuses", access="public")
async def history(call: Call) -> object:
    """All versions of a status, the first one first."""
    status, edits = await statuses.history(call.network, call.viewer_id, call.path_id())
    view = await views.load_one(call.network, status.id)
    if view is None:
        return []
    author = account_entity(call.network, view.account, view.account_emojis)
    options = [option.title for option in view.poll.options] if view.poll else []
    current = StatusEdit(
        id=0,
        status_id=status.id,
        text=status.text,
        content=status.content,
        spoiler_text=status.spoiler_text,
        sensitive=status.sensitive,
        media=msgspec.json.encode(view.media).decode(),
        poll_options=msgspec.json.encode(options).decode(),
        created_at=status.edited_at or status.created_at,
    )
    quote = None
    if view.quote is not None:
        shown = await status_json(call.network, call.viewer, status.id)
        quote = msgspec.json.decode(shown)["quote"]
    return [_edit(call.network, edit, author, quote) for edit in [*edits, current]]


def _edit(network: Network, edit: StatusEdit, author: object, quote: object) -> dict[str, object]:
    """https://docs.joinmastodon.org/entities/StatusEdit/"""
    options = msgspec.json.decode(edit.poll_options, type=list[str])
    attachments = msgspec.json.decode(edit.media, type=list[MediaAttachment])
    entity: dict[str, object] = {
        "content": edit.content,
        "spoiler_text": edit.spoiler_text,
        "sensitive": edit.sensitive,
        "created_at": timestamp(edit.created_at),
        "account": author,
        "media_attachments": [media_entity(network, media) for media in attachments],
        "emojis": [],
        "quote": quote,
    }
    if options:
        entity["poll"] = {"options": [{"title": title} for title in options]}
    return entity


@endpoint("GET", "/api/v1/statuses/{id:str}/source", scope="read:statuses")
async def source(call: Call) -> object:
    """What the author typed, for editing."""
    own = await statuses.own(call.network, call.person.account_id, call.path_id())
    return {
        "id": str(own.id),
        "text": own.text,
        "spoiler_text": own.spoiler_text,
        "content_type": own.content_type,
    }


@endpoint("GET", "/api/v1/statuses/{id:str}/card", scope="read:statuses", access="public")
async def card(call: Call) -> Reply:
    """The preview card alone, for apps that still ask for it."""
    shown = msgspec.json.decode(await status_json(call.network, call.viewer, call.path_id()))
    return Reply(shown["card"] or {})


@endpoint("GET", "/api/v1/statuses/{id:str}/reblogged_by", scope="read:statuses", access="public")
async def reblogged_by(call: Call) -> Reply:
    """Who reblogged a status."""
    page = call.params.page(40, 80)
    lines = await reblogs.reblogged_by(call.network, call.viewer_id, call.path_id(), page)
    body = await account_entities(call.network, [line.id for line in lines])
    return paged(call, page, [line.page_id for line in lines], body)


@endpoint("GET", "/api/v1/statuses/{id:str}/favourited_by", scope="read:statuses", access="public")
async def favourited_by(call: Call) -> Reply:
    """Who favourited a status."""
    page = call.params.page(40, 80)
    lines = await favourites.favourited_by(call.network, call.viewer_id, call.path_id(), page)
    body = await account_entities(call.network, [line.id for line in lines])
    return paged(call, page, [line.page_id for line in lines], body)


HANDLERS = [
    create,
    many,
    show,
    update,
    delete,
    context,
    history,
    source,
    card,
    reblogged_by,
    favourited_by,
]
