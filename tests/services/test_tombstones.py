"""A crash between a file and its row leaves neither of them for ever."""

from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest

import people
import testrig
from noi.db import accounts, statuses, uploads
from noi.db.database import Transaction
from noi.media.storage import new_key
from noi.models.accounts import Account, Viewer
from noi.models.ids import now_ms
from noi.models.jobs import BuildExport, CleanDeletedStatus, EraseAccount
from noi.models.media import MediaAttachment, MediaKind, MediaState
from noi.services import archives, departures, erasure, exports, tombstones
from noi.services import statuses as status_verbs
from noi.services.network import Network


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


class Crash(Exception):
    pass


class CrashingStorage:
    """Ends at the first file that is to be deleted, as a process may."""

    async def delete(self, key: str) -> None:
        raise Crash(key)


def crashing(network: Network) -> Network:
    return msgspec.structs.replace(network, storage=CrashingStorage())


async def picture(network: Network, owner: Viewer, status_id: int | None) -> str:
    key = new_key("media", ".webp")
    await network.storage.put_bytes(b"x", key)
    row = MediaAttachment(
        id=network.ids.next(),
        account_id=owner.account_id,
        status_id=status_id,
        scheduled_status_id=None,
        position=0,
        kind=MediaKind.IMAGE,
        state=MediaState.READY,
        file=key,
        preview="",
        content_type="image/webp",
        file_size=1,
        meta="{}",
        blurhash=None,
        description="",
        focus_x=0.0,
        focus_y=0.0,
        remote_url="",
        created_at=now_ms(),
    )
    await network.db.transaction(lambda tx: uploads.insert(tx, row, ""))
    return key


async def test_files_of_a_deleted_status_go_after_a_crash(rig: testrig.Rig) -> None:
    an = await people.join(rig.network, "an")
    status_id = await people.write(rig.network, an)
    key = await picture(rig.network, an, status_id)
    await status_verbs.delete(rig.network, an.account_id, status_id)
    job = CleanDeletedStatus(status_id)
    with pytest.raises(Crash):
        await tombstones.clean(crashing(rig.network), job)
    for _ in range(2):
        await tombstones.clean(rig.network, job)
        assert not rig.network.storage.exists(key)
        assert not await rig.network.db.fetch_all("SELECT id FROM media_attachments")
    tombstone = await statuses.get(rig.network.db, status_id)
    assert tombstone is not None
    assert (tombstone.text, tombstone.content) == ("", "")


async def test_files_of_an_erased_account_go_after_a_crash(rig: testrig.Rig) -> None:
    an = await people.join(rig.network, "an")
    binh = await people.join(rig.network, "binh")
    key = await picture(rig.network, an, None)
    kept = await picture(rig.network, binh, None)
    await rig.network.db.transaction(lambda tx: departures.bury(tx, an.account_id))
    job = EraseAccount(an.account_id)
    with pytest.raises(Crash):
        await erasure.erase(crashing(rig.network), job)
    for _ in range(2):
        await erasure.erase(rig.network, job)
        assert not rig.network.storage.exists(key)
    assert rig.network.storage.exists(kept)
    assert len(await rig.network.db.fetch_all("SELECT id FROM media_attachments")) == 1


async def test_a_tombstone_keeps_its_handle(rig: testrig.Rig) -> None:
    an = await people.join(rig.network, "an")

    async def bury(tx: Transaction) -> None:
        await departures.bury(tx, an.account_id)

    await rig.network.db.transaction(bury)
    await rig.work()
    found = await accounts.get_by_handle(rig.network.db, "AN")
    assert found is not None
    assert found.id == an.account_id
    assert (found.display_name, found.note, found.statuses_count) == ("", "", 0)


async def test_an_archive_that_is_written_while_its_account_is_erased_goes_too(
    rig: testrig.Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    an = await people.join(rig.network, "an")
    export = await exports.request(rig.network, an.account_id)
    write = archives.write

    async def write_and_erase(network: Network, account: Account, target: Path) -> int:
        size = await write(network, account, target)
        await network.db.transaction(lambda tx: departures.bury(tx, an.account_id))
        await erasure.erase(network, EraseAccount(an.account_id))
        await write(network, account, target)
        return size

    monkeypatch.setattr(archives, "write", write_and_erase)
    await exports.build(rig.network, BuildExport(export.id))
    assert list(exports.folder(rig.network).iterdir()) == []
