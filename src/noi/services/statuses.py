"""Write, edit and delete statuses. Each is one transaction; what follows from it is jobs."""

import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from noi.db import (
    accounts,
    conversations,
    featured_tags,
    jobs,
    live,
    mentions,
    pins,
    polls,
    statuses,
    tags,
    timelines,
)
from noi.db import media as media_rows
from noi.db.database import Transaction
from noi.models.accounts import Account
from noi.models.composition import Composition, MediaChange
from noi.models.errors import Conflict, NotFound
from noi.models.ids import now_ms
from noi.models.jobs import (
    AnnounceEdit,
    CleanDeletedStatus,
    ClosePoll,
    DistributeStatus,
    FetchCard,
    IndexStatus,
    Notify,
)
from noi.models.live import LiveEvent, LiveKind
from noi.models.statuses import ContentType, Poll, Status, StatusEdit, StatusView, Visibility
from noi.services import views
from noi.services.composing import Composed, compose
from noi.services.network import Network
from noi.text.hashtags import family_key, tag_key


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
    author = await accounts.get(network.db, author_id)
    if author is None:
        raise NotFound
    status = _new_status(network, author, composed, app_id)

    async def work(tx: Transaction) -> int:
        if key_hash and not await statuses.claim_key(tx, author_id, key_hash, status_id=status.id):
            made = await statuses.made_before(tx, author_id, key_hash)
            if made is None or made[0] is None:
                raise Conflict("This idempotency key has made something else")
            return made[0]
        if also is not None:
            await also(tx)
        await _insert(tx, network, status, composed)
        return status.id

    return await _shown(network, await network.db.transaction(work))


async def _shown(network: Network, status_id: int) -> StatusView:
    view = await views.load_one(network, status_id)
    if view is None:
        raise NotFound
    return view


def _new_status(
    network: Network, author: Account, composed: Composed, app_id: int | None
) -> Status:
    id_ = network.ids.next()
    parent, composition = composed.parent, composed.composition
    origin = network.settings.origin
    return Status(
        id=id_,
        account_id=author.id,
        uri=f"{origin}/users/{author.username}/statuses/{id_}",
        url=f"{origin}/@{author.username}/{id_}",
        visibility=composed.visibility,
        local_only=composition.local_only,
        group_id=None,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_account_id=parent.account_id if parent else None,
        reblog_of_id=None,
        reblog_of_account_id=None,
        quote_of_id=None,
        conversation_id=parent.conversation_id if parent else network.ids.next(),
        text=composition.text,
        content_type=ContentType(composition.content_type),
        content=composed.formatted.html,
        spoiler_text=composition.spoiler_text,
        sensitive=composed.sensitive,
        language=composed.language,
        emojis=msgspec.json.encode(composed.emojis).decode(),
        poll_id=network.ids.next() if composition.poll else None,
        card_id=None,
        has_media=bool(composed.media),
        has_mentions=bool(composed.formatted.mentions),
        has_tags=bool(composed.formatted.tags),
        app_id=app_id,
        created_at=now_ms(),
        edited_at=None,
        deleted_at=None,
        hidden_at=None,
        replies_count=0,
        reblogs_count=0,
        favourites_count=0,
        quotes_count=0,
        revision=1,
    )


async def _insert(tx: Transaction, network: Network, status: Status, composed: Composed) -> None:
    if composed.parent is None:
        await statuses.start_conversation(tx, status.conversation_id)
    elif not await statuses.count(tx, composed.parent.id, "replies_count", 1):
        raise NotFound("The post you answer is no longer there")
    await statuses.insert(tx, status, local=True)
    named = [target.id for target in composed.formatted.mentions]
    await mentions.insert(tx, status.id, named)
    await _attach_tags(tx, network, status, composed.formatted.tags)
    await _attach_media(tx, status.id, composed)
    await _insert_poll(tx, status, composed.composition)
    await timelines.insert(tx, status.account_id, status.id)
    for account_id in named:
        await jobs.enqueue(tx, Notify(account_id, "mention", status.account_id, status.id))
    if status.visibility == Visibility.DIRECT:
        await _join_conversation(tx, network, status, named)
    await jobs.enqueue(tx, DistributeStatus(status.id))
    await jobs.enqueue(tx, IndexStatus(status.id))
    await _fetch_card(tx, status, composed)


async def _attach_tags(tx: Transaction, network: Network, status: Status, names: list[str]) -> None:
    # In the order of keys, so that two posts at once never wait for each other in a circle.
    for position, name in sorted(enumerate(names), key=lambda place: tag_key(place[1])):
        tag = await tags.ensure(
            tx, network.ids.next(), key=tag_key(name), family=family_key(name), name=name
        )
        await tags.attach(tx, status.id, tag, spelling=name, position=position)
    await featured_tags.count_status(tx, status, 1)


async def _change_tags(
    tx: Transaction, network: Network, before: Status, changed: Status, names: list[str]
) -> None:
    wanted = {tag_key(name): name for name in reversed(names)}
    # Old and new ones are locked in one order, as a new post locks its tags.
    for key in sorted({*wanted, *await tags.keys_of(tx, before.id)}):
        if name := wanted.get(key):
            new_id = network.ids.next()
            await tags.ensure(tx, new_id, key=key, family=family_key(name), name=name)
        await tags.lock(tx, key)
    await featured_tags.count_status(tx, before, -1)
    await tags.detach_all(tx, before.id)
    await _attach_tags(tx, network, changed, names)


async def _attach_media(tx: Transaction, status_id: int, composed: Composed) -> None:
    for position, attachment in enumerate(composed.media):
        if not await media_rows.attach(tx, attachment.id, status_id, position):
            raise Conflict("An attachment was used by another post just now")


async def _insert_poll(tx: Transaction, status: Status, composition: Composition) -> None:
    if composition.poll is None or status.poll_id is None:
        return
    new = composition.poll
    expires_at = now_ms() + new.expires_in * 1000
    poll = Poll(
        id=status.poll_id,
        status_id=status.id,
        account_id=status.account_id,
        expires_at=expires_at,
        multiple=new.multiple,
        hide_totals=new.hide_totals,
        votes_count=0,
        voters_count=0,
        closed_at=None,
    )
    await polls.insert(tx, poll, [option.strip() for option in new.options])
    await jobs.enqueue(tx, ClosePoll(poll.id), run_at=expires_at)


async def _join_conversation(
    tx: Transaction, network: Network, status: Status, named: list[int]
) -> None:
    everyone = list(dict.fromkeys([status.account_id, *named]))
    # In the order of ids, so that two answers at once never wait for each other in a circle.
    for account_id in sorted(everyone):
        others = [other for other in everyone if other != account_id]
        await conversations.put(
            tx,
            network.ids.next(),
            account_id,
            conversation_id=status.conversation_id,
            participants=others,
            status_id=status.id,
            unread=account_id != status.account_id,
        )


async def _fetch_card(tx: Transaction, status: Status, composed: Composed) -> None:
    if composed.formatted.links and not composed.media and not status.spoiler_text:
        await jobs.enqueue(tx, FetchCard(status.id, composed.formatted.links[0]))


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
    already = {mention.account_id for mention in await mentions.of_statuses(tx, [current.id])}
    await mentions.silence(tx, current.id)
    named = [target.id for target in formatted.mentions]
    await mentions.insert(tx, current.id, named)
    await _change_tags(tx, network, current, changed, formatted.tags)
    await media_rows.detach_all(tx, current.id)
    await _attach_media(tx, current.id, composed)
    for change in media_changes:
        await media_rows.describe(tx, change.media_id, current.id, change)
    for account_id in named:
        if account_id not in already:
            await jobs.enqueue(tx, Notify(account_id, "mention", current.account_id, current.id))
    await jobs.enqueue(tx, AnnounceEdit(current.id))
    await jobs.enqueue(tx, IndexStatus(current.id))
    await _fetch_card(tx, changed, composed)


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
    await _insert_poll(tx, fresh, composition)
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
    await accounts.add_counts(tx, status.account_id, statuses=-1)
    await featured_tags.count_status(tx, status, -1)
    await pins.delete(tx, status.account_id, status.id)
    await live.publish(tx, LiveEvent(LiveKind.STATUS_DELETE, status.id, status.account_id))
    await jobs.enqueue(tx, CleanDeletedStatus(status.id))
    await jobs.enqueue(tx, IndexStatus(status.id))
    return True


async def history(
    network: Network, viewer_id: int, status_id: int
) -> tuple[Status, list[StatusEdit]]:
    """A status as it is now and its earlier versions, oldest first; raises NotFound."""
    status = await statuses.get_visible(network.db, status_id, viewer_id)
    if status is None:
        raise NotFound
    return status, await statuses.edits(network.db, status_id)
