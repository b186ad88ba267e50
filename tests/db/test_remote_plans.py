"""What is asked for each post from elsewhere walks an index, with and without statistics."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, cast

import pytest

import testrig
from noi.db import (
    emojis,
    remote_accounts,
    remote_files,
    remote_statuses,
    statuses,
    threads,
    withdrawn,
)
from noi.db.database import Database
from noi.models.statuses import Status, Visibility

_NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
_ROWS = (
    """INSERT INTO accounts (id, domain, username, username_key, uri, url, created_at, updated_at)
    {} SELECT i, 'd' || i % 90, 'u' || i, 'u' || i, 'a' || i, 'p' || i, 0, 0 FROM n""",
    """INSERT INTO statuses (id, account_id, uri, url, local, visibility, conversation_id,
        in_reply_to_id, in_reply_to_uri, created_at)
    {} SELECT i, i % 300, 's' || i, '', 0, 0, i, CASE WHEN i % 3 = 0 THEN i - 1 END,
        CASE WHEN i % 2 = 0 THEN 's' || (i + 9000) ELSE '' END, 0 FROM n""",
    """INSERT INTO conversations (id, uri, created_at)
    {} SELECT i, CASE WHEN i % 2 = 0 THEN 'c' || i ELSE '' END, 0 FROM n""",
    "INSERT INTO follows (id, account_id, target_id, created_at) {} SELECT i, i % 50, i, 0 FROM n",
    """INSERT INTO custom_emojis (id, shortcode, domain, image, image_static, created_at)
    {} SELECT i, 'e' || i % 40, 'd' || i, '', '', 0 FROM n""",
    """INSERT INTO remote_files (key, url, host, kind, state, used_at, created_at)
    {} SELECT 'k' || i, '', '', 'avatar', 'stored', i, 0 FROM n""",
)
_STATUS = Status(
    id=7, account_id=3, uri="s9007", url="", visibility=Visibility.PUBLIC, conversation_id=1,
    created_at=0,
)  # fmt: skip


class Planner:
    """A transaction that does nothing, and keeps how SQLite would have done it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.steps: list[str] = []

    async def fetch_all(self, sql: str, params: Any, *_: object) -> list[object]:
        rows = await self._db.fetch_all(f"EXPLAIN QUERY PLAN {sql}", params)
        self.steps += [row[3] for row in rows]
        return []

    async def fetch_one(self, sql: str, params: Any, *_: object) -> None:
        await self.fetch_all(sql, params)

    async def fetch_value(self, sql: str, params: Any) -> None:
        await self.fetch_all(sql, params)

    async def execute(self, sql: str, params: Any) -> int:
        await self.fetch_all(sql, params)
        return 0


@pytest.fixture(scope="module", params=["fresh", "analysed"])
async def filled(request: pytest.FixtureRequest) -> AsyncGenerator[Database]:
    async with testrig.services("sqlite") as rig:
        for sql in _ROWS:
            await rig.network.db.execute(sql.format(_NUMBERS))
        if request.param == "analysed":
            await rig.network.db.execute("ANALYZE")
        yield rig.network.db


Query = Callable[[Any], Awaitable[object]]
_QUERIES: dict[str, Query] = {
    "is known": lambda db: statuses.get_by_uri(db, "s5"),
    "is withdrawn": lambda db: withdrawn.has(db, "a5", "s5"),
    "answers that wait": lambda db: remote_statuses.adopt(db, _STATUS),
    "answers below": lambda db: threads.join(db, 5, 1, lambda: 1),
    "surroundings": lambda db: remote_statuses.surroundings(db, "u8", "a8", "c8"),
    "known addresses": lambda db: remote_statuses.known_uris(db, ["s1", "s2"]),
    "replies due": lambda db: remote_statuses.replies_due(db, 5, before=1),
    "account": lambda db: remote_accounts.known(db, "a5"),
    "accounts": lambda db: remote_accounts.by_uris(db, ["a1", "a2"]),
    "page of an account": lambda db: remote_accounts.by_url(db, "p5"),
    "holder of a handle": lambda db: remote_accounts.other_holder(db, "u5", "d5", "a6"),
    "has followers": lambda db: remote_accounts.has_followers(db, 5),
    "emojis": lambda db: emojis.by_shortcodes(db, "d5", ["e1", "e2"]),
    "file": lambda db: remote_files.get(db, "k5"),
}


async def steps(db: Database, query: Query) -> list[str]:
    planner = Planner(db)
    await query(cast(Any, planner))
    assert planner.steps
    return planner.steps


@pytest.mark.parametrize("name", _QUERIES)
async def test_no_table_is_read_whole(filled: Database, name: str) -> None:
    found = await steps(filled, _QUERIES[name])
    small = ("json_each", "CONSTANT ROW", "SCAN b")  # what was found so far of a thread
    scans = [s for s in found if s.startswith("SCAN") and not any(part in s for part in small)]
    assert not scans, found


async def test_the_least_used_files_come_sorted_out_of_an_index(filled: Database) -> None:
    found = await steps(filled, lambda db: remote_files.least_used(db, 10))
    assert any("remote_files_used" in step for step in found), found
    assert not [step for step in found if "ORDER BY" in step], found
