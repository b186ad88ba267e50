"""How SQLite would answer queries, without answering them."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import testrig
from noi.db.database import Database

Query = Callable[[Any], Awaitable[object]]


class Planner:
    """A transaction that does nothing, and keeps how SQLite would have done it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.steps: list[str] = []

    async def fetch_all(self, sql: str, params: Any, *_: object, **__: object) -> list[object]:
        rows = await self._db.fetch_all(f"EXPLAIN QUERY PLAN {sql}", params)
        self.steps += [row[3] for row in rows]
        return []

    async def fetch_one(self, sql: str, params: Any, *_: object) -> None:
        await self.fetch_all(sql, params)

    async def fetch_value(self, sql: str, params: Any) -> int:
        await self.fetch_all(sql, params)
        return 0

    async def execute(self, sql: str, params: Any) -> int:
        await self.fetch_all(sql, params)
        return 0


@asynccontextmanager
async def filled(rows: Sequence[str], many: int, *, analysed: bool) -> AsyncGenerator[Database]:
    """A database with what `rows` insert; `{}` in them stands for a table `n` of numbers `i`."""
    numbers = f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})"
    async with testrig.services("sqlite") as rig:
        for sql in rows:
            await rig.network.db.execute(sql.format(numbers))
        if analysed:
            await rig.network.db.execute("ANALYZE")
        yield rig.network.db


async def steps(db: Database, query: Query) -> list[str]:
    """How a query would be answered, step by step."""
    planner = Planner(db)
    await query(cast("Any", planner))
    assert planner.steps
    return planner.steps


def scans(found: Sequence[str], *harmless: str) -> list[str]:
    """The steps that read a whole table, but for those that name something harmless."""
    small = ("json_each", "CONSTANT ROW", *harmless)
    return [s for s in found if s.startswith("SCAN") and not any(name in s for name in small)]
