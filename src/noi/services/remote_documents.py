"""Fetching documents of other servers from the hosts that own them, so that they are believed."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

import msgspec

from noi.activitypub.normalize import Document, compact, identifier, load
from noi.activitypub.uris import authority_of, web_uri
from noi.auth.limits import Limit, hit
from noi.db.database import Database
from noi.models.errors import BadDocument, Forbidden, NoiError, NotFound
from noi.services import keys, policies
from noi.services.network import Network
from noi.transport.errors import Busy, TransportError, Unreachable
from noi.transport.signed import get_document, require_origin

T = TypeVar("T")

FETCHES = Limit("fetches from a host", 1500, 300)
_KEPT_FAILURES = 4096
_FAILED_SECONDS = 300.0
_AWAY_SECONDS = 30.0


class _Failure(msgspec.Struct, frozen=True):
    error: Exception
    until: float


class _Flights(msgspec.Struct):
    """What one process is fetching just now, and what it failed to fetch of late."""

    running: dict[str, asyncio.Task[object]] = {}
    failures: OrderedDict[str, _Failure] = msgspec.field(
        default_factory=lambda: OrderedDict[str, _Failure]()
    )


# By database, for several networks may run in one process.
_flights: WeakKeyDictionary[Database, _Flights] = WeakKeyDictionary()


async def fetch(network: Network, uri: str) -> Document:
    """The document that `uri` names, as its own host serves it, signed for by this network.

    Its id is the address that it was at last fetched from; where it names another one, that is
    fetched once, and has to name itself. Raises TransportError (Busy after too many fetches from
    one host), BadDocument, and Forbidden for hosts that this network does not speak with.
    """
    uri = uri.partition("#")[0]
    for _ in range(2):
        await check_host(network, uri)
        _count(network, authority_of(uri))
        answer = await get_document(network.client, uri, await keys.instance_key(network))
        await check_host(network, answer.url)
        document = load(answer.body)
        id_ = identifier(compact(document).get("id"))
        if not id_:
            raise BadDocument("The document has no usable id")
        if id_.partition("#")[0] in (uri, answer.url):
            require_origin(id_, answer.url)
            return document
        uri = id_.partition("#")[0]
    raise BadDocument("The document is not the one that its address names")


async def check_host(network: Network, uri: str) -> None:
    """Raise Forbidden for an address that nothing is fetched from, BadDocument for none at all."""
    host = authority_of(uri) if web_uri(uri) else ""
    if not host:
        raise BadDocument("This is not an address")
    if host == network.settings.host:
        raise NotFound
    if (await policies.of(network, host)).blocked:
        raise Forbidden("This network does not speak with {host}", host=host)


def _count(network: Network, host: str) -> None:
    """Nobody can make this network a burden on a host by naming its addresses."""
    standing = hit(network.settings, ((FETCHES, host),))
    if standing is not None and not standing.allowed:
        raise Busy(f"{host}: asked often enough for now", standing.reset)


async def once(network: Network, name: str, fetch_it: Callable[[], Awaitable[T]]) -> T:
    """Fetch what is called `name`: all who ask at once share one attempt, and its failure is
    remembered for some minutes (for seconds where the host was only away).
    """
    flights = _flights.get(network.db)
    if flights is None:
        flights = _flights[network.db] = _Flights()
    failure = flights.failures.get(name)
    if failure is not None and monotonic() < failure.until:
        raise failure.error.with_traceback(None)
    task = flights.running.get(name)
    if task is None:
        task = asyncio.ensure_future(_noting_failure(flights, name, fetch_it))
        flights.running[name] = task
        task.add_done_callback(lambda done: _land(flights, name, done))
    # Who gives up waiting does not end it for the others.
    return cast("T", await asyncio.shield(task))


def _land(flights: _Flights, name: str, done: asyncio.Task[object]) -> None:
    flights.running.pop(name, None)
    if not done.cancelled():
        done.exception()  # looked at, even where nobody waits any more


async def _noting_failure(
    flights: _Flights, name: str, fetch_it: Callable[[], Awaitable[object]]
) -> object:
    try:
        found = await fetch_it()
    except (TransportError, NoiError) as error:
        away = isinstance(error, Unreachable)
        until = monotonic() + (_AWAY_SECONDS if away else _FAILED_SECONDS)
        flights.failures[name] = _Failure(error, until)
        if len(flights.failures) > _KEPT_FAILURES:
            flights.failures.popitem(last=False)
        raise
    flights.failures.pop(name, None)
    return found
