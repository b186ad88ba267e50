"""What is handled in groups takes effect once, and one that fails spares the others."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

import testrig
from noi.db.database import Database, Transaction
from noi.db.groups import Groups, Work

pytestmark = pytest.mark.anyio

_INSERT = "INSERT INTO things (id, name) VALUES (:id, :name)"


@pytest.fixture
async def db(engine: str) -> AsyncGenerator[Database]:
    async with testrig.services(engine) as rig:
        await rig.network.db.execute("CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT)")
        yield rig.network.db


def adding(id_: int, *, at_end: bool = False) -> Work:
    async def work(tx: Transaction) -> None:
        write = tx.at_end if at_end else tx.execute
        await write(_INSERT, {"id": id_, "name": str(id_)})

    return work


async def ids(db: Database) -> list[int]:
    return [row[0] for row in await db.fetch_all("SELECT id FROM things ORDER BY id")]


async def test_what_has_one_key_is_done_once(db: Database) -> None:
    groups = Groups(db)
    waiting = [groups.once(f"k{id_ // 2}".encode(), adding(id_)) for id_ in range(40)]
    waiting += [groups.once(b"", adding(id_)) for id_ in (90, 91)]
    await asyncio.gather(*waiting)
    await groups.once(b"k3", adding(99))
    assert await ids(db) == [*range(0, 40, 2), 90, 91]


async def test_one_that_fails_spares_the_others_and_may_come_again(db: Database) -> None:
    groups = Groups(db)

    async def fails(tx: Transaction) -> None:
        await adding(5)(tx)
        raise RuntimeError("a fault")

    works = [fails if id_ == 5 else adding(id_) for id_ in range(20)]
    waiting = [groups.once(f"k{id_}".encode(), work) for id_, work in enumerate(works)]
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [id_ for id_, error in enumerate(found) if error is not None] == [5]
    assert isinstance(found[5], RuntimeError)
    await groups.once(b"k5", adding(5))
    assert await ids(db) == list(range(20))


async def test_who_holds_a_row_for_long_is_waited_for(db: Database) -> None:
    groups, held = Groups(db), asyncio.Event()
    await db.execute(_INSERT, {"id": 1, "name": ""})

    async def hold(tx: Transaction) -> None:
        await tx.execute("UPDATE things SET name = name || 'a' WHERE id = 1")
        held.set()
        # Longer than a group waits for anybody.
        if tx.dialect == "postgresql":
            await tx.fetch_value("SELECT CAST(pg_sleep(0.4) AS TEXT)")

    async def change(tx: Transaction) -> None:
        await tx.execute("UPDATE things SET name = name || 'b' WHERE id = 1")

    holding = asyncio.create_task(db.transaction(hold))
    await held.wait()
    await asyncio.gather(groups.once(b"a", change), groups.once(b"b", adding(2)))
    await holding
    assert await db.fetch_value("SELECT name FROM things WHERE id = 1") == "ab"


async def test_many_processes_leave_nothing_out(db: Database) -> None:
    several = [Groups(db) for _ in range(4)]
    waiting = [
        groups.once(f"k{id_}".encode(), adding(id_, at_end=True))
        for id_ in range(100)
        for groups in several
    ]
    await asyncio.gather(*waiting)
    assert await ids(db) == list(range(100))
