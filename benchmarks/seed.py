"""Filling a database with a made-up network, straight into its tables."""

import asyncio
import hashlib
import importlib
import shutil
from pathlib import Path
from typing import Any

import noi.db.migrate
from benchmarks import rows as made
from noi.db import search
from noi.db.connect import connect
from noi.db.database import Database, Transaction
from noi.db.migrate import migrate
from noi.services import settings
from noi.text.fold import search_terms

ORIGIN = "http://localhost:8000"
_CACHE = Path("build/bench")
_drivers: dict[str, Any] = {name: importlib.import_module(name) for name in ("apsw", "asyncpg")}


def sqlite_file(statuses: int, *, indexed: bool) -> Path:
    """A seeded SQLite database, made when there is none of this schema yet; copy it before use."""
    path = _CACHE / f"{statuses}-{_fingerprint()}.sqlite"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob(f"{statuses}-*"):
            old.unlink()
        unfinished = path.with_suffix(".unfinished")
        for rest in path.parent.glob(f"{unfinished.name}*"):
            rest.unlink()
        asyncio.run(fill(f"sqlite:{unfinished}", statuses, indexed=indexed))
        shutil.move(unfinished, path)
    return path


async def fill(url: str, statuses: int, *, indexed: bool) -> None:
    """Migrate a database and fill it; with `indexed` the statuses can be searched for."""
    db = connect(url)
    await migrate(db)
    done = settings.NetworkSettings(
        name="Mạng để đo", registrations=settings.Registrations.OPEN, setup_done=True
    )
    await db.transaction(lambda tx: settings.save(tx, done))
    await write(url, made.people(ORIGIN))
    for batch in made.statuses(ORIGIN, statuses):
        await write(url, batch)
        if indexed:
            await _index(db, batch["statuses"])
    if db.dialect == "postgresql":
        # As it does by itself, to what holds something; in use SQLite has no statistics either.
        await db.execute(f"ANALYZE {', '.join(made.COLUMNS)}")
    await db.close()


async def write(url: str, batch: made.Rows, tables: dict[str, str] = made.COLUMNS) -> None:
    """Write rows; `tables` names the columns of each table."""
    if url.startswith("sqlite:"):
        _write_sqlite(url.removeprefix("sqlite:"), batch, tables)
        return
    connection = await _drivers["asyncpg"].connect(url)
    for table, columns in tables.items():
        await connection.copy_records_to_table(table, records=batch[table], columns=columns.split())
    await connection.close()


async def run(url: str, sql: str, params: dict[str, Any]) -> None:
    """Run one statement on a seeded database."""
    db = connect(url)
    await db.execute(sql, params)
    await db.close()


def _write_sqlite(path: str, batch: made.Rows, tables: dict[str, str]) -> None:
    connection = _drivers["apsw"].Connection(path)
    connection.execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")
    with connection:
        for table, columns in tables.items():
            names = columns.split()
            marks = ", ".join("?" * len(names))
            connection.executemany(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", batch[table]
            )
    connection.close()


async def _index(db: Database, statuses: list[made.Row]) -> None:
    terms = {text: search_terms(text) for text in made.texts()}

    async def work(tx: Transaction) -> None:
        for row in statuses:
            text = row[11]
            if text:
                exact, folded = terms[text]
                scope = [f"a{row[1]}", *(["p"] if row[5] == 0 else [])]
                await search.put(
                    tx, "status_search", row[0], exact=exact, folded=folded, scope=scope
                )

    await db.transaction(work)


def _fingerprint() -> str:
    migrations = Path(noi.db.migrate.__file__).parent / "migrations"
    sources = [*sorted(migrations.glob("*.sql")), Path(made.__file__), Path(__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
