"""Loading a copy of one engine's database into the other. Search rows are made anew by jobs."""

import re
from collections.abc import Callable, Generator
from contextlib import closing
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import apsw

from noi.db import jobs, migrate
from noi.db.database import Transaction
from noi.db.sqlite import SQLiteDatabase
from noi.models.errors import Invalid
from noi.models.jobs import IndexAccount

# Made differently by each engine, or of no use elsewhere.
LEFT_OUT = frozenset({"status_search", "account_search", "live_events", "process_slots"})

_REFERENCES = """SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"""
_COLUMNS = "SELECT name, type FROM pragma_table_info(:table)"
_ACCOUNTS = "SELECT id FROM accounts WHERE deleted_at IS NULL ORDER BY id"

_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


async def in_order(raw: Any, tables: list[str]) -> list[str]:
    """PostgreSQL's tables, those that others refer to first."""
    order = TopologicalSorter[str](dict.fromkeys(tables, ()))
    for table, needed in await raw.fetch(_REFERENCES):
        order.add(table, needed)
    return list(order.static_order())


async def into_postgres(raw: Any, source: Path, tables: list[str]) -> None:
    """Copy the tables of an SQLite file into a PostgreSQL database with the same schema."""
    flags = apsw.SQLITE_OPEN_READONLY
    with closing[Any](apsw.Connection(str(source), flags=flags)) as connection:
        for table in await in_order(raw, [name for name in tables if name not in LEFT_OUT]):
            found = connection.execute(_COLUMNS, {"table": table}).fetchall()
            columns = [row[0] for row in found]
            names = ", ".join(f'"{name}"' for name in columns)
            cursor = connection.execute(f'SELECT {names} FROM "{table}"')
            # A generator, for asyncpg would take the cursor itself for an asynchronous one.
            records = (row for row in cursor)
            await raw.copy_records_to_table(table, columns=columns, records=records)


async def into_sqlite(
    target: Path,
    migrations: list[str],
    columns: dict[str, list[str]],
    file_of: Callable[[str], Path],
) -> None:
    """Make an SQLite file of PostgreSQL's COPY files, in the text format, one for each table.

    Raises Invalid for what is not of that format.
    """
    db = SQLiteDatabase(target)

    async def work(tx: Transaction) -> None:
        await migrate.apply(tx, only=migrations)
        await tx.execute("DELETE FROM migrations")
        for table, names in columns.items():
            if table not in LEFT_OUT:
                await _fill(tx, table, names, file_of(table))
        await index_all(tx)

    try:
        await db.transaction(work)
    finally:
        await db.close()


async def _fill(tx: Transaction, table: str, names: list[str], file: Path) -> None:
    types = dict(await tx.fetch_all(_COLUMNS, {"table": table}))
    unknown = set(names) - types.keys()
    if unknown:
        raise Invalid("The backup is damaged: {name}", name=f"{table}.{min(unknown)}")
    readers = [_reader(types[name]) for name in names]
    into = ", ".join(f'"{name}"' for name in names)
    insert = f'INSERT INTO "{table}" ({into}) VALUES ({", ".join(f":{name}" for name in names)})'
    for fields in _rows(file):
        if len(fields) != len(names):
            raise Invalid("The backup is damaged: {name}", name=table)
        values = {
            name: None if field == r"\N" else read(_unescaped(field))
            for name, field, read in zip(names, fields, readers, strict=True)
        }
        await tx.execute(insert, values)


def _rows(file: Path) -> Generator[list[str]]:
    """See https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS"""
    with file.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield line.rstrip("\n").split("\t")


def _unescaped(field: str) -> str:
    if "\\" not in field:
        return field
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), field)


def _reader(kind: str) -> Callable[[str], object]:
    if "INT" in kind:
        return int
    if "DOUBLE" in kind:
        return float
    if kind == "BYTEA":
        return lambda text: bytes.fromhex(text.removeprefix("\\x"))
    return str


async def index_all(tx: Transaction) -> None:
    """Queue the making of all search rows."""
    for row in await tx.fetch_all(_ACCOUNTS):
        await jobs.enqueue(tx, IndexAccount(row[0], statuses_after=0))
