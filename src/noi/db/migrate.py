"""Migrations: numbered SQL files, each applied once, in one transaction, under a lock.

`NNNN_name.sql` serves both engines; where `NNNN_name.postgres.sql` stands beside it, PostgreSQL
takes that one. A hub's database has a network's tables, and those of `db/hub` besides, whose
numbers begin at 5001.
"""

import re
from collections.abc import Collection
from functools import partial
from importlib.resources import files
from typing import Literal

from noi.db.database import Database, Transaction
from noi.db.dialect import Dialect, expand
from noi.models.ids import now_ms

_CREATE = """CREATE TABLE IF NOT EXISTS migrations (
    number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)"""
_APPLIED = "SELECT number FROM migrations"
_RECORD = "INSERT INTO migrations (number, name, applied_at) VALUES (:number, :name, :now)"
_LOCK = "SELECT pg_advisory_xact_lock(7107105)"

_FILE = re.compile(r"(\d{4})_(\w+)\.sql$")
_FIRST_OF_HUB = 5001
_IN_USE = "SELECT EXISTS (SELECT 1 FROM users)"
_Migration = tuple[int, str, str]
"""Number, name and text."""

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


async def migrate(db: Database, *, hub: bool = False) -> list[str]:
    """Bring the schema, that of a `hub` too, up to date; answers the names of what was applied."""
    return await db.transaction(partial(apply, hub=hub))


async def belongs_to(db: Database) -> Literal["hub", "network", ""]:
    """Whose a database is: a hub's, a network's that has people already, or nobody's yet."""

    async def work(tx: Transaction) -> Literal["hub", "network", ""]:
        await tx.execute(_CREATE)
        applied = {row[0] for row in await tx.fetch_all(_APPLIED)}
        if max(applied, default=0) >= _FIRST_OF_HUB:
            return "hub"
        return "network" if applied and await tx.fetch_value(_IN_USE) else ""

    return await db.transaction(work)


async def pending(db: Database) -> list[str]:
    """The names of migrations not yet applied, oldest first."""

    async def work(tx: Transaction) -> list[str]:
        await tx.execute(_CREATE)
        applied = {row[0] for row in await tx.fetch_all(_APPLIED)}
        known = _known(tx.dialect, applied)
        return [name for number, name, _ in known if number not in applied]

    return await db.transaction(work)


def names(dialect: Dialect) -> list[str]:
    """The names of all migrations that this version knows."""
    return [name for _, name, _ in _available(dialect)]


async def apply(
    tx: Transaction, only: Collection[str] | None = None, *, hub: bool = False
) -> list[str]:
    """Apply what is missing (and, if given, named in `only`) within a transaction."""
    if tx.dialect == "postgresql":
        await tx.fetch_value(_LOCK)
    await tx.execute(_CREATE)
    applied = {row[0] for row in await tx.fetch_all(_APPLIED)}
    done: list[str] = []
    wanted = _available(tx.dialect) if hub or only else _known(tx.dialect, applied)
    for number, name, sql in wanted:
        if number in applied or (only is not None and name not in only):
            continue
        for statement in split_statements(expand(sql, tx.dialect)):
            await tx.execute(statement)
        await tx.execute(_RECORD, {"number": number, "name": name, "now": now_ms()})
        done.append(name)
    return done


def split_statements(sql: str) -> list[str]:
    """Split a migration at the semicolons that end a line; comments are dropped."""
    parts = re.split(r";[ \t]*(?:\n|$)", _COMMENT.sub("", sql))
    return [part.strip() for part in parts if part.strip()]


def _known(dialect: Dialect, applied: Collection[int]) -> list[_Migration]:
    """What a database is to have: a hub's tables only where it is one already."""
    hub = max(applied, default=0) >= _FIRST_OF_HUB
    return [found for found in _available(dialect) if hub or found[0] < _FIRST_OF_HUB]


def _available(dialect: Dialect) -> list[_Migration]:
    return [*_in_folder(dialect, "noi.db"), *_in_folder(dialect, "noi.db.hub")]


def _in_folder(dialect: Dialect, package: str) -> list[_Migration]:
    folder = files(package) / "migrations"
    found: list[_Migration] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        match = _FILE.match(entry.name)
        if match is None:
            continue
        twin = folder / entry.name.replace(".sql", ".postgres.sql")
        chosen = twin if dialect == "postgresql" and twin.is_file() else entry
        found.append((int(match[1]), f"{match[1]}_{match[2]}", chosen.read_text()))
    return found
