import csv
import io
import zipfile
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest

import people
import testrig
from noi.media.storage import new_key
from noi.models.accounts import Viewer
from noi.models.composition import Composition
from noi.models.errors import Conflict, NotFound
from noi.models.jobs import BuildExport
from noi.services import blocks, bookmarks, exports, favourites, follows, lists, mutes, statuses


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine, smtp="smtp://127.0.0.1:1") as rig:
        yield rig


@pytest.fixture
async def lan(rig: testrig.Rig) -> Viewer:
    return await people.join(rig.network, "lan", email="lan@example.org")


async def built(rig: testrig.Rig, who: Viewer) -> Path:
    export = await exports.request(rig.network, who.account_id)
    job = BuildExport(export.id)
    await exports.build(rig.network, job)
    return await exports.download(rig.network, who.account_id, export.id)


def rows(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read(name).decode())))


async def test_archive_holds_all_that_is_ones_own(rig: testrig.Rig, lan: Viewer) -> None:
    network, own = rig.network, lan.account_id
    nam, hoa = await people.join(network, "nam"), await people.join(network, "hoa")
    first = await statuses.create(network, own, Composition(text="Một, “hai”\nba"))
    await statuses.create(
        network, own, Composition(text="riêng", visibility="private", spoiler_text="x")
    )
    theirs = await people.write(network, nam, "của Nam")
    gone = await people.write(network, lan, "xoá rồi")
    await statuses.delete(network, own, gone)
    await follows.follow(network, own, nam.account_id, notify=True, languages=["vi"])
    await follows.follow(network, hoa.account_id, own)
    await blocks.block(network, own, hoa.account_id)
    await mutes.mute(network, own, nam.account_id)
    await bookmarks.bookmark(network, own, theirs)
    made = await lists.create(network, own, "Bạn, bè")
    await lists.add(network, own, made.id, [nam.account_id])

    with zipfile.ZipFile(await built(rig, lan)) as archive:
        assert archive.testzip() is None
        outbox = msgspec.json.decode(archive.read("outbox.json"))
        profile = msgspec.json.decode(archive.read("profile.json"))
        assert rows(archive, "following_accounts.csv")[1] == [
            "nam@localhost:8000",
            "true",
            "true",
            "vi",
        ]
        assert rows(archive, "blocked_accounts.csv") == [["hoa@localhost:8000"]]
        assert rows(archive, "muted_accounts.csv")[1] == ["nam@localhost:8000", "true"]
        assert rows(archive, "lists.csv") == [["Bạn, bè", "nam@localhost:8000"]]
        (marked,) = rows(archive, "bookmarks.csv")
        assert marked[0].endswith(str(theirs))
        lines = archive.read("outbox.json").decode().splitlines()
    assert profile["handle"] == "lan"
    assert (outbox["format"], outbox["version"]) == ("noi-outbox", 1)
    assert [line["text"] for line in outbox["statuses"]] == ["Một, “hai”\nba", "riêng"]
    assert outbox["statuses"][0]["uri"] == first.status.uri
    assert outbox["statuses"][1]["visibility"] == "private"
    assert msgspec.json.decode(lines[1].rstrip(","))["text"] == "Một, “hai”\nba"


async def test_archive_holds_pictures(rig: testrig.Rig, lan: Viewer) -> None:
    key = new_key("avatars", ".png")
    await rig.network.storage.put_bytes(b"picture", key)
    await rig.network.db.execute("UPDATE accounts SET avatar = :key", {"key": key})
    with zipfile.ZipFile(await built(rig, lan)) as archive:
        assert archive.read("avatar.png") == b"picture"


async def test_only_its_owner_and_only_for_a_week(rig: testrig.Rig, lan: Viewer) -> None:
    nam = await people.join(rig.network, "nam")
    export = await exports.request(rig.network, lan.account_id)
    with pytest.raises(Conflict):
        await exports.request(rig.network, lan.account_id)
    with pytest.raises(NotFound):
        await exports.download(rig.network, lan.account_id, export.id)
    await exports.build(rig.network, BuildExport(export.id))
    path = await exports.download(rig.network, lan.account_id, export.id)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not path.is_relative_to(rig.network.settings.media_folder)
    with pytest.raises(NotFound):
        await exports.download(rig.network, nam.account_id, export.id)
    await rig.network.db.execute("UPDATE exports SET expires_at = 1")
    with pytest.raises(NotFound):
        await exports.download(rig.network, lan.account_id, export.id)
    assert await exports.by_account(rig.network, lan.account_id) == []
    assert await exports.remove_expired(rig.network) == 1
    assert not path.exists()


async def test_interrupted_archive_is_made_again(rig: testrig.Rig, lan: Viewer) -> None:
    export = await exports.request(rig.network, lan.account_id)
    job = BuildExport(export.id)
    blocked = exports.folder(rig.network)
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("in the way")
    with pytest.raises(OSError, match="exist"):
        await exports.build(rig.network, job)
    blocked.unlink()
    await exports.build(rig.network, job)
    await exports.build(rig.network, job)
    assert len(list(exports.folder(rig.network).iterdir())) == 1
    sql = "SELECT count(*) FROM jobs WHERE name = 'SendMail'"
    assert await rig.network.db.fetch_value(sql) == 1


async def test_many_statuses(rig: testrig.Rig, lan: Viewer) -> None:
    for number in range(205):
        await people.write(rig.network, lan, f"số {number}")
    with zipfile.ZipFile(await built(rig, lan)) as archive:
        outbox = msgspec.json.decode(archive.read("outbox.json"))
    assert [line["text"] for line in outbox["statuses"]] == [f"số {n}" for n in range(205)]


async def test_favourites_of_others_stay_out(rig: testrig.Rig, lan: Viewer) -> None:
    nam = await people.join(rig.network, "nam")
    secret = await people.write(rig.network, nam, "của Nam")
    await favourites.favourite(rig.network, lan.account_id, secret)
    with zipfile.ZipFile(await built(rig, lan)) as archive:
        assert all("của Nam" not in archive.read(name).decode() for name in archive.namelist())
