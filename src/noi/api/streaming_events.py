"""Bringing live events to the open streams of a process, as Mastodon's JSON.

For each event it is asked once which streams it concerns, and once as what their viewers see
it; what looks the same to several of them is made once and shared.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from noi.api.conversations import conversation_entity
from noi.api.entities.notifications import notification_entities
from noi.api.rendering import status_parts
from noi.api.streaming_sessions import Event, Session, Sessions
from noi.db.streams import StatusFacts
from noi.models.accounts import Viewer
from noi.models.errors import Forbidden, NotFound, Unauthorized, Unavailable
from noi.models.live import LiveEvent, LiveKind
from noi.models.statuses import StreamedRef, Visibility
from noi.services import conversations, notifications, streams
from noi.services.network import Network
from noi.streaming.bus import Bus
from noi.streaming.topics import Topic

HEARTBEAT_SECONDS = 15.0
_AT_ONCE = 100
_CHECKS_AT_ONCE = 50
_SHOWN = {LiveKind.STATUS: "update", LiveKind.STATUS_EDIT: "status.update"}
_HOME_KINDS = frozenset({"user", "list"})

_doors: WeakKeyDictionary[Bus, "Door"] = WeakKeyDictionary()


def door_of(network: Network) -> "Door":
    """The streams that this process has open for a network."""
    door = _doors.get(network.bus)
    if door is None:
        door = _doors[network.bus] = Door(network)
    return door


class _Target(NamedTuple):
    session: Session
    topic: Topic


_Parts = dict[tuple[int, str, int], bytes]
"""JSON by viewer, context and status."""


class Door:
    """Follows the bus while there are open streams."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.sessions = Sessions()
        self._beating: asyncio.Task[None] | None = None

    def enter(self, session: Session) -> None:
        """Begin a stream; raises RateLimited."""
        self.sessions.add(session, limited=self.network.settings.rate_limits)
        if self._beating is None:
            self.network.bus.add(self)
            self._beating = asyncio.create_task(self._beat())

    def leave(self, session: Session) -> None:
        """End a stream, with the last one following the bus."""
        self.sessions.remove(session)
        if not self.sessions and self._beating is not None:
            self.network.bus.remove(self)
            self._beating.cancel()
            self._beating = None

    def close(self) -> None:
        """End every stream, because the process ends."""
        for session in self.sessions:
            session.close()

    async def hear(self, events: Sequence[LiveEvent]) -> None:
        """Bring events to the streams they concern; statuses that follow each other together."""
        for kind, run in groupby(events, key=lambda event: event.kind):
            if kind in _SHOWN:
                await self._statuses([event.id for event in run], _SHOWN[kind])
                continue
            for event in run:
                await self._hear(event)

    async def _hear(self, event: LiveEvent) -> None:
        match event.kind:
            case LiveKind.STATUS_DELETE:
                await self._delete(event.id)
            case LiveKind.NOTIFICATION:
                await self._notification(event.id, event.account_id)
            case LiveKind.FILTERS:
                await self._filters(event.account_id)
            case LiveKind.TOKEN_REVOKED:
                for session in [one for one in self.sessions if one.token_id == event.id]:
                    session.close()
            case LiveKind.GAP:
                await self._check([*self.sessions])
            case LiveKind.STATUS | LiveKind.STATUS_EDIT | LiveKind.SETTINGS | LiveKind.POLICIES:
                pass

    async def _statuses(self, ids: Sequence[int], name: str) -> None:
        found = await streams.facts(self.network, ids)
        shown = [found[id_] for id_ in ids if id_ in found and not found[id_].deleted]
        homes = await self._homes([facts.id for facts in shown])
        targets = {
            facts.id: self._targets([*await self._public_topics(facts), *homes[facts.id]])
            for facts in shown
        }
        parts = await self._parts(targets)
        for facts in shown:
            events: dict[bytes, Event] = {}
            for session, topic in targets[facts.id]:
                json = parts.get((session.account_id, _context(topic), facts.id))
                if json is not None:
                    event = events.get(json) or events.setdefault(json, Event(name, json))
                    session.send(topic, event)
            if facts.visibility == Visibility.DIRECT and name == "update":
                await self._conversation(facts)
            await asyncio.sleep(0)  # readers keep up, as long as they come to read

    async def _homes(self, ids: Sequence[int]) -> dict[int, list[Topic]]:
        owners = [*self.sessions.owners("user"), *self.sessions.owners("list")]
        held = await streams.holding(self.network, ids, owners)
        return {
            id_: [Topic(kind, owner) for owner in held[id_] for kind in ("user", "list")]
            for id_ in ids
        }

    async def _public_topics(self, facts: StatusFacts) -> list[Topic]:
        if facts.visibility != Visibility.PUBLIC or facts.is_reblog:
            return []
        # Answers to others are no news for everybody.
        here = "public:local" if facts.local else "public:remote"
        names = [] if facts.answers_others else ["public", here]
        if facts.has_media:
            names += [f"{name}:media" for name in names]
        return [*map(Topic, names), *await self._hashtag_topics(facts)]

    async def _hashtag_topics(self, facts: StatusFacts) -> list[Topic]:
        kinds = ("hashtag", "hashtag:local") if facts.local else ("hashtag",)
        followed = [Topic(kind, key) for kind in kinds for key in self.sessions.families(kind)]
        if not facts.has_tags or not followed:
            return []
        found = await streams.families(self.network, facts.id)
        if facts.deleted and not found:
            return followed  # it has lost its tags, so any of these may have had it
        return [topic for topic in followed if topic.key in found]

    def _targets(self, topics: Iterable[Topic]) -> list[_Target]:
        return [
            _Target(session, topic)
            for topic in topics
            for session in self.sessions.following(topic)
        ]

    async def _parts(self, targets: Mapping[int, Sequence[_Target]]) -> _Parts:
        """Statuses as their viewers see them; those for the same viewers are made together."""
        together: defaultdict[frozenset[int], list[int]] = defaultdict(list)
        for id_, chosen in targets.items():
            together[frozenset(target.session.account_id for target in chosen)].append(id_)
        parts: _Parts = {}
        for viewers, ids in together.items():
            for few, some in _batches(ids, sorted(viewers)):
                seen = await streams.for_viewers(self.network, few, some)
                wanted = _wanted(seen, {id_: targets[id_] for id_ in few})
                for (viewer, context), refs in wanted.items():
                    made = await status_parts(self.network, viewer, refs, context)
                    for ref, json in zip(refs, made, strict=True):
                        if json is not None:
                            parts[viewer.account_id, context, ref.id] = json
                await asyncio.sleep(0)
        return parts

    async def _delete(self, status_id: int) -> None:
        facts = (await streams.facts(self.network, [status_id])).get(status_id)
        if facts is None:
            return
        accounts, lists = self.sessions.owners("user"), self.sessions.owners("list")
        held = await streams.losing(self.network, status_id, accounts, lists)
        topics = [Topic(kind, owner) for owner in held for kind in ("user", "list")]
        topics += await self._public_topics(facts)
        if facts.visibility == Visibility.DIRECT:
            direct = self.sessions.owners("direct")
            found = await streams.taking_part(self.network, status_id, direct)
            topics += [Topic("direct", account_id) for account_id in found]
        event = Event("delete", str(status_id).encode())
        for session, topic in self._targets(topics):
            # What was hidden by enforcement stays visible to its author.
            if facts.deleted or session.account_id != facts.account_id:
                session.send(topic, event)

    async def _conversation(self, facts: StatusFacts) -> None:
        waiting = self.sessions.owners("direct")
        for account_id in await streams.taking_part(self.network, facts.id, waiting):
            found = await conversations.of_account(self.network, account_id, facts.conversation_id)
            refs = await streams.for_viewers(self.network, [facts.id], [account_id])
            if found is None or not refs:
                continue
            for session, topic in self._targets([Topic("direct", account_id)]):
                entity = await conversation_entity(self.network, session.viewer, found)
                session.send(topic, Event("conversation", msgspec.json.encode(entity)))

    async def _notification(self, notification_id: int, account_id: int) -> None:
        topics = [Topic("user", account_id), Topic("user:notification", account_id)]
        targets = self._targets(topics)
        if not targets:
            return
        with suppress(NotFound):
            found = await notifications.get(self.network, account_id, notification_id)
            viewer = targets[0].session.viewer
            for entity in await notification_entities(self.network, viewer, [found]):
                event = Event("notification", msgspec.json.encode(entity))
                for session, topic in targets:
                    session.send(topic, event)

    async def _filters(self, account_id: int) -> None:
        await self._check([one for one in self.sessions if one.account_id == account_id])
        for session, topic in self._targets([Topic("user", account_id)]):
            session.send(topic, Event("filters_changed", None))

    async def _check(self, sessions: Sequence[Session]) -> None:
        """Look the tokens up anew: filters change, people are disabled, tokens end."""
        for position, session in enumerate(sessions):
            try:
                await session.refresh(self.network)
            except (Unauthorized, Forbidden):
                session.close()
            if position % _CHECKS_AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for session in self.sessions:
                session.beat()
            with suppress(Unavailable):
                await self._check([*self.sessions])


def _context(topic: Topic) -> str:
    return "home" if topic.kind in _HOME_KINDS else "public"


def _wanted(
    seen: Mapping[int, Sequence[StreamedRef]], targets: Mapping[int, Sequence[_Target]]
) -> dict[tuple[Viewer, str], list[StreamedRef]]:
    """What is to be made for whom, and in which context."""
    refs = {(viewer, ref.id): ref for viewer, some in seen.items() for ref in some}
    viewers: dict[int, Viewer] = {}
    wanted: dict[tuple[int, str], dict[int, StreamedRef]] = {}
    for id_, chosen in targets.items():
        for session, topic in chosen:
            ref, context = refs.get((session.account_id, id_)), _context(topic)
            if ref is not None and (context == "home" or ref.in_public):
                viewer = viewers.setdefault(session.account_id, session.viewer)
                wanted.setdefault((viewer.account_id, context), {})[id_] = ref
    return {(viewers[id_], context): [*some.values()] for (id_, context), some in wanted.items()}


def _batches(
    ids: Sequence[int], viewers: Sequence[int]
) -> Iterable[tuple[Sequence[int], Sequence[int]]]:
    """Statuses and viewers, so few at a time that nobody else waits for long."""
    for start in range(0, len(viewers), _AT_ONCE):
        some = viewers[start : start + _AT_ONCE]
        step = max(1, _AT_ONCE // len(some))
        for first in range(0, len(ids), step):
            yield ids[first : first + step], some
