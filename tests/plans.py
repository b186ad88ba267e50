"""How a database would find what a query asks for."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from noi.db.database import NO_PARAMS, Database

ROWS = 20_000
NUMBERS = f"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})"
"""A table `n` of the numbers from 1, to fill tables from."""
_FEW = 100


class Planner:
    """A reader that answers nothing, and keeps how the database would have found it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.dialect = db.dialect
        self.steps: list[str] = []

    async def fetch_all(self, sql: str, params: Any, *_: object, **__: object) -> list[object]:
        if self.dialect == "sqlite":
            rows = await self._db.fetch_all(f"EXPLAIN QUERY PLAN {sql}", params)
            self.steps += [row[3] for row in rows]
        else:
            plan = await self._db.fetch_value(f"EXPLAIN (FORMAT JSON) {sql}", params)
            self._walk(msgspec.json.decode(plan)[0]["Plan"])
        return []

    async def fetch_one(self, sql: str, params: Any, *_: object) -> None:
        await self.fetch_all(sql, params)

    async def fetch_value(self, sql: str, params: Any = NO_PARAMS) -> int:
        await self.fetch_all(sql, params)
        return 0

    async def execute(self, sql: str, params: Any) -> int:
        return await self.fetch_value(sql, params)

    async def execute_all(self, sql: str, rows: Sequence[Any]) -> None:
        for params in rows[:1]:
            await self.fetch_value(sql, params)

    async def at_end(self, sql: str, params: Any) -> None:
        await self.fetch_value(sql, params)

    async def transaction(self, work: Callable[[Any], Awaitable[object]]) -> object:
        return await work(self)

    def _walk(self, node: dict[str, Any]) -> None:
        kind = node["Node Type"]
        if kind == "Seq Scan":
            self.steps.append(f"SCAN {node['Relation Name']}")
        elif "Sort" in kind and node["Plan Rows"] > _FEW:
            self.steps.append(f"{kind} ORDER BY {node['Sort Key']}")
        else:
            self.steps.append(kind)
        for part in node.get("Plans", ()):
            self._walk(part)


def scans(found: list[str]) -> list[str]:
    harmless = (
        "json_each",
        "CONSTANT ROW",
        "SCAN (subquery",
        "SCAN recent",
        "SCAN up",
        "SCAN down",
        "SCAN due",
        "SCAN few",
        "SCAN candidates",
        "SCAN v",
        "USING INDEX jobs_ready",  # in the order that is asked for, up to the first
    )
    return [
        step
        for step in found
        if step.startswith("SCAN") and not any(name in step for name in harmless)
    ]
