"""The journal of received activities: what it costs to look into it, however much lies there."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

import testrig
from noi.db import inbox, traces
from noi.db.database import Database, Transaction
from noi.models.federation import Mail
from noi.models.ids import now_ms

pytestmark = pytest.mark.anyio

ROWS = 20_000
_FILL = f"""INSERT INTO inbox_journal (state, host, run_at, actor_uri, received_at, signature, body)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
SELECT CASE WHEN i % 50 = 0 THEN 'failed' ELSE 'ready' END,
    CASE WHEN i % 10 = 0 THEN 'h' || (i % 300) ELSE 'flood' END, i, 'a' || (i % 99), i,
    CASE WHEN i % 20 = 0 THEN '{{}}' ELSE '' END, '' FROM n"""
_FAVOURITES = f"""INSERT INTO favourites (id, account_id, status_id, uri, created_at)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
SELECT i, i % 7, i, 'u' || i, 0 FROM n"""


@pytest.fixture
async def filled(engine: str) -> AsyncGenerator[Database]:
    async with testrig.services(engine) as rig:
        db = rig.network.db
        wide = "x" * 1500  # as wide as real ones, for the planner
        body = f"CAST('{wide}' AS {'BLOB' if engine == 'sqlite' else 'BYTEA'})"
        await db.execute(_FILL.replace("'' FROM n", f"{body} FROM n"))
        await db.execute(_FAVOURITES)
        await db.execute("ANALYZE")
        yield db


async def plan(db: Database, sql: str, **params: object) -> str:
    explain = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
    rows = await db.fetch_all(f"{explain} {sql}", params)
    return "\n".join(str(row[-1]) for row in rows)


QUERIES: dict[str, tuple[str, dict[str, object]]] = {
    "next": (inbox._NEXT_DUE, {"worker": "w", "now": ROWS}),  # pyright: ignore[reportPrivateUsage]
    "hosts": (
        inbox._WAITING_HOSTS,  # pyright: ignore[reportPrivateUsage]
        {"after": "", "now": ROWS, "limit": 64},
    ),
    "claim": (
        inbox._CLAIM,  # pyright: ignore[reportPrivateUsage]
        {"hosts": ["flood", "h10"], "now": ROWS, "each": 50, "worker": "w", "lease_until": 1},
    ),
    "unverified": (
        inbox._COUNT_UNVERIFIED,  # pyright: ignore[reportPrivateUsage]
        {"host": "h20", "limit": 500},
    ),
    "traces": (traces._FIND, {"account_id": 3, "uri": "u3"}),  # pyright: ignore[reportPrivateUsage]
}


@pytest.mark.parametrize("name", QUERIES)
async def test_the_journal_is_never_read_whole(filled: Database, name: str) -> None:
    sql, params = QUERIES[name]
    found = await plan(filled, sql, **params)
    whole = ("SCAN inbox_journal", "SCAN j\n", "SCAN q\n", "SCAN favourites", "Seq Scan on inbox")
    without_index = [
        line
        for line in found.splitlines()
        if any(f"{line}\n".lstrip(" ->").startswith(start) for start in whole)
        and "INDEX" not in line
    ]
    assert not without_index, found


async def test_turns_go_on_where_the_last_ended(filled: Database) -> None:
    first = await inbox.waiting_hosts(filled, "", now=ROWS, limit=5)
    then = await inbox.waiting_hosts(filled, first[-1], now=ROWS, limit=5)
    assert first[0] == "flood"
    assert len({*first, *then}) == 10
    assert [*first, *then] == sorted([*first, *then])
    assert await inbox.waiting_hosts(filled, "", now=0, limit=5) == []


async def test_a_claim_takes_so_much_of_each(filled: Database) -> None:
    async def claim(tx: Transaction) -> list[str]:
        hosts = ["flood", "h10"]
        taken = await inbox.claim(tx, "w", hosts, each=3, now=ROWS, lease_until=9)
        return [mail.host for mail in taken]

    assert await filled.transaction(claim) == ["flood", "flood", "flood", "h10", "h10", "h10"]
    assert await inbox.release_expired(filled) == 6


async def test_one_worker_at_a_time_has_mail_under_way(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db, host, now = rig.network.db, "far.example", now_ms()
        for number in range(3):
            await inbox.insert(db, host=host, actor_uri=f"https://{host}/{number}", body=b"{}")

        async def claim(worker: str, *, lease_until: int) -> list[int]:
            async def work(tx: Transaction) -> list[Mail]:
                return await inbox.claim(
                    tx, worker, [host], each=1, now=now_ms(), lease_until=lease_until
                )

            return [mail.id for mail in await db.transaction(work)]

        first = await claim("a", lease_until=now + 60_000)
        assert len(first) == 1
        due, is_its_turn = await inbox.next_due(db, "b")
        assert due is not None and not is_its_turn
        assert await claim("b", lease_until=now + 60_000) == []
        assert (await inbox.next_due(db, "a"))[1]
        second = await claim("a", lease_until=now - 1)
        assert len(second) == 1
        await db.transaction(lambda tx: inbox.finish(tx, first))
        # What is left is the lease of somebody who has not been heard of since.
        assert len(await claim("b", lease_until=now + 60_000)) == 1


async def test_workers_hear_of_all_that_comes_in_and_not_of_each(engine: str) -> None:
    async with testrig.services(engine) as rig:
        db, count = rig.network.db, 300
        watched, complete = asyncio.Event(), asyncio.Event()
        looks: list[asyncio.Task[None]] = []

        async def look() -> None:
            if await db.fetch_value("SELECT count(*) FROM inbox_journal") == count:
                complete.set()

        def heard(_events: list[str]) -> None:
            watched.set()
            looks.append(asyncio.create_task(look()))

        watching = asyncio.create_task(db.watch(heard))
        await watched.wait()
        for number in range(count):
            await inbox.insert(db, host="far.example", actor_uri=f"x:{number}", body=b"{}")
        async with asyncio.timeout(4):  # who is not told looks after five seconds
            await complete.wait()
        await asyncio.gather(*looks)
        watching.cancel()
        assert len(looks) < count // 3
