"""Asking providers of the alliance while somebody waits for the page.

Nobody waits longer than a moment, nor at all for a provider that was slow or failed the last time:
it is asked beside the page, and what it says is there for the next one.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import cast
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import msgspec

from noi.activitypub.uris import web_uri
from noi.db import alliance as table
from noi.db.database import Database
from noi.models.alliance import Capability, Provider
from noi.models.errors import NoiError
from noi.models.ids import now_ms
from noi.services import provider_calls
from noi.services.network import Network
from noi.transport.errors import TransportError

PATIENCE_SECONDS = 0.28
"""How long a page waits, for all providers and what they name together."""
AT_ONCE = 20
"""How many results a provider is asked for, and read from one answer."""
MAX_PAGES = 5
_QUICK_SECONDS = 0.2
_CALL_SECONDS = 5.0
_ANSWER_BYTES = 128 * 1024
_KEPT_SECONDS = 300.0
_MOST_KEPT = 512
_MOST_RUNNING = 16
_MAX_PATH = 2000
_NEXT = re.compile(r'<([^<>]{1,2000})>\s*;[^,<]{0,200}?\brel="?next"?', re.IGNORECASE)

Bring = Callable[[list[str]], Awaitable[None]]
"""Fetches what addresses name, as far as it is not here; it raises nothing."""


class Line(msgspec.Struct, eq=False):
    """A provider that is being asked; `uris` as soon as it has answered."""

    provider: Provider
    capability: str
    waits: bool
    uris: list[str] | None = None
    task: "asyncio.Task[None] | None" = None

    @property
    def under_way(self) -> bool:
        """Whether the answer, or what it names, is still to come."""
        return self.task is not None and not self.task.done()


class _Kept(msgspec.Struct, frozen=True):
    """What a provider has said so far; `following` is the path of what comes next, or empty."""

    uris: list[str]
    following: str
    pages: int
    until: float


_Key = tuple[int, str, str]


class _Memory(msgspec.Struct, eq=False):
    kept: OrderedDict[_Key, _Kept] = msgspec.field(
        default_factory=lambda: OrderedDict[_Key, _Kept]()
    )
    running: dict[int, set[asyncio.Task[None]]] = {}
    notes: set[asyncio.Task[None]] = set()


# By database, for several networks may run in one process.
_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


async def begin(
    network: Network, capability: str, term: str, pages: int, bring: Bring
) -> list[Line]:
    """Ask every provider with a capability that is not put off, up to a page of its results."""
    providers = await table.offering(network.db, capability)
    if not providers:
        return []
    states = await table.capabilities(network.db, [provider.id for provider in providers])
    memory = _memory_of(network)
    lines: list[Line] = []
    for provider in providers:
        state = states[provider.id].get(capability)
        kept = memory.kept.get((provider.id, capability, term))
        known = kept is not None and kept.until > monotonic()
        running = memory.running.setdefault(provider.id, set())
        put_off = state is not None and state.retry_at > now_ms()
        if not known and (put_off or len(running) >= _MOST_RUNNING):
            continue
        waits = known or state is None or not (state.failures or state.slow)
        line = Line(provider, capability, waits)
        line.task = asyncio.ensure_future(_follow(network, line, state, term, pages, bring))
        running.add(line.task)
        line.task.add_done_callback(running.discard)
        lines.append(line)
    return lines


async def finish(network: Network, lines: list[Line], until: float) -> None:
    """Wait for answers until a time (of `monotonic`); who has none by then is waited for no more
    until it has been quick again. What is under way goes on.
    """
    waiting = [line.task for line in lines if line.waits and line.task and line.under_way]
    if waiting:
        await asyncio.wait(waiting, timeout=max(until - monotonic(), 0))
    for line in lines:
        if line.waits and line.uris is None and line.under_way:
            _note(network, line, slow=True)


async def _follow(
    network: Network,
    line: Line,
    state: Capability | None,
    term: str,
    pages: int,
    bring: Bring,
) -> None:
    started = monotonic()
    try:
        line.uris, asked = await _answers(network, line.provider, line.capability, term, pages)
        quick = asked and monotonic() - started < _QUICK_SECONDS
        if quick and state is not None and state.slow:
            _note(network, line, slow=False)
        await bring(line.uris)
    except (TransportError, NoiError):
        return  # noted where the call was made


async def _answers(
    network: Network, provider: Provider, capability: str, term: str, pages: int
) -> tuple[list[str], bool]:
    """What a provider says, and whether it had to be asked."""
    kept_all, key = _memory_of(network).kept, (provider.id, capability, term)
    kept, asked = kept_all.get(key), False
    if kept is None or kept.until < monotonic():
        query = urlencode({"term": term, "limit": AT_ONCE})
        kept = _Kept([], f"/{capability}/v0/search?{query}", 0, monotonic() + _KEPT_SECONDS)
    while kept.pages < pages and kept.following:
        asked = True
        try:
            answer = await provider_calls.call(
                network,
                provider,
                capability,
                "GET",
                kept.following,
                seconds=_CALL_SECONDS,
                limit_bytes=_ANSWER_BYTES,
                typed=True,
            )
        except TransportError:
            if kept.pages:
                break  # what it said before still counts
            raise
        uris = list(dict.fromkeys([*kept.uris, *_uris(answer.body)]))
        following = _following(provider, capability, answer.headers.get("link", ""))
        kept = _Kept(uris, following, kept.pages + 1, kept.until)
        kept_all[key] = kept
        kept_all.move_to_end(key)
        if len(kept_all) > _MOST_KEPT:
            kept_all.popitem(last=False)
    return kept.uris, asked


def _uris(body: bytes) -> list[str]:
    """The addresses in an answer; anything else in it is passed over."""
    try:
        found: object = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    if not isinstance(found, list):
        return []
    items = cast("list[object]", found)[:AT_ONCE]
    return [uri for uri in items if isinstance(uri, str) and uri and web_uri(uri) == uri]


def _following(provider: Provider, capability: str, link: str) -> str:
    """The path of the next page, where it is one of the same service."""
    match = _NEXT.search(link)
    base = provider.base_url
    if match is None or not match[1].startswith(f"{base}/{capability}/v0/search?"):
        return ""
    path = match[1][len(base) :]
    return path if len(path) <= _MAX_PATH else ""


def _note(network: Network, line: Line, *, slow: bool) -> None:
    """Write down whether a service is slow, beside the page."""

    async def write() -> None:
        await network.db.transaction(
            lambda tx: table.set_slow(tx, line.provider.id, line.capability, slow)
        )

    notes = _memory_of(network).notes
    task = asyncio.ensure_future(write())
    notes.add(task)
    task.add_done_callback(notes.discard)


def _memory_of(network: Network) -> _Memory:
    memory = _memories.get(network.db)
    if memory is None:
        memory = _memories[network.db] = _Memory()
    return memory


async def settled(network: Network) -> None:
    """Wait until nothing is under way any more."""
    memory = _memory_of(network)
    while tasks := [*memory.notes, *(task for some in memory.running.values() for task in some)]:
        await asyncio.wait(tasks)
