"""Statuses of other servers: whether they concern this network, and how they are written.

Everything that makes one visible and findable happens in the transaction that writes it.
"""

from collections.abc import Awaitable, Callable

import msgspec

from noi.activitypub.objects import Object
from noi.db import (
    conversations,
    emojis,
    jobs,
    remote_accounts,
    remote_files,
    statuses,
    threads,
)
from noi.db import mentions as mention_rows
from noi.db import remote_statuses as table
from noi.db.database import Transaction
from noi.db.remote_statuses import Surroundings
from noi.models.accounts import Account, AccountState
from noi.models.errors import Conflict
from noi.models.ids import now_ms
from noi.models.jobs import FetchCard, FetchMentioned, FetchParent, Job, Notify
from noi.models.statuses import ContentType, Status, Visibility
from noi.services import (
    distribution,
    indexing,
    quotes,
    remote_edits,
    remote_media,
    remote_polls,
    status_writing,
)
from noi.services.network import Network
from noi.services.policies import Standing
from noi.services.remote_audience import Audience, audience, concerns_local
from noi.services.remote_content import Written, write
from noi.services.remote_profiles import RemoteEmojis, remote_emojis

MAX_NOTIFIED = 50
"""Local people that one status from elsewhere notifies."""
RECENT_MS = 12 * 3_600_000
"""How young a post is that people are told of although it was looked up, or that has cards."""

_EARLIEST = 946_684_800_000  # 2000: what claims to be older has a broken clock
_ID_ATTEMPTS = 4

Work = Callable[[Transaction], Awaitable[None]]


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """How a status came here: to whose own inbox, by which group, and whether as something new
    that timelines and people are told of, or only because it was looked up.
    """

    delivered_to: Account | None = None
    group: Account | None = None
    news: bool = True


LOOKED_UP = Arrival(news=False)


async def receive(
    network: Network,
    object_: Object,
    author: Account,
    standing: Standing,
    arrival: Arrival | None = None,
    *,
    wanted: bool = False,
) -> Work | None:
    """What writes an object that may be believed, or a changed one; None where nobody cares.

    It is kept if it was stored before, its author is followed here, it names, addresses, answers
    or quotes something local, answers somebody who is followed here, or is `wanted` (a relay or a
    followed group brought it). `standing` is how this network stands to its author.
    """
    arrival = arrival or Arrival()
    if not wanted and not await _relevant(network, object_, author, arrival):
        return None

    async def work(tx: Transaction) -> None:
        await upsert(tx, network, object_, author, standing, arrival)

    return work


async def upsert(
    tx: Transaction,
    network: Network,
    object_: Object,
    author: Account,
    standing: Standing,
    arrival: Arrival = LOOKED_UP,
) -> Status | None:
    """Write an object that may be believed, new or changed, with all that follows from it.

    None where there is nothing to show: what its author took back, votes, accounts that are shut
    out. Raises NotFound where the author is gone, and Conflict where another process writes the
    same at this moment (to be tried again).
    """
    if object_.type == "Tombstone" or object_.is_vote or author.state > AccountState.LIMITED:
        return None
    name, _ = _named_conversation(network, object_)
    near = await table.surroundings(
        tx, object_.id, author_id=author.id, author_uri=author.uri, conversation_uri=name
    )
    known = await statuses.get_by_uri(tx, object_.id) if near.known else None
    if known is not None:
        if known.account_id != author.id or known.deleted_at is not None:
            return None
        return await remote_edits.apply(tx, network, known, object_, author, standing)
    if near.withdrawn:
        return None
    return await _insert(tx, network, object_, author, standing, arrival, near)


async def adopt(tx: Transaction, parent: Status) -> bool:
    """Link answers that came before what they answer; jobs show them to whom they are for. False
    where there are none.
    """
    children = await table.adopt(tx, parent)
    if children:
        await statuses.count(tx, parent.id, "replies_count", len(children))
        await jobs.enqueue_all(tx, [FetchParent(id_) for id_ in children], unique=True)
    return bool(children)


async def _relevant(network: Network, object_: Object, author: Account, arrival: Arrival) -> bool:
    if arrival.delivered_to is not None or concerns_local(network, object_):
        return True
    if await remote_accounts.has_followers(network.db, author.id):
        return True
    if await statuses.get_by_uri(network.db, object_.id) is not None:
        return True
    if not object_.in_reply_to:
        return False
    parent = await statuses.get_by_uri(network.db, object_.in_reply_to)
    return parent is not None and (
        await remote_accounts.has_followers(network.db, parent.account_id)
    )


async def _insert(
    tx: Transaction,
    network: Network,
    object_: Object,
    author: Account,
    standing: Standing,
    arrival: Arrival,
    near: Surroundings,
) -> Status:
    heard = await audience(
        tx,
        network,
        object_,
        author,
        delivered_to=arrival.delivered_to,
        group=arrival.group,
    )
    written = write(object_, network.settings.origin)
    drawn = await _emojis(tx, network, object_, author, written, standing)
    parent = await statuses.get_by_uri(tx, object_.in_reply_to) if object_.in_reply_to else None
    conversation_id, name = await _conversation(tx, network, object_, parent, near)
    status = _new_row(network, object_, author, heard, written, drawn, parent, conversation_id)
    status = await _write(tx, network, status, object_, parent, name)
    if parent is not None:
        await statuses.count(tx, parent.id, "replies_count", 1)
    if near.answered and await adopt(tx, status):
        await threads.join(tx, status.id, status.conversation_id, network.ids.next)
    indexable = await statuses.count_one(tx, author.id, status.created_at)
    author = msgspec.structs.replace(author, indexable=indexable)
    await status_writing.attach_tags(tx, network, status, list(written.tags))
    await remote_media.attach(
        tx,
        network,
        object_,
        account_id=author.id,
        status_id=status.id,
        domain=author.domain,
        with_media=not standing.rejects_media,
    )
    await remote_polls.insert(tx, status, object_)
    await _write_audience(tx, network, status, heard)
    if object_.quote:
        await quotes.receive(tx, network, status, object_.quote, object_.quote_authorization)
    if near.quoted:
        await quotes.waken(tx, status)
    await indexing.put_status(tx, status, author, new_tags=written.tags)
    await _tell(tx, status, object_, heard, written, arrival, near)
    return status


async def _emojis(
    tx: Transaction,
    network: Network,
    object_: Object,
    author: Account,
    written: Written,
    standing: Standing,
) -> RemoteEmojis:
    if not object_.emojis or standing.rejects_media:
        return RemoteEmojis()
    options = [option.title for option in object_.poll.options] if object_.poll else []
    texts = [written.content, written.warning, *options]
    drawn = remote_emojis(network, object_.emojis, texts, author.domain)
    await remote_files.put(tx, drawn.files)
    await emojis.put_remote(tx, drawn.rows, drawn.uris)
    return drawn


def _new_row(
    network: Network,
    object_: Object,
    author: Account,
    heard: Audience,
    written: Written,
    drawn: RemoteEmojis,
    parent: Status | None,
    conversation_id: int,
) -> Status:
    now = now_ms()
    published = now if object_.published is None else object_.published
    created_at = max(min(published, now), _EARLIEST)
    return Status(
        id=network.ids.published(created_at),
        account_id=author.id,
        uri=object_.id,
        url=object_.url,
        visibility=heard.visibility,
        group_id=heard.group.id if heard.group else None,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_account_id=parent.account_id if parent else None,
        conversation_id=conversation_id,
        content_type=ContentType.HTML,
        content=written.content,
        spoiler_text=written.warning,
        sensitive=object_.sensitive or bool(written.warning),
        language=written.language,
        emojis=drawn.shortcodes,
        poll_id=network.ids.next() if object_.poll else None,
        has_media=bool(object_.attachments),
        has_mentions=bool(heard.named or heard.addressed),
        has_tags=bool(written.tags),
        created_at=created_at,
        edited_at=_edited_at(object_),
    )


def _edited_at(object_: Object) -> int | None:
    if object_.updated is None or object_.published is None:
        return None
    return min(object_.updated, now_ms()) if object_.updated > object_.published else None


async def _write(
    tx: Transaction,
    network: Network,
    status: Status,
    object_: Object,
    parent: Status | None,
    new_conversation: str | None,
) -> Status:
    """Write the row; with another id where its own is taken by what has the same time."""
    origin = remote_edits.origin_of(object_)
    if parent is not None:
        origin = msgspec.structs.replace(origin, in_reply_to_uri=parent.uri)
    for _ in range(_ID_ATTEMPTS):
        if await table.insert(tx, status, origin, new_conversation):
            return status
        new_conversation = None
        if await statuses.get_by_uri(tx, status.uri) is not None:
            break
        other = network.ids.published(status.created_at)
        status = msgspec.structs.replace(status, id=other)
    # Its address was taken in this moment by another process.
    raise Conflict("This post is just being written")


def _named_conversation(network: Network, object_: Object) -> tuple[str, int | None]:
    """The conversation that an object says it is in: by a name, or the id of one of ours."""
    uri = object_.conversation or object_.context
    own = f"{network.settings.origin}/contexts/"
    number = uri.removeprefix(own) if uri.startswith(own) else ""
    if number.isdecimal() and len(number) < 19:
        return "", int(number)
    return uri, None


async def _conversation(
    tx: Transaction, network: Network, object_: Object, parent: Status | None, near: Surroundings
) -> tuple[int, str | None]:
    """Its id, and its name elsewhere where it is a new one."""
    if parent is not None:
        return parent.conversation_id, None
    if near.conversation_id is not None:
        return near.conversation_id, None
    name, own_id = _named_conversation(network, object_)
    if own_id is not None and await table.has_conversation(tx, own_id):
        return own_id, None
    return network.ids.next(), name


async def _write_audience(
    tx: Transaction, network: Network, status: Status, heard: Audience
) -> None:
    named = [account.id for account in heard.named]
    await mention_rows.insert(tx, status.id, named)
    addressed = [account.id for account in heard.addressed]
    await mention_rows.insert(tx, status.id, addressed, silent=True)
    if status.visibility is not Visibility.DIRECT:
        return
    everyone = [status.account_id, *named, *addressed]
    local = sorted(one.id for one in (*heard.named, *heard.addressed) if one.local)
    for account_id in local:
        await conversations.put(
            tx,
            network.ids.next(),
            account_id,
            conversation_id=status.conversation_id,
            participants=[other for other in everyone if other != account_id],
            status_id=status.id,
            unread=True,
        )


async def _tell(
    tx: Transaction,
    status: Status,
    object_: Object,
    heard: Audience,
    written: Written,
    arrival: Arrival,
    near: Surroundings,
) -> None:
    """Homes, lists, streams, people who are named; and jobs for what has to be fetched."""
    follow_ups: list[Job] = []
    if arrival.news:
        await distribution.spread(tx, status, awaited=near.awaited)
        local = [account.id for account in heard.named if account.local]
        follow_ups += [
            Notify(id_, "mention", status.account_id, status.id) for id_ in local[:MAX_NOTIFIED]
        ]
        if status.in_reply_to_id is None and object_.in_reply_to:
            await jobs.enqueue(tx, FetchParent(status.id), unique=True)
        if heard.unknown:
            follow_ups.append(FetchMentioned(status.id, heard.unknown))
        recent = status.created_at > now_ms() - RECENT_MS
        if written.links and recent and not status.has_media and not status.spoiler_text:
            follow_ups.append(FetchCard(status.id, written.links[0]))
    if follow_ups:
        await jobs.enqueue_all(tx, follow_ups)
