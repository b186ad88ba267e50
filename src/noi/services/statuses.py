"""Write, edit and delete statuses. Each is one transaction; what follows from it is jobs."""

import hashlib
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

import msgspec

from noi.db import (
    accounts,
    apps,
    featured_tags,
    jobs,
    live,
    mentions,
    pins,
    polls,
    statuses,
    tags,
)
from noi.db import media as media_rows
from noi.db import quotes as quote_rows
from noi.db.database import Database, Transaction
from noi.models.composition import Composition, MediaChange
from noi.models.errors import Conflict, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import (
    AnnounceEdit,
    CleanDeletedStatus,
    IndexStatus,
    Notify,
)
from noi.models.live import LiveEvent, LiveKind
from noi.models.statuses import (
    App,
    ContentType,
    Status,
    StatusEdit,
    StatusView,
)
from noi.services import quotes, status_writing, views
from noi.services.composing import Composed, compose
from noi.services.network import Network
from noi.text.hashtags import family_key, tag_key

_MOST_KNOWN_APPS = 1000
_known_apps: WeakKeyDictionary[Database, dict[int, App]] = WeakKeyDictionary()


async def create(
    network: Network,
    author_id: int,
    composition: Composition,
    *,
    app_id: int | None = None,
    idempotency_key: str = "",
    also: Callable[[Transaction], Awaitable[None]] | None = None,
) -> StatusView:
    """Post a status. A repeated idempotency key within the hour answers the first status.

    `also` is done in the same transaction. Raises Invalid with what is wrong with it, NotFound
    for an unknown parent.
    """
    key_hash = hashlib.sha256(idempotency_key.encode()).digest() if idempotency_key else b""
    if key_hash:
        before = await statuses.made_before(network.db, author_id, key_hash)
        if before is not None and before[0] is not None:
            return await _shown(network, before[0])
    composed = await compose(network, author_id, composition)
    id_ = network.ids.next()

    async def work(tx: Transaction) -> StatusView | int:
        if key_hash and not await statuses.claim_key(tx, author_id, key_hash, status_id=id_):
            made = await statuses.made_before(tx, author_id, key_hash)
            if made is None or made[0] is None:
                raise Conflict("This idempotency key has made something else")
            return made[0]
        if also is not None:
            await also(tx)
        return await status_writing.post(tx, network, id_, author_id, composed, app_id)

    posted = await network.db.transaction(work)
    if isinstance(posted, StatusView) and not _has_more(posted):
        posted.app = await _app(network, app_id)
        return posted
    return await _shown(network, posted if isinstance(posted, int) else id_)


def _has_more(posted: StatusView) -> bool:
    """Whether to a new status belongs what has rows of its own, which are to be read."""
    status = posted.status
    emojis = status.emojis != "[]" or posted.account.emojis != "[]"
    if status.quote_of_id is not None:
        return True
    return emojis or status.has_media or status.poll_id is not None


async def _app(network: Network, app_id: int | None) -> App | None:
    """The app that was posted with. Apps never change, and most post with the same few."""
    if app_id is None:
        return None
    known = _known_apps.setdefault(network.db, {})
    if app_id not in known:
        if len(known) >= _MOST_KNOWN_APPS:
            known.clear()
        known |= await apps.get_many(network.db, [app_id])
    return known.get(app_id)


async def _shown(network: Network, status_id: int) -> StatusView:
    view = await views.load_one(network, status_id)
    if view is None:
        raise NotFound
    return view


async def change_tags(
    tx: Transaction, network: Network, before: Status, changed: Status, names: list[str]
) -> None:
    """Put other hashtags on an edited status."""
    wanted = {tag_key(name): name for name in reversed(names)}
    # Old and new ones are locked in one order, as a new post locks its tags.
    for key in sorted({*wanted, *await tags.keys_of(tx, before.id)}):
        if name := wanted.get(key):
            new_id = network.ids.next()
            await tags.ensure(tx, new_id, key=key, family=family_key(name), name=name)
        await tags.lock(tx, key)
    await featured_tags.count_status(tx, before, -1)
    await tags.detach_all(tx, before.id)
    await status_writing.attach_tags(tx, network, changed, names)


async def edit(
    network: Network,
    author_id: int,
    status_id: int,
    composition: Composition,
    media_changes: list[MediaChange] | None = None,
) -> StatusView:
    """Change one's own status, keeping the earlier version. Visibility and parent stay.

    Raises NotFound for another's, Invalid with what is wrong.
    """
    before = await own(network, author_id, status_id)
    composed = await compose(network, author_id, composition, edits=before)
    earlier = (await views.load(network, [status_id]))[status_id]

    async def work(tx: Transaction) -> None:
        await statuses.touch(tx, status_id)  # two at once wait for each other
        current = await statuses.get(tx, status_id)
        if current is None or current.deleted_at is not None:
            raise NotFound
        if current.edited_at != before.edited_at:
            raise Conflict("The post was edited by another request just now")
        await statuses.insert_edit(tx, _earlier_version(network, earlier))
        await _rewrite(tx, network, current, composed, media_changes or [])

    await network.db.transaction(work)
    return await _shown(network, status_id)


def _earlier_version(network: Network, view: StatusView) -> StatusEdit:
    status = view.status
    options = [option.title for option in view.poll.options] if view.poll else []
    return StatusEdit(
        id=network.ids.next(),
        status_id=status.id,
        text=status.text,
        content=status.content,
        spoiler_text=status.spoiler_text,
        sensitive=status.sensitive,
        media=msgspec.json.encode(view.media).decode(),
        poll_options=msgspec.json.encode(options).decode(),
        created_at=status.edited_at or status.created_at,
    )


async def _rewrite(
    tx: Transaction,
    network: Network,
    current: Status,
    composed: Composed,
    media_changes: list[MediaChange],
) -> None:
    poll_id = await _changed_poll(tx, network, current, composed.composition)
    formatted = composed.formatted
    changed = msgspec.structs.replace(
        current,
        text=composed.composition.text,
        content_type=ContentType(composed.composition.content_type),
        content=formatted.html,
        spoiler_text=composed.composition.spoiler_text,
        sensitive=composed.sensitive,
        language=composed.language,
        emojis=msgspec.json.encode(composed.emojis).decode(),
        poll_id=poll_id,
        card_id=current.card_id if formatted.links else None,
        has_media=bool(composed.media),
        has_mentions=current.has_mentions or bool(formatted.mentions),
        has_tags=bool(formatted.tags),
        edited_at=max(now_ms(), (current.edited_at or current.created_at) + 1),
    )
    await statuses.edit(tx, changed)
    if composed.quote_policy:
        await quote_rows.set_policy(tx, current.id, composed.quote_policy)
    already = {mention.account_id for mention in await mentions.of_statuses(tx, [current.id])}
    await mentions.silence(tx, current.id)
    named = [account.id for account in composed.named]
    await mentions.insert(tx, current.id, named)
    await change_tags(tx, network, current, changed, formatted.tags)
    await media_rows.detach_all(tx, current.id)
    await status_writing.attach_media(tx, current.id, composed)
    for change in media_changes:
        await media_rows.describe(tx, change.media_id, current.id, change)
    notices = [
        Notify(account_id, "mention", current.account_id, current.id)
        for account_id in named
        if account_id not in already
    ]
    follow_ups = [AnnounceEdit(current.id), IndexStatus(current.id)]
    await jobs.enqueue_all(
        tx, [*notices, *follow_ups, *status_writing.card_to_fetch(changed, composed)]
    )


async def _changed_poll(
    tx: Transaction, network: Network, current: Status, composition: Composition
) -> int | None:
    """A poll whose choices stay keeps its votes; any other change begins it anew."""
    new = composition.poll
    if current.poll_id is not None and new is not None:
        kept = (await polls.views(tx, [current.poll_id])).get(current.poll_id)
        titles = [option.strip() for option in new.options]
        if kept and [option.title for option in kept.options] == titles:
            return current.poll_id
    if current.poll_id is not None:
        await polls.delete(tx, current.poll_id)
    if new is None:
        return None
    fresh = msgspec.structs.replace(current, poll_id=network.ids.next())
    await status_writing.insert_poll(tx, fresh, composition)
    return fresh.poll_id


async def own(network: Network, account_id: int, status_id: int) -> Status:
    """One's own status that is not deleted and not a reblog; raises NotFound."""
    status = await statuses.get(network.db, status_id)
    if (
        status is None
        or status.account_id != account_id
        or status.deleted_at is not None
        or status.reblog_of_id is not None
    ):
        raise NotFound
    return status


async def delete(
    network: Network, author_id: int, status_id: int, *, keep_media: bool = False
) -> StatusView:
    """Delete one's own status and answer what it was, for redrafting; raises NotFound.

    With `keep_media` its attachments can be used again for a day.
    """
    await own(network, author_id, status_id)
    view = await _shown(network, status_id)

    async def work(tx: Transaction) -> None:
        if keep_media:
            await media_rows.detach_all(tx, status_id)
        await bury(tx, view.status)

    await network.db.transaction(work)
    return view


async def bury(tx: Transaction, status: Status) -> bool:
    """Make a tombstone of a status, with everything that follows; False where it was one."""
    if not await statuses.bury(tx, status.id):
        return False
    if status.in_reply_to_id is not None:
        await statuses.count(tx, status.in_reply_to_id, "replies_count", -1)
    if status.reblog_of_id is not None:
        await statuses.count(tx, status.reblog_of_id, "reblogs_count", -1)
    await quotes.end(tx, status)
    await accounts.add_counts(tx, status.account_id, statuses=-1)
    await featured_tags.count_status(tx, status, -1)
    await pins.delete(tx, status.account_id, status.id)
    await live.publish(tx, LiveEvent(LiveKind.STATUS_DELETE, status.id, status.account_id))
    await jobs.enqueue_all(tx, [CleanDeletedStatus(status.id), IndexStatus(status.id)])
    return True


async def history(
    network: Network, viewer_id: int, status_id: int
) -> tuple[Status, list[StatusEdit]]:
    """A status as it is now and its earlier versions, oldest first; raises NotFound."""
    status = await statuses.get_visible(network.db, status_id, viewer_id)
    if status is None:
        raise NotFound
    return status, await statuses.edits(network.db, status_id)
