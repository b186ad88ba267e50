"""Other servers for measurements: their accounts in the database, their signatures, their inboxes.

Each is a loopback address of its own (127.1.…), all of them in this process.
"""

import asyncio
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

import msgspec

from benchmarks import rows, seed
from noi.activitypub import cavage
from noi.activitypub.keys import (
    KeyPair,
    PrivateKey,
    new_ed25519_pair,
    new_rsa_pair,
    parse_private_key,
)
from noi.models.ids import first_id_at, now_ms

COLUMNS = {
    "accounts": "id domain username username_key display_name uri url inbox_uri shared_inbox_uri "
    "inbox_host key_id public_key created_at updated_at fetched_at",
    "follows": "id account_id target_id created_at",
    "hosts": "host created_at",
}
PORT = 9300
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_FIRST_ID = first_id_at(1_650_000_000_000)
_FOLLOWS = 10_000_000


class Actor(msgspec.Struct, frozen=True):
    """Somebody on another server, by number."""

    number: int
    host: str

    @property
    def id(self) -> int:
        return _FIRST_ID + self.number

    @property
    def uri(self) -> str:
        return f"http://{self.host}/users/nguoi{self.number}"

    @property
    def key_id(self) -> str:
        return f"{self.uri}#main-key"


def actors(many: int, hosts: int) -> list[Actor]:
    """So many people, spread evenly over so many servers."""
    return [Actor(number, host(number % hosts)) for number in range(many)]


def address(number: int) -> str:
    """Where the server with a number listens."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


def host(number: int) -> str:
    """The name of the server with a number."""
    return f"{address(number)}:{PORT}"


@cache
def keys() -> KeyPair:
    """One pair for all: what is measured does not depend on whose it is."""
    return new_rsa_pair()


@cache
def private_key() -> PrivateKey:
    """The private key of `keys`."""
    return parse_private_key(keys().private_key)


async def settle(
    url: str, people: Sequence[Actor], *, followed: Sequence[int] = (), followers: int = 0
) -> None:
    """Write remote accounts: each follows the local ones with the numbers `followed`, and is
    followed by so many local `followers`.
    """
    now = now_ms()
    accounts = [
        (
            *(actor.id, actor.host, f"nguoi{actor.number}", f"nguoi{actor.number}"),
            *(f"Người {actor.number}", actor.uri, actor.uri, f"{actor.uri}/inbox"),
            *(f"http://{actor.host}/inbox", actor.host, actor.key_id, keys().public_key),
            *(now, now, now),
        )
        for actor in people
    ]
    pairs = [(actor.id, rows.account_id(number)) for actor in people for number in followed]
    pairs += [
        (rows.account_id((actor.number * followers + step) % rows.ACCOUNTS), actor.id)
        for actor in people
        for step in range(followers)
    ]
    follows = [(_FOLLOWS + at, *pair, now) for at, pair in enumerate(pairs)]
    hosts = [(name, now) for name in {actor.host: None for actor in people}]
    written = {"accounts": accounts, "follows": follows, "hosts": hosts}
    await seed.write(url, written, COLUMNS)


async def follow_all(url: str, number: int, people: Sequence[Actor]) -> None:
    """Let the local account with a number follow all of these, whom it does not follow yet."""
    sql = """INSERT INTO follows (id, account_id, target_id, created_at)
    SELECT 20000000 + a.id % 1000000, :account_id, a.id, a.created_at FROM accounts a
    WHERE a.id @in(:ids) AND NOT EXISTS (SELECT 1 FROM follows f
        WHERE f.account_id = :account_id AND f.target_id = a.id)"""
    ids = [actor.id for actor in people]
    await seed.run(url, sql, {"account_id": rows.account_id(number), "ids": ids})


async def make_keys(url: str, name: str, number: int) -> None:
    """Give a local account the keys that the server would make when they are first needed."""
    ed25519, uri = new_ed25519_pair(), f"{seed.ORIGIN}/users/{name}"
    await seed.run(
        url,
        """UPDATE accounts SET key_id = :key_id, public_key = :public, private_key = :private,
        ed25519_key_id = :ed25519_key_id, ed25519_public_key = :ed25519_public,
        ed25519_private_key = :ed25519_private WHERE id = :id""",
        {
            "id": rows.account_id(number),
            "key_id": f"{uri}#main-key",
            "public": keys().public_key,
            "private": keys().private_key,
            "ed25519_key_id": f"{uri}#ed25519-key",
            "ed25519_public": ed25519.public_key,
            "ed25519_private": ed25519.private_key,
        },
    )


def signed(actor: Actor, body: bytes, origin: str = seed.ORIGIN) -> bytes:
    """A whole request that delivers an activity to the shared inbox, by draft-cavage."""
    headers = cavage.sign(actor.key_id, private_key(), "POST", f"{origin}/inbox", now_ms(), body)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    lines += ["Content-Type: application/activity+json", f"Content-Length: {len(body)}"]
    return "\r\n".join(["POST /inbox HTTP/1.1", *lines, "", ""]).encode() + body


class Inboxes:
    """Servers that answer 202 to everything, and count."""

    def __init__(self) -> None:
        self.count = 0
        self._awaited = 0
        self._reached = asyncio.Event()
        self._servers: list[Any] = []

    async def open(self, hosts: int) -> None:
        """Listen as so many servers."""
        loop = asyncio.get_running_loop()
        for number in range(hosts):
            server = await loop.create_server(lambda: _Inbox(self), address(number), PORT)
            self._servers.append(server)

    def close(self) -> None:
        """Listen no more."""
        for server in self._servers:
            server.close()

    def arrived(self) -> None:
        """Count one more."""
        self.count += 1
        if self.count >= self._awaited:
            self._reached.set()

    async def reached(self, count: int) -> None:
        """Wait until so many came in all."""
        self._awaited = count
        self._reached.clear()
        if self.count < count:
            async with asyncio.timeout(120):
                await self._reached.wait()


class _Inbox(asyncio.Protocol):
    _ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"

    def __init__(self, inboxes: Inboxes) -> None:
        self._inboxes = inboxes
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no common class.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        length = _LENGTH.search(self._data, 0, end + 2) if end >= 0 else None
        if end < 0 or len(self._data) < end + 4 + (int(length[1]) if length else 0):
            return
        self._data = b""
        if self._transport is not None:
            self._transport.write(self._ANSWER)
        self._inboxes.arrived()
