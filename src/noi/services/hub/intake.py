"""One address: fetched from its origin, and then held, not held, or tried again."""

import asyncio
import logging
from enum import StrEnum

import msgspec

from noi.activitypub.actors import read_actor
from noi.activitypub.kinds import Kind, kind_of
from noi.activitypub.normalize import compact
from noi.activitypub.objects import read_object
from noi.db.database import Duplicate, Transaction
from noi.db.hub import accounts, posts, queue
from noi.models.errors import BadDocument, NoiError, Unavailable
from noi.models.hub_records import Category, Event, QueueEntry
from noi.models.ids import now_ms
from noi.models.pauses import doubling
from noi.services import remote_documents
from noi.services.hub import content, followings, people
from noi.services.hub.withdrawals import Overtaken
from noi.services.network import Network
from noi.transport.errors import Busy, Denied, TransportError, Unreachable

SECONDS = 120.0
"""For one address with all that has to be fetched for it."""

GIVEN_UP_MS = 7 * 24 * 3_600_000
MOST_DENIALS = 3
_FIRST_RETRY_MS = 60_000
_LONGEST_RETRY_MS = 12 * 3_600_000
_DENIED_RETRY_MS = 3_600_000
_OVERTAKEN_MS = 6_000
_FIRST_HAND = frozenset({Event.NEW, Event.TRENDING, Event.BACKFILL})

_log = logging.getLogger("noi.hub")


class Outcome(StrEnum):
    """What became of an address. AWAY and BUSY are the host's doing: no answer; later, please."""

    STORED = "stored"
    REFUSED = "refused"
    LATER = "later"
    AWAY = "away"
    BUSY = "busy"


class Result(msgspec.Struct, frozen=True):
    """`retry_at` is when a BUSY host wants to be asked again (ms), if it said so."""

    outcome: Outcome
    error: str = ""
    retry_at: int | None = None


async def read(network: Network, entry: QueueEntry) -> Result:
    """Read an address, and end or put off its entry. Raises models.errors.Unavailable where the
    database is away.
    """
    fetched_at = now_ms()
    try:
        async with asyncio.timeout(SECONDS):
            return await _read(network, entry, fetched_at)
    except Busy as error:
        await _put_off(network, entry, error.retry_at or fetched_at + _FIRST_RETRY_MS)
        return Result(Outcome.BUSY, str(error), error.retry_at)
    except (Unreachable, TimeoutError) as error:
        await _later(network, entry, retry_pause(entry.attempts))
        return Result(Outcome.AWAY, str(error) or "no complete answer in time")
    except Overtaken:
        await _put_off(network, entry, fetched_at + _OVERTAKEN_MS)
        return Result(Outcome.LATER)
    except Unavailable:
        raise
    except Duplicate:
        await _put_off(network, entry, fetched_at + 1000)
        return Result(Outcome.LATER)
    except Denied as error:
        return await _denied(network, entry, fetched_at, error)
    except (TransportError, NoiError) as error:
        return await _refused(network, entry, fetched_at, str(error))
    except Exception as error:  # one address that nobody foresaw keeps no other from its turn
        _log.exception("could not read %s", entry.uri)
        await _later(network, entry, retry_pause(entry.attempts))
        return Result(Outcome.LATER, f"{type(error).__name__}: {error}")


def retry_pause(attempts: int) -> int:
    """How long an address waits after so many failures (ms): from a minute to half a day."""
    return doubling(_FIRST_RETRY_MS, attempts, _LONGEST_RETRY_MS)


async def _read(network: Network, entry: QueueEntry, fetched_at: int) -> Result:
    if entry.category is Category.FOLLOWING:
        await followings.read(network, entry)
        return Result(Outcome.STORED)
    if entry.event in _FIRST_HAND and await _known(network, entry):
        return Result(Outcome.STORED)
    document = await remote_documents.fetch(network, entry.uri)
    match kind_of(compact(document)):
        case Kind.ACTOR:
            actor = read_actor(document)
            _, agreed = await people.keep(network, actor, entry.uri, fetched_at, entry)
            reason = agreed.reason
        case Kind.OBJECT:
            object_ = read_object(document)
            reason = await content.keep(network, object_, entry, fetched_at) or ""
        case _:
            raise BadDocument("The document is neither a person nor a post")
    if reason:
        _log.info("not held: %s (%s)", entry.uri, reason)
        return Result(Outcome.REFUSED, reason)
    return Result(Outcome.STORED)


async def _known(network: Network, entry: QueueEntry) -> bool:
    """End an entry that tells nothing new: what is held, and was read of late."""
    since = now_ms() - people.FRESH_MS
    post = await posts.by_uri(network.db, entry.uri)
    held = post or await accounts.by_uri(network.db, entry.uri)
    if held is None or held.checked_at < since:
        return False

    async def work(tx: Transaction) -> None:
        if await queue.take(tx, entry) and post is not None and entry.event is Event.TRENDING:
            await posts.trending(tx, post.id, now_ms())

    await network.db.transaction(work)
    return True


async def _denied(network: Network, entry: QueueEntry, fetched_at: int, error: Denied) -> Result:
    """A server that does not show something may only have failed to learn who asks."""
    if entry.attempts + 1 >= MOST_DENIALS:
        return await _refused(network, entry, fetched_at, str(error))
    await _later(network, entry, _DENIED_RETRY_MS)
    return Result(Outcome.LATER, str(error))


async def _refused(network: Network, entry: QueueEntry, fetched_at: int, reason: str) -> Result:
    _log.info("not held: %s (%s)", entry.uri, reason)
    try:
        await content.drop(network, entry, fetched_at)
    except Overtaken:
        await _put_off(network, entry, fetched_at + _OVERTAKEN_MS)
    return Result(Outcome.REFUSED, reason)


async def _later(network: Network, entry: QueueEntry, pause: int) -> None:
    """Try an entry again, unless that was done for a week; what is held stays until CheckConsent
    finds that it could not be checked for long.
    """
    now = now_ms()

    async def work(tx: Transaction) -> None:
        if entry.created_at < now - GIVEN_UP_MS:
            await queue.take(tx, entry)
        else:
            await queue.retry(tx, entry, run_at=now + pause)

    await network.db.transaction(work)


async def _put_off(network: Network, entry: QueueEntry, run_at: int) -> None:
    await network.db.transaction(lambda tx: queue.put_off(tx, entry, run_at=run_at))
