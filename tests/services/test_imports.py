import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image

import people
import testrig
from noi.db import accounts, statuses
from noi.models.accounts import Viewer
from noi.models.errors import NotFound
from noi.models.paging import Page
from noi.models.statuses import Status, Visibility
from noi.services import imports, timelines, views

one_engine = pytest.mark.parametrize("engine", ["sqlite"])
"""For rules that no engine has a say in."""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return path


def line(number: int, **more: Any) -> dict[str, Any]:
    at = f"2020-01-{number % 28 + 1:02d}T08:00:00Z"
    return {"id": f"old-{number}", "text": f"Bài số {number}", "created_at": at, **more}


async def all_of(rig: testrig.Rig, person: Viewer) -> list[Status]:
    rows = await rig.network.db.fetch_all(
        "SELECT id FROM statuses WHERE account_id = :id ORDER BY id", {"id": person.account_id}
    )
    found = await statuses.get_many(rig.network.db, [row[0] for row in rows])
    return [found[row[0]] for row in rows]


async def test_statuses_keep_their_dates_and_threads(rig: testrig.Rig, tmp_path: Path) -> None:
    lan = await people.join(rig.network, "lan")
    await people.join(rig.network, "binh")
    file = write(
        tmp_path / "old.jsonl",
        line(1, text="Chào @binh, #HàNội :)", language="vi", spoiler_text="Cũ"),
        line(2, in_reply_to="old-1", visibility="private", created_at="2020-02-01T10:00:00+07:00"),
    )
    done = await imports.import_statuses(rig.network, lan.account_id, file)
    assert (done.imported, done.skipped, done.failures) == (2, 0, [])
    first, second = await all_of(rig, lan)
    assert first.created_at == 1_577_952_000_000
    assert second.created_at == 1_580_526_000_000
    assert first.id >> 16 == first.created_at
    assert (second.in_reply_to_id, second.conversation_id) == (first.id, first.conversation_id)
    assert (first.visibility, second.visibility) == (Visibility.PUBLIC, Visibility.PRIVATE)
    assert (first.spoiler_text, first.sensitive, first.replies_count) == ("Cũ", True, 1)
    view = await views.load_one(rig.network, first.id)
    assert view is not None and [tag.name for tag in view.tags] == ["HàNội"]
    account = await accounts.get(rig.network.db, lan.account_id)
    assert account is not None and account.statuses_count == 2
    assert account.last_status_at == second.created_at
    home = await timelines.home(rig.network, lan, Page())
    assert [ref.id for ref in home] == [second.id, first.id]


@one_engine
async def test_nobody_is_notified(rig: testrig.Rig, tmp_path: Path) -> None:
    lan = await people.join(rig.network, "lan")
    await people.join(rig.network, "binh")
    file = write(tmp_path / "old.jsonl", line(1, text="Chào @binh"))
    await imports.import_statuses(rig.network, lan.account_id, file)
    rows = await rig.network.db.fetch_all("SELECT DISTINCT name FROM jobs")
    assert rows == [("IndexStatus",)]


@one_engine
async def test_bad_lines_are_named_and_others_go_on(rig: testrig.Rig, tmp_path: Path) -> None:
    lan = await people.join(rig.network, "lan")
    file = write(
        tmp_path / "old.jsonl",
        line(1),
        "{not json",
        "",
        line(4, created_at="yesterday"),
        line(5, created_at="2999-01-01T00:00:00Z"),
        line(6, visibility="secret"),
        line(7, text="x" * 10_001),
        line(8, text=""),
        line(9, in_reply_to="nowhere"),
        line(10, media=[{"path": "../../etc/passwd"}]),
        line(11, media=[{"path": "missing.jpg"}]),
        {"id": "12", "text": "no date"},
        json.dumps(line(13, text="x" * imports.MAX_LINE_BYTES)),
        line(14, id=""),
        '{"id": "15", "text": "\\ud800", "created_at": "2020-01-01T00:00:00Z"}',
        line(16),
    )
    done = await imports.import_statuses(rig.network, lan.account_id, file)
    bad = [failure.line for failure in done.failures]
    assert bad == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    assert all(failure.reason for failure in done.failures)
    assert [status.text for status in await all_of(rig, lan)] == ["Bài số 1", "Bài số 16"]


async def test_import_goes_on_where_it_stopped(
    rig: testrig.Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    lan = await people.join(rig.network, "lan")
    lines = [line(number) for number in range(25)]
    file = write(tmp_path / "old.jsonl", *lines, line(3))
    seen: list[int] = []

    class StoppedError(Exception):
        pass

    def stop(progress: imports.Progress) -> None:
        seen.append(progress.read_bytes)
        if len(seen) == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        await imports.import_statuses(rig.network, lan.account_id, file, stop)
    assert len(await all_of(rig, lan)) == 20
    done = await imports.import_statuses(rig.network, lan.account_id, file)
    assert (done.imported, done.skipped) == (5, 21)
    assert done.read_bytes == done.total_bytes == file.stat().st_size
    assert len(await all_of(rig, lan)) == 25


async def test_same_moment_makes_different_ids(rig: testrig.Rig, tmp_path: Path) -> None:
    lan = await people.join(rig.network, "lan")
    lines = [line(number, created_at="2019-05-01T00:00:00Z") for number in range(300)]
    file = write(tmp_path / "old.jsonl", *lines)
    done = await imports.import_statuses(rig.network, lan.account_id, file)
    assert done.imported == 300
    assert len({status.uri for status in await all_of(rig, lan)}) == 300


async def test_pictures_come_along(tmp_path: Path) -> None:
    async with testrig.services("sqlite") as rig:
        lan = await people.join(rig.network, "lan")
        (tmp_path / "files").mkdir()
        Image.new("RGB", (60, 40), "red").save(tmp_path / "files" / "one.jpg")
        media = [{"path": "files/one.jpg", "description": "Một ô đỏ"}]
        file = write(tmp_path / "old.jsonl", line(1, text="", media=media))
        done = await imports.import_statuses(rig.network, lan.account_id, file)
        assert (done.imported, done.failures) == (1, [])
        (status,) = await all_of(rig, lan)
        view = await views.load_one(rig.network, status.id)
        assert view is not None and status.has_media
        (picture,) = view.media
        assert picture.description == "Một ô đỏ" and rig.network.storage.exists(picture.file)
        meta = msgspec.json.decode(picture.meta)
        assert (meta["original"]["width"], meta["original"]["height"]) == (60, 40)


async def test_needs_account_and_file(tmp_path: Path) -> None:
    async with testrig.services("sqlite") as rig:
        lan = await people.join(rig.network, "lan")
        file = write(tmp_path / "old.jsonl", line(1))
        with pytest.raises(NotFound):
            await imports.import_statuses(rig.network, 1, file)
        with pytest.raises(NotFound):
            await imports.import_statuses(rig.network, lan.account_id, tmp_path / "none")
