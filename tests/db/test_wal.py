import asyncio
from pathlib import Path

import pytest

from noi.db import live, sqlite, wal
from noi.db.migrate import migrate
from noi.models.live import LiveEvent, LiveKind


async def test_tells_of_writes_that_came_before_and_during_the_wait(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    with wal.following(file) as writes:
        assert writes is not None
        assert not await writes.wait(0.01)
        file.write_bytes(b"before")
        assert await writes.wait(30)
        assert not await writes.wait(0.01)
        asyncio.get_running_loop().call_later(0.02, file.write_bytes, b"during")
        assert await writes.wait(30)


def test_a_file_that_is_not_there_is_not_followed(tmp_path: Path) -> None:
    with wal.following(tmp_path / "nothing") as writes:
        assert writes is None


@pytest.mark.parametrize("told", [True, False])
async def test_a_commit_after_a_quiet_time_is_heard_at_once(
    told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "_POLLS_AFTER_WRITE", 1)
    monkeypatch.setattr(sqlite, "_QUIET_POLL_SECONDS", 3600)
    if not told:  # as where a user has too many watches already
        monkeypatch.setattr(wal, "_IN_MODIFY", 0)
    here = sqlite.SQLiteDatabase(tmp_path / "noi.sqlite")
    there = sqlite.SQLiteDatabase(tmp_path / "noi.sqlite")
    await migrate(here)
    heard: asyncio.Queue[list[str]] = asyncio.Queue()
    watching = asyncio.create_task(here.watch(heard.put_nowait))
    event = LiveEvent(LiveKind.SETTINGS)
    try:
        assert await heard.get() == []
        for _ in range(3):
            await there.transaction(lambda tx: live.publish(tx, event))
            async with asyncio.timeout(30):
                assert await heard.get() == [live.encode(event)]
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        await here.close()
        await there.close()
