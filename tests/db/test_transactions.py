"""What `transaction` promises, on both engines: all or nothing, whatever happens around it."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import postgres_cluster
from noi.db import sqlite
from noi.db.connect import connect
from noi.db.database import Database, Duplicate, Transaction
from noi.db.dialect import expand, with_rows
from noi.db.sqlite import SQLiteDatabase
from noi.models.errors import Invalid, NotFound, Unavailable

_CREATE = "CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT NOT NULL)"
_INSERT = "INSERT INTO things (id, name) VALUES (:id, :name)"


@pytest.fixture
async def db(engine: str) -> AsyncGenerator[Database]:
    if engine == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            opened = connect(f"sqlite:{folder}/noi.sqlite")
            await opened.execute(_CREATE)
            yield opened
            await opened.close()
    else:
        async with postgres_cluster.database() as url:
            opened = connect(url)
            await opened.execute(_CREATE)
            yield opened
            await opened.close()


async def add(db: Database | Transaction, id_: int, name: str | None = "x") -> None:
    await db.execute(_INSERT, {"id": id_, "name": name})


async def ids(db: Database) -> list[int]:
    return [row[0] for row in await db.fetch_all("SELECT id FROM things ORDER BY id")]


async def test_every_kind_of_failure_undoes_its_own_transaction_and_no_other(db: Database) -> None:
    async def fails(error: BaseException, id_: int) -> None:
        async def work(tx: Transaction) -> None:
            await add(tx, id_)
            raise error

        await db.transaction(work)

    errors = [NotFound(), ValueError("x"), asyncio.CancelledError(), Unavailable("x"), OSError()]
    failing = [fails(error, 100 + position) for position, error in enumerate(errors)]
    fine = [add(db, id_) for id_ in range(5)]
    mixed = [one for pair in zip(failing, fine, strict=True) for one in pair]
    ended = await asyncio.gather(*mixed, return_exceptions=True)
    assert all(isinstance(error, BaseException) for error in ended[::2])
    assert ended[1::2] == [None] * 5
    assert await ids(db) == list(range(5))


async def test_only_a_row_that_is_there_twice_is_a_duplicate(db: Database) -> None:
    await add(db, 1)
    with pytest.raises(Duplicate):
        await add(db, 1)
    with pytest.raises(Exception, match=r"(?i)not.null") as caught:
        await add(db, 2, None)
    assert not isinstance(caught.value, Duplicate)


async def test_a_number_too_large_is_no_failure_of_the_database(db: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)int64|too (big|large)") as caught:
        await add(db, 1 << 70)
    assert not isinstance(caught.value, Unavailable)
    await add(db, 1)


async def test_a_nul_character_is_stored_or_refused_but_never_a_fault(db: Database) -> None:
    with suppress(Invalid):
        await add(db, 1, "a\0b")
    with suppress(Invalid):
        await db.fetch_one("SELECT id FROM things WHERE name = :name", {"name": "\0"})
    await add(db, 2)


async def test_a_caller_that_leaves_disturbs_nobody(db: Database) -> None:
    began = asyncio.Event()

    async def work(tx: Transaction) -> None:
        await add(tx, 1)
        began.set()
        await tx.fetch_value("SELECT count(*) FROM things")

    leaving = asyncio.create_task(db.transaction(work))
    await began.wait()
    leaving.cancel()
    # Cancelled again and again, as cancel scopes do, until it has ended.
    while not leaving.done():
        leaving.cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*(add(db, id_) for id_ in range(10, 40)))
    assert [id_ for id_ in await ids(db) if id_ > 1] == list(range(10, 40))


async def test_what_is_written_later_is_there_for_whoever_reads_and_fails_with_the_rest(
    db: Database,
) -> None:
    other = "INSERT INTO things (id, name) VALUES (:id, upper(:name))"
    rename = "UPDATE things SET name = :name WHERE id = :id"

    async def work(tx: Transaction) -> list[str]:
        for id_ in (1, 2, 3):
            await tx.later(_INSERT, {"id": id_, "name": f"n{id_}"})
        await tx.later(other, {"id": 4, "name": "n4"})
        seen = [row[0] for row in await tx.fetch_all("SELECT name FROM things ORDER BY id")]
        await tx.later(rename, {"id": 1, "name": "a"})
        await tx.later(rename, {"id": 1, "name": "b"})
        await tx.later(_INSERT, {"id": 5, "name": "n5"})
        return seen

    assert await db.transaction(work) == ["n1", "n2", "n3", "N4"]
    names = [row[0] for row in await db.fetch_all("SELECT name FROM things ORDER BY id")]
    assert names == ["b", "n2", "n3", "N4", "n5"]

    async def fails(tx: Transaction) -> None:
        await tx.later(other, {"id": 9, "name": "x"})
        await tx.later(_INSERT, {"id": 1, "name": "twice"})

    with pytest.raises(Duplicate):
        await db.transaction(fails)
    assert await ids(db) == [1, 2, 3, 4, 5]


async def test_a_statement_is_run_for_each_row_or_for_none(db: Database) -> None:
    rename = "UPDATE things SET name = name || :more WHERE id = :id"

    async def work(tx: Transaction) -> None:
        await tx.later(_INSERT, {"id": 1, "name": "a"})
        await tx.execute_all(rename, [{"id": 1, "more": letter} for letter in "bcd"])
        await tx.execute_all(rename, [])
        await tx.execute_all(_INSERT, [{"id": 2, "name": "z"}])

    await db.transaction(work)
    assert await db.fetch_all("SELECT id, name FROM things ORDER BY id") == [(1, "abcd"), (2, "z")]
    rows = [{"id": id_, "name": "x"} for id_ in (3, 4, 1)]
    with pytest.raises(Duplicate):
        await db.transaction(lambda tx: tx.execute_all(_INSERT, rows))
    assert await ids(db) == [1, 2]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25])
async def test_many_rows_are_written_in_their_order(db: Database, count: int) -> None:
    create = "CREATE TABLE ordered (id @serial, name TEXT NOT NULL, number BIGINT)"
    await db.execute(expand(create, db.dialect))
    insert = "INSERT INTO ordered (name, number) VALUES @rows(:name, :number)"
    rows = [{"name": f"n{number}", "number": number} for number in range(count)]

    async def work(tx: Transaction) -> None:
        for sql, params in with_rows(insert, rows):
            await tx.later(sql, params)

    await db.transaction(work)
    found = await db.fetch_all("SELECT name, number FROM ordered ORDER BY id")
    assert found == [(f"n{number}", number) for number in range(count)]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plan=st.lists(st.sampled_from(["ok", "raise", "duplicate", "cancel"]), max_size=40))
def test_concurrent_transactions_leave_exactly_those_that_succeeded(plan: list[str]) -> None:
    asyncio.run(_run_plan(plan))


async def _run_plan(plan: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = SQLiteDatabase(Path(folder) / "noi.sqlite")
        await db.execute(_CREATE)
        await add(db, -1)

        async def one(id_: int, ending: str) -> None:
            async def work(tx: Transaction) -> None:
                await add(tx, id_)
                if ending == "duplicate":
                    await add(tx, -1)
                elif ending != "ok":
                    raise ValueError if ending == "raise" else asyncio.CancelledError

            await db.transaction(work)

        ended = await asyncio.gather(
            *(one(id_, ending) for id_, ending in enumerate(plan)), return_exceptions=True
        )
        assert [id_ for id_, result in enumerate(ended) if result is None] == [
            id_ for id_, ending in enumerate(plan) if ending == "ok"
        ]
        assert await ids(db) == [-1, *(id_ for id_, kind in enumerate(plan) if kind == "ok")]
        await db.close()


async def test_closing_finishes_what_waits_and_refuses_what_comes_later(tmp_path: Path) -> None:
    db = SQLiteDatabase(tmp_path / "noi.sqlite")
    await db.execute(_CREATE)
    waiting = [asyncio.create_task(add(db, id_)) for id_ in range(300)]
    await asyncio.sleep(0)
    await db.close()
    assert await asyncio.gather(*waiting) == [None] * 300
    with pytest.raises(Unavailable):
        await asyncio.wait_for(add(db, 1000), 5)
    again = SQLiteDatabase(tmp_path / "noi.sqlite")
    assert await ids(again) == list(range(300))
    await again.close()


async def test_writers_wait_for_another_process_without_holding_up_the_loop(
    tmp_path: Path,
) -> None:
    db = SQLiteDatabase(tmp_path / "noi.sqlite")
    await db.execute(_CREATE)
    other: Any = apsw.Connection(str(tmp_path / "noi.sqlite"))
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(add(db, 1))
    for _ in range(20):
        await asyncio.sleep(0.005)
        assert await ids(db) == []
    assert not writing.done()
    other.execute("ROLLBACK")
    await asyncio.wait_for(writing, 5)
    other.close()
    await db.close()


async def test_all_who_wait_for_a_stuck_writer_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_BUSY_MS", 100)
    db = SQLiteDatabase(tmp_path / "noi.sqlite")
    await db.execute(_CREATE)
    other: Any = apsw.Connection(str(tmp_path / "noi.sqlite"))
    other.execute("BEGIN IMMEDIATE")
    waiting = (add(db, id_) for id_ in range(50))
    ended = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 3)
    assert all(isinstance(error, Unavailable) for error in ended)
    other.execute("ROLLBACK")
    other.close()
    await add(db, 1)
    assert await ids(db) == [1]
    await db.close()


_FULL = """
import asyncio, resource, signal, sys
from pathlib import Path
from noi.db.sqlite import SQLiteDatabase
from noi.models.errors import Unavailable

async def main():
    db = SQLiteDatabase(Path(sys.argv[1]))
    await db.execute("CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT NOT NULL)")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
    insert = "INSERT INTO things (id, name) VALUES (:id, :name)"
    async def add(id_, size=20_000):
        await db.execute(insert, {"id": id_, "name": "x" * size})
    ended = await asyncio.gather(*(add(i) for i in range(100)), return_exceptions=True)
    assert any(isinstance(error, Unavailable) for error in ended), ended[-1]
    assert all(error is None or isinstance(error, Unavailable) for error in ended), ended
    stored = {row[0] for row in await db.fetch_all("SELECT id FROM things")}
    assert stored == {i for i, error in enumerate(ended) if error is None}
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await asyncio.wait_for(add(1000), 5)
    stored.add(1000)
    assert {row[0] for row in await db.fetch_all("SELECT id FROM things")} == stored
    await db.close()

asyncio.run(main())
"""


def test_a_full_disk_refuses_and_keeps_what_was_accepted(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FULL, str(tmp_path / "noi.sqlite")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr


async def test_what_waits_for_the_end_goes_with_its_own_transaction(db: Database) -> None:
    async def writes(id_: int, error: BaseException | None) -> None:
        async def work(tx: Transaction) -> None:
            await tx.at_end(_INSERT, {"id": id_, "name": "x"})
            await tx.at_end("UPDATE things SET name = 'y' WHERE id = :id", {"id": id_})
            if error is not None:
                raise error

        await db.transaction(work)

    works = [writes(1, None), writes(2, NotFound()), writes(3, None)]
    answers = await asyncio.gather(*works, return_exceptions=True)
    assert [type(answer) for answer in answers] == [type(None), NotFound, type(None)]
    assert await db.fetch_all("SELECT id, name FROM things ORDER BY id") == [(1, "y"), (3, "y")]
