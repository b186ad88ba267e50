import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

import testrig
from far_server import Answer, FarServer, far_server
from media.recordings import mp4
from media.samples import animation, encoded, photo
from noi.db import remote_files as table
from noi.db.remote_files import NewFile
from noi.models.errors import NotFound, Unavailable
from noi.models.federation import RemoteFile, RemoteKind
from noi.models.ids import now_ms
from noi.services import policies, remote_files
from noi.services.network import Network


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


@pytest.fixture
async def far() -> AsyncGenerator[FarServer]:
    async with far_server() as server:
        yield server


async def known(
    network: Network, far: FarServer, path: str, kind: RemoteKind = RemoteKind.AVATAR
) -> NewFile:
    file = NewFile(f"{far.origin}{path}", far.domain, kind)
    await network.db.transaction(lambda tx: table.put(tx, [file]))
    return file


async def row_of(network: Network, file: NewFile) -> RemoteFile:
    row = await table.get(network.db, file.key)
    assert row is not None
    return row


async def read(network: Network, key: str) -> bytes:
    async with remote_files.opened(network, key) as path:
        return path.read_bytes()


async def sizes(network: Network, key: str) -> tuple[int, int]:
    from PIL import Image

    async with remote_files.opened(network, key) as path:
        with Image.open(path) as image:
            return image.size


async def test_a_picture_is_fetched_once_when_somebody_looks(
    rig: testrig.Rig, far: FarServer
) -> None:
    far.answers["/mai.png"] = Answer(encoded("png", photo(900, 900)), "image/png")
    file = await known(rig.network, far, "/mai.png")
    assert not far.asked
    far.hold.clear()
    looking = [asyncio.create_task(read(rig.network, file.key)) for _ in range(10)]
    while not far.asked:
        await asyncio.sleep(0.01)
    far.hold.set()
    assert len({*await asyncio.gather(*looking)}) == 1
    assert await sizes(rig.network, file.key) == (400, 400)
    assert far.count("/mai.png") == 1
    assert b"GPSPLACE" not in await read(rig.network, file.key)
    row = await row_of(rig.network, file)
    assert (row.state, row.file_size > 0) == ("stored", True)


async def test_an_animation_has_a_form_that_does_not_move(rig: testrig.Rig, far: FarServer) -> None:
    far.answers["/hoa.gif"] = Answer(animation("gif"), "image/gif")
    file = await known(rig.network, far, "/hoa.gif", RemoteKind.EMOJI)
    still, moving = await read(rig.network, file.small), await read(rig.network, file.key)
    assert (still[:4], moving[8:12]) == (b"\x89PNG", b"WEBP")
    assert far.count("/hoa.gif") == 1


async def test_a_film_is_kept_as_it_is(rig: testrig.Rig, far: FarServer) -> None:
    film = mp4()
    far.answers["/film"] = Answer(film, "application/octet-stream")
    file = await known(rig.network, far, "/film", RemoteKind.RECORDING)
    async with remote_files.opened(rig.network, file.key) as path:
        assert (path.suffix, path.read_bytes()) == (".mp4", film)


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"<html>", 200), (b"<svg onload=alert(1)>", 200), (b"", 200), (b"", 404)],
)
async def test_what_is_no_picture_is_left_alone_for_a_day(
    rig: testrig.Rig, far: FarServer, body: bytes, status: int
) -> None:
    far.answers["/x.png"] = Answer(body, "image/png", status=status)
    file = await known(rig.network, far, "/x.png")
    for _ in range(3):
        with pytest.raises(NotFound):
            await read(rig.network, file.key)
    assert far.count("/x.png") == 1
    assert await remote_files.placeholder(rig.network, file.key) == "avatar.png"
    row = await row_of(rig.network, file)
    assert (row.state, row.failures) == ("failed", 1) and row.error


async def test_a_server_that_is_away_is_tried_again_ever_later(
    rig: testrig.Rig, far: FarServer
) -> None:
    far.answers["/x.png"] = Answer(b"", status=503)
    file = await known(rig.network, far, "/x.png")
    waits: list[int] = []
    for _ in range(3):
        with pytest.raises(NotFound):
            await read(rig.network, file.key)
        row = await row_of(rig.network, file)
        waits.append(row.retry_at)
        await rig.network.db.execute("UPDATE remote_files SET retry_at = 0")
    assert waits[1] - waits[0] > 10 * 60_000 and waits[2] - waits[1] > 30 * 60_000


async def test_nobody_waits_for_long(
    rig: testrig.Rig, far: FarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_files, "WAIT_SECONDS", 0.05)
    far.answers["/mai.png"] = Answer(encoded("png"), "image/png")
    file = await known(rig.network, far, "/mai.png")
    far.hold.clear()
    with pytest.raises(Unavailable):
        await read(rig.network, file.key)
    far.hold.set()
    async with asyncio.timeout(20):  # it goes on by itself
        while (await row_of(rig.network, file)).state != "stored":
            await asyncio.sleep(0.01)
    await read(rig.network, file.key)
    assert far.count("/mai.png") == 1


async def test_nothing_but_what_is_known_is_fetched(rig: testrig.Rig, far: FarServer) -> None:
    file = NewFile(f"{far.origin}/x.png", far.domain, RemoteKind.AVATAR)
    for key in (file.key, "remote/../../x.any", "remote/x.any", "avatars/ab/cd/x.any"):
        with pytest.raises(NotFound):
            await read(rig.network, key)
    await known(rig.network, far, "/x.png")
    await rig.network.db.execute(
        """INSERT INTO domain_policies (domain, reject_media, rule_text, reason, created_at,
            updated_at) VALUES ('localhost', 1, '', '', 0, 0)"""
    )
    policies.forget(rig.network)
    with pytest.raises(NotFound):
        await read(rig.network, file.key)
    assert not far.asked


async def test_the_cache_is_bounded(engine: str, far: FarServer) -> None:
    picture = encoded("jpeg", photo(300, 300))
    async with testrig.services(engine, remote_media_cache_bytes=10_000) as rig:
        files: list[NewFile] = []
        for number in range(8):
            far.answers[f"/{number}.jpg"] = Answer(picture, "image/jpeg")
            files.append(await known(rig.network, far, f"/{number}.jpg"))
            await read(rig.network, files[-1].key)
        total = await table.total_size(rig.network.db)
        assert 0 < total <= 10_000
        folder = rig.network.settings.media_folder
        assert stored(folder) == total
        # What had to go is fetched again when somebody looks again.
        await read(rig.network, files[0].key)
        assert far.count("/0.jpg") == 2


async def test_what_nobody_looks_at_for_a_month_goes(rig: testrig.Rig, far: FarServer) -> None:
    network = rig.network
    far.answers["/mai.png"] = Answer(encoded("png"), "image/png")
    file = await known(network, far, "/mai.png")
    await read(network, file.key)
    await remote_files.make_room(network)
    assert (await row_of(network, file)).state == "stored"
    month = now_ms() - 31 * 86_400_000
    await network.db.execute("UPDATE remote_files SET used_at = :at", {"at": month})
    await remote_files.make_room(network)
    assert (await row_of(network, file)).state == "unfetched"
    assert stored(network.settings.media_folder) == 0


async def test_without_a_cache_files_pass_through(engine: str, far: FarServer) -> None:
    async with testrig.services(engine, remote_media_cache_bytes=0) as rig:
        far.answers["/a.jpg"] = Answer(encoded("jpeg", photo(500, 500)), "image/jpeg")
        file = await known(rig.network, far, "/a.jpg")
        assert await sizes(rig.network, file.key) == (400, 400)
        assert stored(rig.network.settings.media_folder) == 0
        assert (await row_of(rig.network, file)).state == "unfetched"


def stored(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
