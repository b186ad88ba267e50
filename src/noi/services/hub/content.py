"""The posts a hub holds: public ones, read from their own server, of people who agree to it."""

import asyncio

from noi.activitypub.objects import Object
from noi.activitypub.uris import authority_of
from noi.db.database import Transaction
from noi.db.hub import queue
from noi.models.hub_records import QueueEntry
from noi.services.hub import consent, indexing, people, storing, withdrawals
from noi.services.hub.consent import Reason
from noi.services.hub.storing import Fate, Wanted
from noi.services.network import Network
from noi.services.remote_content import Written, write
from noi.text.clean import clean_text
from noi.text.sanitize import strip_html

MAX_EXCERPT = 300


def prepare(
    network: Network, object_: Object, entry: QueueEntry, fetched_at: int
) -> Wanted | Reason:
    """What is to be stored of an object that was fetched for `entry`, or why nothing is."""
    reason = consent.of_post(object_, entry.uri)
    return _wanted(network, object_, entry, fetched_at) if reason is None else reason


async def keep(network: Network, wanted: Wanted, places: asyncio.Semaphore) -> Reason | None:
    """Write a post that was fetched, or remove it; answers why it is not held.

    Its author is fetched too where that is needed, in one of the `places` for requests. Raises
    withdrawals.Overtaken, and what people.author raises.
    """
    fate = await storing.store(network, wanted)
    if fate is Fate.ASK:
        async with places:
            author = await people.author(network, wanted.author_uri)
        if author is None or not author.indexable:
            await drop(network, wanted.entry, wanted.fetched_at)
            return Reason.FLAGS
        fate = await storing.store(network, wanted)
    match fate:
        case Fate.DONE:
            return None
        case Fate.NOT_AGREED:
            return Reason.FLAGS
        case Fate.OVERTAKEN | Fate.ASK:
            raise withdrawals.Overtaken


async def drop(network: Network, entry: QueueEntry, fetched_at: int) -> None:
    """End what is held under an entry's address, and the entry. Raises withdrawals.Overtaken."""

    async def work(tx: Transaction) -> None:
        await withdrawals.check_standing(tx, entry.uri, entry.uri, fetched_at)
        if await queue.take(tx, entry):
            await withdrawals.end_held(tx, entry.uri)

    await network.db.transaction(work)


def _wanted(network: Network, object_: Object, entry: QueueEntry, fetched_at: int) -> Wanted:
    written = write(object_, network.settings.origin)
    plain = strip_html(written.content)
    text = "\n".join(filter(None, (written.warning, plain)))
    host = authority_of(object_.author)
    return Wanted(
        entry=entry,
        author_uri=object_.author,
        fetched_at=fetched_at,
        published_at=object_.published,
        language=written.language,
        shares=(object_.shares.total if object_.shares else None) or 0,
        likes=(object_.likes.total if object_.likes else None) or 0,
        url=object_.url,
        excerpt=_excerpt(written, plain),
        found=indexing.found_by(text, written.language, host, written.tags, written.links),
    )


def _excerpt(written: Written, plain: str) -> str:
    """What the hub's own pages show of a post: its warning alone, where it has one."""
    text = " ".join((written.warning or clean_text(plain)).split())
    return text if len(text) <= MAX_EXCERPT else f"{text[: MAX_EXCERPT - 1].rstrip()}…"
