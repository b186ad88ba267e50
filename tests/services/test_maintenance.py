from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db.database import Transaction
from noi.db.maintenance import EXPIRING
from noi.db.timelines import HOME_LENGTH
from noi.models.ids import now_ms
from noi.models.jobs import CleanUp, PurgeSearch
from noi.services import maintenance, statuses

_HOUR = 3_600_000


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


async def test_only_what_has_expired_goes(rig: testrig.Rig) -> None:
    now = now_ms()
    ages = {
        b"long ago": now - 31 * 24 * _HOUR,
        b"old": now - 25 * _HOUR,
        b"past": now - 2 * _HOUR,
        b"new": now + _HOUR,
    }

    async def work(tx: Transaction) -> None:
        for key, at in ages.items():
            row = {"key": key, "at": at}
            await tx.execute(
                """INSERT INTO sessions (id_hash, account_id, created_at, last_used_at,
                expires_at) VALUES (:key, 1, 0, 0, :at)""",
                row,
            )
            await tx.execute(
                """INSERT INTO one_time_codes (code_hash, purpose, created_at, expires_at)
                VALUES (:key, 'x', 0, :at)""",
                row,
            )
            await tx.execute(
                """INSERT INTO authorization_codes (code_hash, app_id, account_id, redirect_uri,
                scopes, expires_at) VALUES (:key, 1, 1, '', '', :at)""",
                row,
            )
            await tx.execute(
                """INSERT INTO idempotency_keys (account_id, key_hash, created_at)
                VALUES (1, :key, :at)""",
                row,
            )
            for sql in (
                "INSERT INTO handled_activities (key, handled_at) VALUES (:key, :at)",
                "INSERT INTO withdrawn_objects (key, withdrawn_at) VALUES (:key, :at)",
                "INSERT INTO fasp_replays (key, expires_at) VALUES (:key, :at)",
                """INSERT INTO inbox_journal (state, host, run_at, actor_uri, received_at, body)
                VALUES ('failed', 'h', 0, 'a', :at, :key)""",
            ):
                await tx.execute(sql, row)
            await tx.execute(
                "INSERT INTO live_events (event, created_at) VALUES ('', :at)", {"at": at}
            )

    await rig.network.db.transaction(work)
    await maintenance.clean_up(rig.network, CleanUp())
    left = {
        name: await rig.network.db.fetch_value(f"SELECT count(*) FROM {name}") for name in EXPIRING
    }
    assert left == {
        "sessions": 1,
        "one_time_codes": 1,
        "authorization_codes": 2,
        "idempotency_keys": 1,
        "handled_activities": 3,
        "withdrawn_objects": 3,
        "fasp_replays": 1,
        "inbox_journal": 3,
        "live_events": 1,
    }


async def test_long_timelines_are_shortened(rig: testrig.Rig) -> None:
    lan, binh = await people.join(rig.network, "lan"), await people.join(rig.network, "binh")
    list_id = rig.network.ids.next()
    lengths = {lan.account_id: HOME_LENGTH + 50, binh.account_id: 5, list_id: HOME_LENGTH + 9}

    async def work(tx: Transaction) -> None:
        await tx.execute(
            "INSERT INTO lists (id, account_id, title, created_at) VALUES (:id, 1, '', 0)",
            {"id": list_id},
        )
        for owner_id, length in lengths.items():
            await tx.execute(
                "INSERT INTO timeline_entries (owner_id, status_id) "
                "SELECT CAST(:owner AS BIGINT), value FROM @each(:ids) AS entries",
                {"owner": owner_id, "ids": list(range(length))},
            )

    await rig.network.db.transaction(work)
    await maintenance.clean_up(rig.network, CleanUp())
    await maintenance.clean_up(rig.network, CleanUp())
    rows = await rig.network.db.fetch_all(
        "SELECT owner_id, count(*), max(status_id) FROM timeline_entries GROUP BY owner_id"
    )
    found = {row[0]: (row[1], row[2]) for row in rows}
    assert found[binh.account_id] == (5, 4)
    for owner_id in (lan.account_id, list_id):
        count, newest = found[owner_id]
        assert HOME_LENGTH <= count <= HOME_LENGTH + 1
        assert newest == lengths[owner_id] - 1


async def test_no_word_of_a_deleted_post_stays_in_the_index() -> None:
    async with testrig.services("sqlite") as rig:
        network = rig.network
        lan = await people.join(network, "lan")
        for _ in range(30):
            await people.write(network, lan, "Bài ở lại staying")
        gone = await people.write(network, lan, "Bài đi secretword")
        await rig.work()
        await statuses.delete(network, lan.account_id, gone)
        await rig.work()

        async def words() -> bytes:
            rows = await network.db.fetch_all("SELECT block FROM status_search_data")
            return b"".join(row[0] for row in rows)

        assert b"secretword" in await words()  # else nothing need be done
        await maintenance.purge(network, PurgeSearch())
        left = await words()
        assert b"secretword" not in left and b"staying" in left
