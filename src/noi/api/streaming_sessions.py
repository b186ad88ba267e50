"""The open streams of a process: whose each is, which channels it has, and what it is sent."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TypeVar

import msgspec

from noi.api.streaming_channels import Channel, identify
from noi.models.accounts import Grant, Viewer
from noi.models.errors import BadRequest, RateLimited
from noi.services.network import Network
from noi.streaming.outbox import Outbox
from noi.streaming.topics import Topic, Topics

STREAMS_PER_ACCOUNT = 20
STREAMS_PER_ADDRESS = 200
CHANNELS_PER_SOCKET = 50

K = TypeVar("K")
_THUMP = b":thump\n\n"


class Event:
    """One event in the forms that streams ask for, each made once and shared."""

    __slots__ = ("_frames", "_name", "_payload")

    def __init__(self, name: str, payload: bytes | None) -> None:
        self._name = name
        self._payload = payload
        self._frames: dict[str, bytes] = {}

    def frame(self, wire: str) -> bytes:
        """The event for a socket's channel, or with an empty `wire` for an event stream."""
        found = self._frames.get(wire)
        if found is None:
            found = self._frames[wire] = self._framed(wire)
        return found

    def _framed(self, wire: str) -> bytes:
        name, payload = self._name.encode(), self._payload
        if not wire:
            # Apps read `undefined` as nothing, for that is what Mastodon sends.
            return b"event: %s\ndata: %s\n\n" % (name, payload or b"undefined")
        head = b'{"stream":%s,"event":"%s"' % (wire.encode(), name)
        if payload is None:
            return head + b"}"
        return b'%s,"payload":%s}' % (head, msgspec.json.encode(payload.decode()))


class Session:
    """One open stream; `socket` tells a WebSocket with many channels from an event stream.

    `gone` says that its reader ended it.
    """

    __slots__ = (
        "account_id",
        "address",
        "channels",
        "gone",
        "outbox",
        "scopes",
        "socket",
        "token",
        "token_id",
        "viewer",
    )

    def __init__(
        self, grant: Grant, viewer: Viewer, token: str, address: str, *, socket: bool
    ) -> None:
        self.token = token
        self.token_id = grant.token_id
        self.scopes = grant.scopes
        self.viewer = viewer
        self.account_id = viewer.account_id
        self.address = address
        self.socket = socket
        self.channels: dict[Channel, Topic] = {}
        self.outbox = Outbox()
        self.gone = False

    def send(self, topic: Topic, event: Event) -> None:
        """Queue an event for each channel that is of this topic."""
        for channel, followed in self.channels.items():
            if followed == topic:
                self.outbox.put(event.frame(channel.wire if self.socket else ""))

    def beat(self) -> None:
        """Keep an event stream alive; the server pings sockets by itself."""
        if not self.socket:
            self.outbox.put(_THUMP)

    def close(self) -> None:
        """End the stream."""
        self.outbox.close()

    async def refresh(self, network: Network) -> None:
        """Look the token up anew; raises Unauthorized or Forbidden when it holds no longer."""
        grant, self.viewer = await identify(network, self.token)
        self.scopes = grant.scopes


class Sessions:
    """All open streams by what they follow."""

    def __init__(self) -> None:
        self._all: set[Session] = set()
        self._topics: Topics[Session] = Topics()
        self._by_account: Counter[int] = Counter()
        self._by_address: Counter[str] = Counter()

    def add(self, session: Session, *, limited: bool) -> None:
        """Count a stream in; raises RateLimited when someone has too many."""
        if limited and (
            self._by_account[session.account_id] >= STREAMS_PER_ACCOUNT
            or self._by_address[session.address] >= STREAMS_PER_ADDRESS
        ):
            raise RateLimited("Too many open streams")
        self._all.add(session)
        self._by_account[session.account_id] += 1
        self._by_address[session.address] += 1

    def remove(self, session: Session) -> None:
        """Forget a stream."""
        self._all.discard(session)
        for channel in [*session.channels]:
            self.unsubscribe(session, channel)
        _count_down(self._by_account, session.account_id)
        _count_down(self._by_address, session.address)

    def subscribe(self, session: Session, channel: Channel, topic: Topic) -> None:
        """Let a stream have a channel; raises BadRequest when it has too many."""
        if channel not in session.channels and len(session.channels) >= CHANNELS_PER_SOCKET:
            raise BadRequest("Too many streams on one socket")
        session.channels[channel] = topic
        self._topics.add(topic, session)

    def unsubscribe(self, session: Session, channel: Channel) -> None:
        """Let a stream have a channel no longer; one that it has not is no error."""
        topic = session.channels.pop(channel, None)
        if topic is not None and topic not in session.channels.values():
            self._topics.discard(topic, session)

    def following(self, topic: Topic) -> Collection[Session]:
        """The streams that follow a topic."""
        return self._topics.members(topic)

    def owners(self, kind: str) -> list[int]:
        """Of which accounts or lists the topics of a kind are followed."""
        return [key for key in self._topics.keys(kind) if isinstance(key, int)]

    def families(self, kind: str) -> list[str]:
        """Which hashtags are followed."""
        return [key for key in self._topics.keys(kind) if isinstance(key, str)]

    def __iter__(self) -> Iterator[Session]:
        return iter(self._all)

    def __bool__(self) -> bool:
        return bool(self._all)


def _count_down(counter: Counter[K], key: K) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
