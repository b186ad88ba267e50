"""Whole copies of a database: taken while it runs, checked, and loaded into an empty one."""

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import asyncpg
import msgspec

from noi.db import crossings, migrate
from noi.db.dialect import Dialect
from noi.db.postgres import one_transaction
from noi.models.errors import Conflict, Invalid, Unavailable

SQLITE_FILE = "database.sqlite"
_BUSY_MS = 15_000

_SQLITE_TABLES = """SELECT name FROM pragma_table_list
WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"""
_TABLES = """SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"""
_SERIALS = """SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND column_default LIKE 'nextval(%'"""


class Snapshot(msgspec.Struct, frozen=True):
    """What a copy holds: `tables` has the number of rows, `columns` the order of their values."""

    engine: Dialect
    migrations: list[str]
    tables: dict[str, int]
    columns: dict[str, list[str]]

    @property
    def files(self) -> list[str]:
        """The names of the files that `take` writes and `load` reads."""
        if self.engine == "sqlite":
            return [SQLITE_FILE]
        return [table_file(table) for table in self.tables]


def table_file(table: str) -> str:
    """The file of one PostgreSQL table, in the text format of COPY: one row a line."""
    return f"{table}.copy"


async def take(url: str, folder: Path) -> Snapshot:
    """Write a consistent copy of a running database into an empty folder.

    Raises Unavailable when the database is away, or not there.
    """
    if url.startswith("sqlite:"):
        return _take_sqlite(Path(url.removeprefix("sqlite:")), folder)
    return await _take_postgres(url, folder)


def check(folder: Path, snapshot: Snapshot) -> None:
    """Raise Invalid unless the files are whole and hold as many rows as the snapshot says."""
    if snapshot.engine == "sqlite":
        _check_sqlite(folder / SQLITE_FILE, snapshot)
        return
    for table, rows in snapshot.tables.items():
        if _count_lines(folder / table_file(table)) != rows:
            raise Invalid("The backup is damaged: {name} has lost rows", name=table)


async def check_empty(url: str) -> None:
    """Raise Conflict unless there is no table yet behind the address."""
    if url.startswith("sqlite:"):
        _check_no_file(Path(url.removeprefix("sqlite:")))
        return
    async with one_transaction(url) as (raw, _):
        if await raw.fetch(_TABLES):
            raise Conflict("There are tables already in this database")


async def load(url: str, folder: Path, snapshot: Snapshot) -> None:
    """Fill an empty database from checked files, all or nothing.

    A copy from the other engine is translated, and its search rows are made anew by jobs.
    Raises Conflict when the database is not empty, Invalid for a copy from a newer version.
    """
    engine: Dialect = "sqlite" if url.startswith("sqlite:") else "postgresql"
    if set(snapshot.migrations) - set(migrate.names(engine)):
        raise Invalid("This backup was made by a newer version of Nối")
    await check_empty(url)
    if engine == "sqlite":
        await _load_sqlite(Path(url.removeprefix("sqlite:")), folder, snapshot)
    else:
        await _load_postgres(url, folder, snapshot)


async def _load_sqlite(target: Path, folder: Path, snapshot: Snapshot) -> None:
    made = folder / SQLITE_FILE
    if snapshot.engine == "postgresql":
        await crossings.into_sqlite(
            made,
            snapshot.migrations,
            snapshot.columns,
            lambda table: folder / table_file(table),
        )
    _put_file(made, target)


def _open_sqlite(path: Path, flags: int) -> Any:
    connection = apsw.Connection(str(path), flags=flags)
    connection.set_busy_timeout(_BUSY_MS)
    return connection


def _take_sqlite(source: Path, folder: Path) -> Snapshot:
    target = folder / SQLITE_FILE
    if not source.is_file():
        raise Unavailable("There is no database at {name}", name=str(source))
    try:
        with closing(_open_sqlite(source, apsw.SQLITE_OPEN_READWRITE)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        target.chmod(0o600)
        with closing(_open_sqlite(target, apsw.SQLITE_OPEN_READONLY)) as copy:
            applied = copy.execute("SELECT name FROM migrations ORDER BY number").fetchall()
            return Snapshot("sqlite", [row[0] for row in applied], _sqlite_counts(copy), {})
    except apsw.Error as error:
        raise Unavailable("The database cannot be read: {reason}", reason=str(error)) from error


def _sqlite_counts(connection: Any) -> dict[str, int]:
    names = [row[0] for row in connection.execute(_SQLITE_TABLES).fetchall()]
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names
    }


def _check_sqlite(path: Path, snapshot: Snapshot) -> None:
    try:
        with closing(_open_sqlite(path, apsw.SQLITE_OPEN_READONLY)) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchall()
            counts = _sqlite_counts(connection)
    except apsw.Error as error:
        raise Invalid("The backup is damaged: {name}", name=str(error)) from error
    if answer != [("ok",)]:
        raise Invalid("The backup is damaged: {name}", name=str(answer[0][0]))
    if counts != snapshot.tables:
        raise Invalid("The backup is damaged: {name} has lost rows", name=SQLITE_FILE)


def _check_no_file(path: Path) -> None:
    if path.exists() and path.stat().st_size:
        raise Conflict("There is a database already: {name}", name=str(path))


def _put_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)
    target.chmod(0o600)


async def _take_postgres(url: str, folder: Path) -> Snapshot:
    async with one_transaction(url, isolation="repeatable_read", readonly=True) as (raw, _):
        columns: dict[str, list[str]] = {}
        for table, column in await raw.fetch(_TABLES):
            columns.setdefault(table, []).append(column)
        if "migrations" not in columns:
            raise Unavailable("There is no network in this database")
        applied = await raw.fetch("SELECT name FROM migrations ORDER BY number")
        tables: dict[str, int] = {}
        for table, names in columns.items():
            tag: str = await raw.copy_from_table(
                table,
                columns=names,
                output=str(folder / table_file(table)),
                format="text",
                encoding="utf-8",
            )
            tables[table] = int(tag.rpartition(" ")[2])
    return Snapshot("postgresql", [row[0] for row in applied], tables, columns)


async def _load_postgres(url: str, folder: Path, snapshot: Snapshot) -> None:
    async with one_transaction(url) as (raw, tx):
        await migrate.apply(tx, only=snapshot.migrations)
        await raw.execute("TRUNCATE migrations")
        if snapshot.engine == "sqlite":
            await crossings.into_postgres(raw, folder / SQLITE_FILE, list(snapshot.tables))
        else:
            await _copy_all(raw, folder, snapshot)
        for table, column in await raw.fetch(_SERIALS):
            await raw.execute(
                f"""SELECT setval(pg_get_serial_sequence('{table}', '{column}'),
                    coalesce((SELECT max("{column}") FROM "{table}"), 0) + 1, false)"""
            )
        if snapshot.engine == "sqlite":
            await crossings.index_all(tx)


async def _copy_all(raw: Any, folder: Path, snapshot: Snapshot) -> None:
    for table in await crossings.in_order(raw, list(snapshot.tables)):
        try:
            await raw.copy_to_table(
                table,
                columns=snapshot.columns[table],
                source=str(folder / table_file(table)),
                format="text",
                encoding="utf-8",
            )
        except asyncpg.DataError as error:
            raise Invalid("The backup is damaged: {name}", name=table) from error


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
