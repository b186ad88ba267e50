from collections.abc import Awaitable, Callable

import pytest

import testrig
from noi.db import hosts
from noi.db.database import Database, Transaction
from noi.db.hosts import Failure
from noi.models.federation import Host

A, B = "a.example", "b.example:8443"
NOW = 1_700_000_000_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


async def host(db: Database, name: str = A) -> Host:
    found = await hosts.get(db, name)
    assert found is not None
    return found


async def fail(
    db: Database, now: int, retry_at: int | None = None, error: str = "no answer"
) -> Failure:
    return await db.transaction(lambda tx: hosts.failed(tx, A, error, retry_at, now))


async def heard(db: Database, now: int) -> None:
    await db.transaction(lambda tx: hosts.heard(tx, [A], now))


@pytest.mark.anyio
async def test_hosts_are_made_by_whatever_is_noted_first(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        notes: dict[str, Callable[[Transaction, str], Awaitable[object]]] = {
            "seen": lambda tx, name: hosts.seen(tx, [name, name], NOW),
            "heard": lambda tx, name: hosts.heard(tx, [name, name], NOW),
            "failed": lambda tx, name: hosts.failed(tx, name, "x", None, NOW),
            "signatures": lambda tx, name: hosts.remember_signatures(tx, name, "rfc9421"),
            "software": lambda tx, name: hosts.describe(tx, name, "noi", "1", NOW),
        }
        for name, note in notes.items():
            for _ in range(2):
                await db.transaction(lambda tx, note=note, name=name: note(tx, name))
        found = await hosts.get_many(db, [*notes, "unknown"])
        assert sorted(found) == sorted(notes)
        assert found["heard"].heard_at == NOW
        assert found["failed"].failures == 2
        assert found["software"].software == "noi"
        assert "software" not in await hosts.undescribed(db, before=NOW, limit=9)
        assert (await hosts.undescribed(db, before=NOW + 1, limit=9))[-1] == "software"
        found = await hosts.get_many(db, list(notes))
        assert {host.host for host in found.values() if host.signatures} == {"signatures"}
        assert await hosts.get(db, "unknown") is None


@pytest.mark.anyio
async def test_pauses_double_to_half_a_day(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        for expected in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 720, 720):
            failure = await fail(db, NOW)
            pause = (failure.retry_at - NOW) / MINUTE
            assert expected * 0.74 < pause < expected * 1.26
            assert not failure.dead
            assert (await host(db)).retry_at == failure.retry_at
        found = await host(db)
        assert found.failures == 12
        assert (found.failing_since, found.error_at, found.error) == (NOW, NOW, "no answer")


@pytest.mark.anyio
async def test_pauses_differ_so_that_not_all_come_at_once() -> None:
    async with testrig.services("sqlite") as rig:
        times = {
            (await rig.network.db.transaction(lambda tx: hosts.failed(tx, "x", "", None, NOW)))
            for _ in range(20)
        }
        assert len(times) > 10


@pytest.mark.anyio
async def test_a_host_that_says_when_is_not_tried_before(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        assert (await fail(db, NOW, NOW + DAY)).retry_at == NOW + DAY
        assert (await fail(db, NOW, NOW)).retry_at > NOW + MINUTE


@pytest.mark.anyio
async def test_a_week_of_failing_is_the_end_until_it_speaks(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await fail(db, NOW)
        assert not (await fail(db, NOW + 7 * DAY - 1)).dead
        assert (await fail(db, NOW + 7 * DAY)).dead
        assert (await host(db)).dead_at == NOW + 7 * DAY
        assert (await fail(db, NOW + 8 * DAY)).dead
        assert (await host(db)).dead_at == NOW + 7 * DAY
        later = NOW + 30 * DAY
        await heard(db, later)
        found = await host(db)
        assert found.dead_at is None
        assert found.retry_at <= later
        assert not (await fail(db, later + 6 * DAY)).dead
        assert (await fail(db, later + 7 * DAY)).dead


@pytest.mark.anyio
async def test_a_delivery_ends_all_trouble(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await fail(db, NOW)
        await fail(db, NOW + 8 * DAY)
        await db.transaction(lambda tx: hosts.succeeded(tx, [A, B], NOW + 9 * DAY))
        found = await host(db)
        assert (found.failures, found.failing_since, found.dead_at) == (0, None, None)
        assert found.delivered_at == NOW + 9 * DAY
        assert (await fail(db, NOW + 20 * DAY)).retry_at < NOW + 20 * DAY + 2 * MINUTE


@pytest.mark.anyio
async def test_a_failing_host_that_speaks_is_tried_again_but_not_each_time(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        for _ in range(10):
            await fail(db, NOW)
        planned = (await host(db)).retry_at
        await heard(db, NOW + MINUTE)
        assert (await host(db)).retry_at == planned > NOW + HOUR
        await heard(db, NOW + 11 * MINUTE)
        assert (await host(db)).retry_at == NOW + 11 * MINUTE
        assert (await host(db)).failures == 10
        # While a worker is at it, the time is the end of its lease.
        await db.execute("UPDATE hosts SET worker = 'w', retry_at = :at", {"at": NOW + DAY})
        await heard(db, NOW + 2 * HOUR)
        assert (await host(db)).retry_at == NOW + DAY
        assert (await host(db)).heard_at == NOW + 2 * HOUR


@pytest.mark.anyio
async def test_being_heard_is_written_once_an_hour(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await heard(db, NOW)
        await heard(db, NOW + HOUR - 1)
        assert (await host(db)).heard_at == NOW
        await heard(db, NOW + HOUR + 1)
        assert (await host(db)).heard_at == NOW + HOUR + 1


@pytest.mark.anyio
async def test_an_owner_may_revive_a_host(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        await fail(db, NOW)
        await fail(db, NOW + 8 * DAY)
        await db.transaction(lambda tx: hosts.revive(tx, A, NOW + 9 * DAY))
        found = await host(db)
        assert (found.failures, found.dead_at, found.retry_at) == (0, None, NOW + 9 * DAY)


@pytest.mark.anyio
async def test_pages_of_hosts(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        names = [f"h{number}.example" for number in range(5)]

        async def work(tx: Transaction) -> None:
            await hosts.seen(tx, names, NOW)
            await hosts.failed(tx, names[1], "x\0y" * 1000, None, NOW)
            await hosts.failed(tx, names[2], "x", None, NOW)
            await hosts.failed(tx, names[2], "x", None, NOW + 8 * DAY)

        await db.transaction(work)
        first = [found.host for found in await hosts.fetch_page(db, limit=3)]
        rest = [found.host for found in await hosts.fetch_page(db, after=first[-1])]
        assert first + rest == names
        failing = await hosts.fetch_page(db, chosen="failing")
        assert [found.host for found in failing] == [names[1]]
        assert len(failing[0].error) == hosts.ERROR_CHARACTERS
        assert [found.host for found in await hosts.fetch_page(db, chosen="dead")] == [names[2]]
