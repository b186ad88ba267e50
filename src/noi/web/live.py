"""New posts for an open home page, as HTML in an event stream, and what became of shown ones."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, cast
from weakref import WeakKeyDictionary

from litestar import Request, asgi
from litestar.types import Receive, Scope, Send

from noi.models.accounts import AccountState
from noi.models.errors import NoiError, NotFound, RateLimited, Unavailable
from noi.models.live import LiveEvent, LiveKind
from noi.models.paging import Page
from noi.models.statuses import StatusRef
from noi.pages.visits import Visit, WebRequest, number, open_visit
from noi.services import sessions, settings, streams, timelines
from noi.services.network import Network
from noi.streaming.bus import Bus
from noi.streaming.outbox import Outbox
from noi.streaming.topics import Topic, Topics
from noi.web.posts import posts

HEARTBEAT_SECONDS = 15.0
PAGES_PER_ACCOUNT = 20
_MOST_MISSED = 40
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"private, no-store"),
    (b"x-accel-buffering", b"no"),
]

_doors: WeakKeyDictionary[Bus, "Door"] = WeakKeyDictionary()


class OpenPage:
    """A home page that someone has open; `token` is its session's cookie."""

    __slots__ = ("account_id", "outbox", "shown", "token", "visit")

    def __init__(self, visit: Visit, token: str) -> None:
        self.visit = visit
        self.account_id = visit.viewer_id
        self.token = token
        self.outbox = Outbox()
        self.shown: list[int] = []

    async def show(self, refs: Sequence[StatusRef]) -> None:
        """Send statuses of others, oldest first; one's own are there already.

        What a page had before, or has missed, may just be told of on the bus as well.
        """
        for ref in reversed(refs):
            if ref.account_id == self.account_id or ref.id in self.shown:
                continue
            self.shown = [*self.shown[1 - _MOST_MISSED :], ref.id]
            for post in await posts(self.visit, [ref], "home", path="/"):
                part = self.visit.part("parts/post_one.html", p=post)
                self.outbox.put(_event("status", part.content, ref.id))

    async def refresh(self) -> None:
        """Look the session up anew, and end the stream with it."""
        self.visit.session = await sessions.look_up(self.visit.network, self.token)
        if self.visit.session is None or self.visit.session.state >= AccountState.DISABLED:
            self.outbox.close()


class Door:
    """Follows the bus while there are open pages."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._topics: Topics[OpenPage] = Topics()
        self._beating: asyncio.Task[None] | None = None

    def enter(self, page: OpenPage) -> None:
        """Begin to tell a page what is new; raises RateLimited."""
        topic = Topic("home", page.account_id)
        if len(self._topics.members(topic)) >= PAGES_PER_ACCOUNT:
            raise RateLimited("Too many open streams")
        self._topics.add(topic, page)
        if self._beating is None:
            self._network.bus.add(self)
            self._beating = asyncio.create_task(self._beat())

    def leave(self, page: OpenPage) -> None:
        """Tell a page nothing more; one that was not told anything is no error."""
        self._topics.discard(Topic("home", page.account_id), page)
        if not self._topics and self._beating is not None:
            self._network.bus.remove(self)
            self._beating.cancel()
            self._beating = None

    def close(self) -> None:
        """End every stream, because the process ends."""
        for page in self._pages():
            page.outbox.close()

    async def hear(self, events: Sequence[LiveEvent]) -> None:
        """Bring events to the pages they concern."""
        for event in events:
            await self._hear(event)

    async def _hear(self, event: LiveEvent) -> None:
        match event.kind:
            case LiveKind.STATUS:
                await self._new(event.id)
            case LiveKind.STATUS_DELETE:
                held = await streams.losing(self._network, event.id, self._owners(), [])
                for page in self._pages(held):
                    page.outbox.put(_event("delete", str(event.id).encode()))
            case LiveKind.TOKEN_REVOKED | LiveKind.FILTERS:
                await self._check(self._pages([event.account_id]))
            case LiveKind.GAP:
                await self._check(self._pages())
            case (
                LiveKind.STATUS_EDIT | LiveKind.NOTIFICATION | LiveKind.SETTINGS | LiveKind.POLICIES
            ):
                pass

    async def _new(self, status_id: int) -> None:
        held = await streams.holding(self._network, [status_id], self._owners())
        refs = await streams.for_viewers(self._network, [status_id], sorted(held[status_id]))
        for page in self._pages(refs):
            await page.show(refs[page.account_id])

    def _owners(self) -> list[int]:
        return [key for key in self._topics.keys("home") if isinstance(key, int)]

    def _pages(self, account_ids: Iterable[int] | None = None) -> list[OpenPage]:
        chosen = self._owners() if account_ids is None else account_ids
        return [page for id_ in chosen for page in self._topics.members(Topic("home", id_))]

    async def _check(self, pages: Iterable[OpenPage]) -> None:
        for page in pages:
            await page.refresh()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for page in self._pages():
                page.outbox.put(b":thump\n\n")
            with suppress(Unavailable):
                await self._check(self._pages())


@asgi("/live", copy_scope=False)
async def live(scope: Scope, receive: Receive, send: Send) -> None:
    """`status` events with HTML and `delete` events with ids, for the home of who is signed in."""
    network: Network = scope["litestar_app"].state.network
    request: WebRequest = Request(cast("Any", scope), receive)
    try:
        if scope["type"] != "http" or scope["method"] != "GET":
            raise NotFound
        visit = await open_visit(network, request, await settings.get(network))
        visit.require_active()
        page = OpenPage(visit, request.cookies.get(visit.cookie_name("session"), ""))
        await streams.wake_home(network, visit.person.account_id)
        await _serve(_door_of(network), page, receive, send)
    except NoiError as error:
        await send({"type": "http.response.start", "status": error.status, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _serve(door: Door, page: OpenPage, receive: Receive, send: Send) -> None:
    async def write(frames: list[bytes]) -> None:
        await send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})

    async def hear_end() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    door.enter(page)
    hearing = asyncio.create_task(hear_end())
    hearing.add_done_callback(lambda _: page.outbox.close())
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        page.outbox.put(b":)\n\n")
        await _catch_up(page)
        await page.outbox.empty_into(write)
    finally:
        hearing.cancel()
        door.leave(page)
    if not page.outbox.overrun:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _catch_up(page: OpenPage) -> None:
    """Send what came between the page (or an earlier connection) and this one."""
    visit = page.visit
    last = visit.request.headers.get("last-event-id") or visit.query.get("since", "")
    newest = number(last)
    if newest is not None:
        page.shown.append(newest)
        part = Page(_MOST_MISSED, since_id=newest)
        await page.show(await timelines.home(visit.network, visit.person, part))


def _door_of(network: Network) -> Door:
    door = _doors.get(network.bus)
    if door is None:
        door = _doors[network.bus] = Door(network)
    return door


def _event(name: str, data: bytes, id_: int | None = None) -> bytes:
    lines = b"".join(b"data: %s\n" % line for line in data.splitlines() if line)
    known = b"" if id_ is None else b"id: %d\n" % id_
    return b"%sevent: %s\n%s\n" % (known, name.encode(), lines)


HANDLERS = [live]
