"""What open streams ask of the database costs the same however much is stored."""

from typing import Any, cast

import testrig
from noi.db import streams, timelines
from noi.db.database import Database


class Explainer:
    """Explains queries instead of running them."""

    dialect = "sqlite"

    def __init__(self, db: Database) -> None:
        self._db = db
        self.steps: list[str] = []

    async def fetch_all(self, sql: str, params: Any, *_: object) -> list[object]:
        rows = await self._db.fetch_all(f"EXPLAIN QUERY PLAN {sql}", params)
        self.steps += [str(row[3]) for row in rows]
        return []

    async def fetch_one(self, sql: str, params: Any, *_: object) -> None:
        await self.fetch_all(sql, params)


async def test_only_the_open_streams_are_walked() -> None:
    async with testrig.services("sqlite") as rig:
        explainer = Explainer(rig.network.db)
        reader = cast("Database", explainer)
        await timelines.for_viewers(reader, [1, 3], [1, 2])
        await timelines.owners_with(reader, [1, 3], [1, 2])
        await streams.homes_losing(reader, 1, [1, 2])
        await streams.lists_losing(reader, 1, [1, 2])
        await streams.taking_part(reader, 1, [1, 2])
        await streams.facts(reader, [1, 3])
        await streams.families(reader, 1)
        scans = [step for step in explainer.steps if step.startswith("SCAN")]
        assert all("json_each" in step for step in scans), scans
        assert len(explainer.steps) > 20
