"""Whatever fails between two networks, what one sends comes to the other, once in effect."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

import people
import postgres_cluster
import testrig
from killing import beside, kill_one
from noi.activitypub import outgoing
from noi.activitypub.vocabulary import PUBLIC
from noi.db import hosts
from noi.db.database import Transaction
from noi.models.ids import now_ms
from noi.services import delivery, follows, remote_accounts
from serving import Served, serving
from testrig import Rig

pytestmark = [pytest.mark.anyio, pytest.mark.long, pytest.mark.timeout(900)]

AUTHORS = ("lan", "minh", "hoa", "son")
SETTINGS = {"federation_private_peers": "127.0.0.0/8,::1/128", "access_log": "off"}
_SENT = "SELECT count(*) FROM deliveries"
_STATUSES = "SELECT count(*) FROM statuses WHERE local = 0"
_WAITING = "SELECT count(*) FROM inbox_journal"

Disturb = Callable[[], Awaitable[None]]


class Pair:
    """Two served networks: mai, at the receiving one, follows all authors of the sending one."""

    def __init__(self, here: Rig, there: Rig) -> None:
        self.here, self.there = here, there
        self._authors: list[tuple[int, str]] = []
        self._reader_here = 0
        self._reader = 0

    async def befriend(self) -> None:
        mai = await people.join(self.there.network, "mai")
        self._reader = mai.account_id
        for name in AUTHORS:
            author = await people.join(self.here.network, name)
            uri = f"{self.here.url}/users/{name}"
            self._authors.append((author.account_id, uri))
            known = await remote_accounts.by_uri(self.there.network, uri)
            await follows.follow(self.there.network, mai.account_id, known.id)
        sql = "SELECT count(*) FROM follows WHERE account_id = :id"
        await until(lambda: self._count(self.there, sql, id=self._reader), len(AUTHORS))
        sql = "SELECT max(id) FROM accounts WHERE domain <> ''"
        self._reader_here = await self.here.network.db.fetch_value(sql)

    async def queue(self, many: int) -> None:
        """Queue so many new notes of the authors in turn, as posting them would."""

        async def work(tx: Transaction) -> None:
            for number in range(many):
                author_id, uri = self._authors[number % len(self._authors)]
                note = _note(uri, number)
                activity = outgoing.create(note, f"{note['id']}/activity")
                await delivery.send(tx, author_id, activity, to=[self._reader_here])

        await self.here.network.db.transaction(work)

    async def arrived(self) -> int:
        return await self._count(self.there, _STATUSES)

    async def finish(self, many: int) -> None:
        """Wait until everything has come, and check that nothing has doubled."""
        await until(lambda: self._undelivered(), 0)
        await until(lambda: self._count(self.there, _WAITING), 0)
        assert await self.arrived() == many
        sql = "SELECT count(*) FROM timeline_entries WHERE owner_id = :id"
        assert await self._count(self.there, sql, id=self._reader) == many
        sql = "SELECT sum(statuses_count) FROM accounts WHERE domain <> ''"
        assert await self._count(self.there, sql) == many

    async def try_again(self) -> None:
        """Let the sender forget that the receiver was away, as its people may."""
        host, db = self.there.network.settings.host, self.here.network.db
        known = await hosts.get(db, host)
        if known is not None and known.failures:
            await db.transaction(lambda tx: hosts.revive(tx, host, now_ms()))

    async def refused(self) -> int:
        """Whether the sender noticed that the receiver takes nothing, or has nothing to send."""
        sql = """SELECT CASE WHEN EXISTS (SELECT 1 FROM hosts WHERE failures > 0)
            OR NOT EXISTS (SELECT 1 FROM deliveries) THEN 1 ELSE 0 END"""
        return await self._count(self.here, sql)

    async def _undelivered(self) -> int:
        await self.try_again()
        return await self._count(self.here, _SENT)

    async def _count(self, rig: Rig, sql: str, **params: Any) -> int:
        return int(await rig.network.db.fetch_value(sql, params) or 0)


def _note(author_uri: str, number: int) -> dict[str, object]:
    return {
        "id": f"{author_uri}/statuses/{number}",
        "type": "Note",
        "attributedTo": author_uri,
        "content": f"<p>Bài số {number}</p>",
        "published": "2026-11-22T00:00:00Z",
        "to": [PUBLIC],
        "cc": [f"{author_uri}/followers"],
    }


async def until(look: Callable[[], Awaitable[int]], wanted: int, seconds: float = 300) -> None:
    async with asyncio.timeout(seconds):
        while await look() != wanted:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def pair(here: Served, there: Served) -> AsyncGenerator[Pair]:
    await here.answers(within=30)
    await there.answers(within=30)
    async with beside(here) as sender, beside(there) as receiver:
        made = Pair(sender, receiver)
        await made.befriend()
        yield made


async def disturbed(made: Pair, many: int, times: int, disturb: Disturb) -> None:
    """Do so after equal parts of what is to come."""
    for number in range(1, times + 1):
        enough = many * number // (times + 1)
        async with asyncio.timeout(300):
            while await made.arrived() < enough:
                await made.try_again()
                await asyncio.sleep(0.02)
        await disturb()


async def test_kills_of_both_sides_lose_and_double_nothing(engine: str) -> None:
    many = 10_000
    async with (
        serving(engine, hub=False, **SETTINGS) as here,
        serving(engine, hub=False, **SETTINGS) as there,
        pair(here, there) as made,
    ):
        await made.queue(many)

        async def kill_both() -> None:
            await kill_one(here)
            await kill_one(there)

        await disturbed(made, many, 6, kill_both)
        await made.finish(many)


async def test_a_database_that_goes_away_loses_no_mail() -> None:
    many = 3_000
    with postgres_cluster.stoppable() as cluster:
        async with testrig.services("sqlite", database=cluster.url):
            pass  # which migrates it
        async with (
            serving("sqlite", hub=False, **SETTINGS) as here,
            serving("sqlite", hub=False, database=cluster.url, **SETTINGS) as there,
            pair(here, there) as made,
        ):
            await made.queue(many)

            async def stop_for_a_while() -> None:
                cluster.stop()
                await until(made.refused, 1, seconds=60)
                cluster.start()
                await there.answers(within=60)

            await disturbed(made, many, 2, stop_for_a_while)
            await made.finish(many)
