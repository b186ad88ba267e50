"""What other servers send in the measurements: signed notes, and who listens for them."""

import asyncio
import time
from collections.abc import Sequence
from typing import cast

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from benchmarks import peers, rows
from benchmarks.load import Request
from noi.activitypub import linked_data
from noi.activitypub.normalize import load as load_document
from noi.models.ids import now_ms

_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {
        "ostatus": "http://ostatus.org#",
        "atomUri": "ostatus:atomUri",
        "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
        "conversation": "ostatus:conversation",
        "sensitive": "as:sensitive",
        "toot": "http://joinmastodon.org/ns#",
        "votersCount": "toot:votersCount",
        "Hashtag": "as:Hashtag",
    },
]


class Sent(msgspec.Struct, frozen=True):
    """A whole request, signed."""

    data: bytes

    def encode(self) -> bytes:
        return self.data


def notes(authors: Sequence[peers.Actor], first: int, many: int) -> list[Sent]:
    """Signed Creates of new public notes, as Mastodon writes them, by the authors in turn.

    A third go on from their author's last one, a fifth have a hashtag.
    """
    texts = rows.texts()
    sent: list[Sent] = []
    for number in range(first, first + many):
        author = authors[number % len(authors)]
        last = number - len(authors)
        reply = f"{author.uri}/statuses/{last}" if number % 3 == 0 and last >= 0 else None
        body = _create(author, number, texts[number % len(texts)], reply)
        sent.append(Sent(peers.signed(author, body)))
    return sent


def relayed(author: peers.Actor, first: int, many: int) -> list[Sent]:
    """Signed Creates as an author's server gives them to a relay, signed inside too."""
    sent: list[Sent] = []
    for number in range(first, first + many):
        document = load_document(_create(author, number, rows.texts()[number], None))
        key = peers.private_key()
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("linked-data signatures are by RSA keys")
        signed = linked_data.sign(document, key, author.key_id, now_ms())
        sent.append(Sent(peers.signed(author, msgspec.json.encode(signed))))
    return sent


def deletes(first: int, many: int) -> list[Sent]:
    """Signed Deletes of actors that nobody here has ever heard of."""
    sent: list[Sent] = []
    for number in range(first, first + many):
        actor = peers.Actor(number, peers.host(number % 100))
        activity = {
            "@context": _CONTEXT[0],
            "id": f"{actor.uri}#delete",
            "type": "Delete",
            "actor": actor.uri,
            "to": [_PUBLIC],
            "object": actor.uri,
        }
        sent.append(Sent(peers.signed(actor, msgspec.json.encode(activity))))
    return sent


def _create(author: peers.Actor, number: int, text: str, reply: str | None) -> bytes:
    uri = f"{author.uri}/statuses/{number}"
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_ms() / 1000))
    tags: list[dict[str, str]] = []
    if number % 5 == 0:
        name = f"Thẻ{number % 20}"
        href = f"http://{author.host}/tags/{name}"
        tags = [{"type": "Hashtag", "href": href, "name": f"#{name}"}]
        text = f'{text} <a href="{href}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'
    content = f"<p>{text}</p>"
    note = {
        "id": uri,
        "type": "Note",
        "summary": None,
        "inReplyTo": reply,
        "published": at,
        "url": f"http://{author.host}/@nguoi{author.number}/{number}",
        "attributedTo": author.uri,
        "to": [_PUBLIC],
        "cc": [f"{author.uri}/followers"],
        "sensitive": False,
        "atomUri": uri,
        "inReplyToAtomUri": reply,
        "conversation": f"tag:{author.host},2026:objectId={number}:objectType=Conversation",
        "content": content,
        "contentMap": {"vi": content},
        "attachment": [],
        "tag": tags,
    }
    activity = {
        "@context": _CONTEXT,
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": author.uri,
        "published": at,
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    }
    return msgspec.json.encode(activity)


class Listener(asyncio.Protocol):
    """Somebody's open home timeline, which counts what comes."""

    def __init__(self, number: int) -> None:
        self.count: int = 0
        self.opened = asyncio.Event()
        self._changed = asyncio.Event()
        self._rest: bytes = b""
        self._token = rows.token(number)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no common class.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(Request("/api/v1/streaming/user", token=self._token).encode())

    def data_received(self, data: bytes) -> None:
        self.opened.set()
        data = self._rest + data
        self.count += data.count(b"event: update\n")
        self._rest = data[-len("event: update\n") + 1 :]
        self._changed.set()

    async def reached(self, count: int) -> None:
        """Wait until so many came in all."""
        async with asyncio.timeout(120):
            while self.count < count:
                self._changed.clear()
                await self._changed.wait()

    def close(self) -> None:
        """Listen no more."""
        if self._transport is not None:
            self._transport.close()
