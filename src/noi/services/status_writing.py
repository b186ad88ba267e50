"""What a new or edited status is written into, within the transaction of `services.statuses`."""

import msgspec

from noi.db import conversations, featured_tags, jobs, mentions, polls, statuses, tags, timelines
from noi.db import media as media_rows
from noi.db.database import Transaction
from noi.models.accounts import Account
from noi.models.composition import Composition
from noi.models.errors import Conflict, NotFound, moved_away
from noi.models.ids import now_ms
from noi.models.jobs import ClosePoll, DistributeStatus, FetchCard, IndexStatus, Job, Notify
from noi.models.statuses import (
    ContentType,
    Mention,
    Poll,
    Status,
    StatusTag,
    StatusView,
    Tag,
    Visibility,
)
from noi.services import quotes
from noi.services.composing import Composed
from noi.services.network import Network
from noi.text.hashtags import family_key, tag_key


async def post(
    tx: Transaction,
    network: Network,
    id_: int,
    author_id: int,
    composed: Composed,
    app_id: int | None,
) -> StatusView:
    """Write a new status and queue what follows; answers it without what has rows of its own.

    Raises NotFound where its parent, what it quotes or its author was deleted, Conflict for media
    in use.
    """
    parent, now = composed.parent, now_ms()
    if parent is not None and not await statuses.count(tx, parent.id, "replies_count", 1):
        raise NotFound("The post you answer is no longer there")
    author = await statuses.count_for_author(tx, author_id, now)
    if author.moved_to_id is not None:
        raise moved_away()
    status = _new_status(network, id_, author, composed, app_id, now)
    asked = await quotes.write(tx, network, status, composed.quoted) if composed.quoted else []
    attached = await attach_tags(tx, network, status, composed.formatted.tags)
    await attach_media(tx, status.id, composed)
    await insert_poll(tx, status, composed.composition)
    if parent is None:
        await statuses.start_conversation(tx, status.conversation_id)
    await statuses.insert_counted(tx, status, local=True)
    named = [account.id for account in composed.named]
    await mentions.insert(tx, status.id, named)
    await timelines.insert(tx, status.account_id, status.id)
    if status.visibility == Visibility.DIRECT:
        await _join_conversation(tx, network, status, named)
    notices = [Notify(account_id, "mention", author_id, id_) for account_id in named]
    follow_ups = [DistributeStatus(id_), IndexStatus(id_), *card_to_fetch(status, composed)]
    await jobs.enqueue_all(tx, [*notices, *follow_ups, *asked])
    return StatusView(
        status,
        author,
        mentions=[_mention(id_, account) for account in composed.named],
        tags=[StatusTag(id_, tag.name, tag.key) for tag in attached],
    )


def _new_status(
    network: Network, id_: int, author: Account, composed: Composed, app_id: int | None, now: int
) -> Status:
    parent, quoted, composition = composed.parent, composed.quoted, composed.composition
    origin = network.settings.origin
    return Status(
        id=id_,
        account_id=author.id,
        uri=f"{origin}/users/{author.username}/statuses/{id_}",
        url=f"{origin}/@{author.username}/{id_}",
        visibility=composed.visibility,
        local_only=composition.local_only or bool(quoted and quoted.local_only),
        group_id=None,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_account_id=parent.account_id if parent else None,
        reblog_of_id=None,
        reblog_of_account_id=None,
        quote_of_id=quoted.id if quoted else None,
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
        created_at=now,
        edited_at=None,
        deleted_at=None,
        hidden_at=None,
        replies_count=0,
        reblogs_count=0,
        favourites_count=0,
        quotes_count=0,
        interaction_policy=composed.quote_policy,
        revision=1,
    )


def _mention(status_id: int, account: Account) -> Mention:
    return Mention(
        status_id, account.id, account.username, account.domain, account.url, silent=False
    )


async def attach_tags(
    tx: Transaction, network: Network, status: Status, names: list[str]
) -> list[Tag]:
    """Put hashtags on a status that has none; answers them in their order."""
    if not names:
        return []
    new = [Tag(network.ids.next(), tag_key(name), family_key(name), name) for name in names]
    tag_ids = await tags.attach_all(tx, status.id, new)
    await featured_tags.count_new(tx, status, tag_ids)
    return new


async def attach_media(tx: Transaction, status_id: int, composed: Composed) -> None:
    """Attach the media; raises Conflict where another post was faster."""
    for position, attachment in enumerate(composed.media):
        if not await media_rows.attach(tx, attachment.id, status_id, position):
            raise Conflict("An attachment was used by another post just now")


async def insert_poll(tx: Transaction, status: Status, composition: Composition) -> None:
    """Insert the poll, if there is one, and plan its end."""
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


def card_to_fetch(status: Status, composed: Composed) -> list[Job]:
    """The job that looks for a preview of the first link, where one would be shown."""
    if composed.formatted.links and not composed.media and not status.spoiler_text:
        return [FetchCard(status.id, composed.formatted.links[0])]
    return []
