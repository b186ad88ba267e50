"""The posts a hub holds: public ones, read from their own server, of people who agree to it."""

from noi.activitypub.objects import Object
from noi.db.database import Transaction
from noi.db.hub import accounts, posts, queue
from noi.models.hub_records import Event, HubAccount, HubPost, QueueEntry
from noi.models.ids import now_ms
from noi.services.hub import consent, indexing, people, withdrawals
from noi.services.hub.consent import Reason
from noi.services.network import Network
from noi.services.remote_content import Written, write
from noi.text.clean import clean_text
from noi.text.sanitize import strip_html

MAX_EXCERPT = 300
_ID_ATTEMPTS = 4
_EARLIEST = 946_684_800_000  # 2000: what claims to be older has a broken clock


async def keep(
    network: Network, object_: Object, entry: QueueEntry, fetched_at: int
) -> Reason | None:
    """Write a post that was fetched for `entry`, or remove it; answers why it is not held.

    Raises withdrawals.Overtaken, and what people.author raises.
    """
    reason = consent.of_post(object_, entry.uri)
    author = None
    if reason is None:
        author = await people.author(network, object_.author)
        if author is None or not author.indexable:
            reason = Reason.FLAGS
    if author is None or reason is not None:
        await drop(network, entry, fetched_at)
        return reason
    written = write(object_, network.settings.origin)

    async def work(tx: Transaction) -> Reason | None:
        await withdrawals.check_standing(tx, entry.uri, object_.author, fetched_at)
        if not await queue.take(tx, entry):
            return None
        account = await accounts.by_uri(tx, object_.author)
        if account is None or not account.indexable:
            await withdrawals.end_held(tx, entry.uri)
            return Reason.FLAGS
        await _write(tx, network, object_, account, written, entry)
        return None

    return await network.db.transaction(work)


async def drop(network: Network, entry: QueueEntry, fetched_at: int) -> None:
    """End what is held under an entry's address, and the entry. Raises withdrawals.Overtaken."""

    async def work(tx: Transaction) -> None:
        await withdrawals.check_standing(tx, entry.uri, entry.uri, fetched_at)
        if await queue.take(tx, entry):
            await withdrawals.end_held(tx, entry.uri)

    await network.db.transaction(work)


def excerpt(object_: Object, written: Written) -> str:
    """What the hub's own pages show of a post: its warning alone, where it has one."""
    text = written.warning or clean_text(strip_html(written.content))
    text = " ".join(text.split())
    return text if len(text) <= MAX_EXCERPT else f"{text[: MAX_EXCERPT - 1].rstrip()}…"


async def _write(
    tx: Transaction,
    network: Network,
    object_: Object,
    account: HubAccount,
    written: Written,
    entry: QueueEntry,
) -> None:
    now = now_ms()
    published_at = min(max(object_.published or now, _EARLIEST), now)
    known = await posts.by_uri(tx, entry.uri)
    post = HubPost(
        id=known.id if known else await _new_id(tx, network, published_at),
        uri=entry.uri,
        account_id=account.id,
        host=account.host,
        member_id=account.member_id,
        language=written.language,
        published_at=published_at,
        check_at=people.check_at(now),
        checked_at=now,
        shares=(object_.shares.total if object_.shares else None) or 0,
        likes=(object_.likes.total if object_.likes else None) or 0,
        trending_at=now if entry.event is Event.TRENDING else None,
        url=object_.url,
        excerpt=excerpt(object_, written),
    )
    if known is None:
        await posts.insert(tx, post)
    else:
        await posts.update(tx, post)
        if post.trending_at is not None:
            await posts.trending(tx, post.id, now)
    text = "\n".join(filter(None, (written.warning, strip_html(written.content))))
    await indexing.put_post(tx, post, text, written.tags, written.links)
    await accounts.posted(tx, account.id, published_at, written.language)


async def _new_id(tx: Transaction, network: Network, published_at: int) -> int:
    """An id that sorts by time; another post may have the same by chance."""
    for _ in range(_ID_ATTEMPTS):
        new_id = network.ids.published(published_at)
        if await posts.get(tx, new_id) is None:
            return new_id
    return network.ids.next()
