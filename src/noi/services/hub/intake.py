"""One address: fetched from its origin, and then held, not held, or tried again."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from enum import StrEnum
from typing import TypeVar

import msgspec

from noi.activitypub.actors import Actor, read_actor
from noi.activitypub.kinds import Kind, kind_of
from noi.activitypub.normalize import Document, compact
from noi.activitypub.objects import read_object
from noi.db.database import Duplicate, Transaction
from noi.db.hub import accounts, posts, queue
from noi.models.errors import BadDocument, NoiError, Unavailable
from noi.models.hub_records import Category, Event, QueueEntry
from noi.models.ids import now_ms
from noi.models.pauses import doubling
from noi.services import remote_documents
from noi.services.hub import content, followings, people, storing
from noi.services.hub.consent import Reason
from noi.services.hub.storing import Wanted
from noi.services.hub.withdrawals import Overtaken
from noi.services.network import Network
from noi.transport.errors import Busy, Denied, TransportError, Unreachable

T = TypeVar("T")

SECONDS = 120.0
"""For fetching one address, and again for storing it with all that has to be fetched for it."""

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


class Turns:
    """Lets a few requests at once go to a host, and begins none once `closed`."""

    def __init__(self, at_once: int) -> None:
        self.places = asyncio.Semaphore(at_once)
        self.closed = False


async def read(network: Network, entry: QueueEntry, turns: Turns) -> Result | None:
    """Read an address in its turn, and end or put off its entry; None where it got no turn.

    Raises models.errors.Unavailable where the database is away.
    """
    async with turns.places:
        if turns.closed:
            return None
        fetched_at = now_ms()
        fetched = await _guarded(network, entry, fetched_at, _fetch(network, entry, fetched_at))
    if isinstance(fetched, Result):
        return fetched
    # While it is stored, the next one may be fetched.
    return await _guarded(network, entry, fetched_at, _keep(network, fetched, turns))


async def _guarded(
    network: Network, entry: QueueEntry, fetched_at: int, step: Coroutine[None, None, T]
) -> T | Result:
    try:
        async with asyncio.timeout(SECONDS):
            return await step
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


async def end_known(network: Network, entries: Sequence[QueueEntry]) -> set[str]:
    """End entries that tell nothing new: what is held, and was read of late; answers the addresses
    of which nothing is to be read.
    """
    named = {entry.uri: entry for entry in entries if entry.event in _FIRST_HAND}
    since = now_ms() - people.FRESH_MS
    fresh = await posts.checked_since(network.db, list(named), since) if named else {}
    others = [uri for uri in named if uri not in fresh]
    people_ = await accounts.checked_since(network.db, others, since) if others else set[str]()
    known = [entry for uri, entry in named.items() if uri in fresh or uri in people_]

    async def work(tx: Transaction) -> None:
        taken = await queue.take_all(tx, known)
        for entry in known:
            if entry.event is Event.TRENDING and entry.uri in taken and entry.uri in fresh:
                await posts.trending(tx, fresh[entry.uri], now_ms())

    if known:
        await network.db.transaction(work)
    return {entry.uri for entry in known}


def retry_pause(attempts: int) -> int:
    """How long an address waits after so many failures (ms): from a minute to half a day."""
    return doubling(_FIRST_RETRY_MS, attempts, _LONGEST_RETRY_MS)


async def _fetch(network: Network, entry: QueueEntry, fetched_at: int) -> Wanted | Result:
    """A post, ready to be stored; what is no public post is done with at once."""
    if entry.category is Category.FOLLOWING:
        await followings.read(network, entry)
        return Result(Outcome.STORED)
    # Whose posts were read just now, was asked for with them.
    if entry.category is Category.ACCOUNT and await end_known(network, [entry]):
        return Result(Outcome.STORED)
    document = await remote_documents.fetch(network, entry.uri)
    async with storing.desks(network):
        found = _parse(network, document, entry, fetched_at)
        # What the database answered meanwhile comes first: transactions are to be short.
        await asyncio.sleep(0)
    if isinstance(found, Actor):
        _, agreed = await people.keep(network, found, entry.uri, fetched_at, entry)
        return _result(entry, agreed.reason)
    if isinstance(found, Reason):
        await content.drop(network, entry, fetched_at)
        return _result(entry, found)
    return found


def _parse(
    network: Network, document: Document, entry: QueueEntry, fetched_at: int
) -> Actor | Wanted | Reason:
    match kind_of(compact(document)):
        case Kind.ACTOR:
            return read_actor(document)
        case Kind.OBJECT:
            return content.prepare(network, read_object(document), entry, fetched_at)
        case _:
            raise BadDocument("The document is neither a person nor a post")


async def _keep(network: Network, wanted: Wanted, turns: Turns) -> Result:
    return _result(wanted.entry, await content.keep(network, wanted, turns.places) or "")


def _result(entry: QueueEntry, reason: str) -> Result:
    if not reason:
        return Result(Outcome.STORED)
    _log.info("not held: %s (%s)", entry.uri, reason)
    return Result(Outcome.REFUSED, reason)


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
