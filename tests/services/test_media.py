import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest
from tests.media import recordings, samples

from noi.db import media as media_rows
from noi.db import uploads
from noi.db.database import Transaction
from noi.media.results import Purpose
from noi.models.composition import Composition
from noi.models.errors import Invalid, NotFound, TooLarge
from noi.models.ids import now_ms
from noi.models.jobs import CleanMedia, ProcessMedia
from noi.models.media import MediaAttachment, MediaKind, MediaState
from noi.services import media, media_processing, pictures, statuses
from noi.services.incoming import work_folder
from noi.services.network import Network
from people import join
from testrig import Rig, services

DAY_MS = 86_400_000
AVATAR, HEADER = (Purpose.AVATAR, "avatars"), (Purpose.HEADER, "headers")
EMOJI = (Purpose.EMOJI, "emojis")


async def pieces(data: bytes, size: int = 1000) -> AsyncGenerator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def stored(network: Network) -> list[Path]:
    return sorted(path for path in network.settings.media_folder.rglob("*") if path.is_file())


async def ready(rig: Rig, account_id: int, data: bytes) -> MediaAttachment:
    sent = await media.upload(rig.network, account_id, pieces(data))
    await rig.work()
    return await media.get(rig.network, account_id, sent.id)


async def grow_old(network: Network, media_id: int) -> None:
    sql = "UPDATE media_attachments SET created_at = :then WHERE id = :id"
    await network.db.execute(sql, {"then": now_ms() - 2 * DAY_MS, "id": media_id})


def test_a_picture_is_processed_outside_the_request(engine: str) -> None:
    async def run() -> None:
        async with services(engine) as rig:
            lan = (await join(rig.network, "lan")).account_id
            sent = await media.upload(
                rig.network, lan, pieces(samples.encoded("jpeg")), description=" chợ  nổi\r\n "
            )
            assert sent.state == MediaState.PROCESSING
            assert (await media.get(rig.network, lan, sent.id)).state == MediaState.PROCESSING
            (private,) = stored(rig.network)
            key = str(private.relative_to(rig.network.settings.media_folder))
            assert rig.network.storage.public_path(key) is None
            await rig.work()
            row = await media.get(rig.network, lan, sent.id)
            assert row.state == MediaState.READY
            assert row.kind == MediaKind.IMAGE
            assert row.description == "chợ  nổi"
            assert row.blurhash
            meta = msgspec.json.decode(row.meta)
            assert meta["original"] == {
                "width": 320,
                "height": 200,
                "size": "320x200",
                "aspect": 1.6,
            }
            assert meta["small"]["size"] == "320x200"
            files = {rig.network.storage.path(key) for key in (row.file, row.preview)}
            assert set(stored(rig.network)) == files
            assert all(samples.PLACE not in path.read_bytes() for path in files)
            assert row.file_size == rig.network.storage.path(row.file).stat().st_size
            assert list(work_folder(rig.network.settings).iterdir()) == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("data", "kind", "content_type", "extension"),
    [
        (recordings.mp4(), MediaKind.VIDEO, "video/mp4", ".mp4"),
        (recordings.mp4(video=False), MediaKind.AUDIO, "audio/mp4", ".m4a"),
        (recordings.ogg(), MediaKind.AUDIO, "audio/ogg", ".ogg"),
    ],
)
def test_recordings_lose_their_place(
    data: bytes, kind: MediaKind, content_type: str, extension: str
) -> None:
    async def run() -> None:
        async with services("sqlite") as rig:
            lan = (await join(rig.network, "lan")).account_id
            row = await ready(rig, lan, data)
            assert (row.kind, row.content_type) == (kind, content_type)
            assert row.file.endswith(extension)
            assert row.preview == ""
            meta = msgspec.json.decode(row.meta)
            assert meta["duration"] == 2.5
            assert meta["length"] == "0:00:02.50"
            if kind == MediaKind.VIDEO:
                assert meta["size"] == "1280x720"
            (path,) = stored(rig.network)
            assert samples.PLACE not in path.read_bytes()

    asyncio.run(run())


def test_a_chosen_thumbnail_is_kept(engine: str) -> None:
    async def run() -> None:
        async with services(engine) as rig:
            lan = (await join(rig.network, "lan")).account_id
            cover = samples.encoded("jpeg", samples.photo(1280, 640))
            sent = await media.upload(
                rig.network, lan, pieces(recordings.mp4()), thumbnail=pieces(cover)
            )
            await rig.work()
            row = await media.get(rig.network, lan, sent.id)
            meta = msgspec.json.decode(row.meta)
            assert meta["small"]["size"] == "640x320"
            assert meta["original"]["width"] == 1280
            assert row.preview
            assert row.blurhash
            again = await media.update(
                rig.network, lan, sent.id, thumbnail=pieces(samples.encoded("png"))
            )
            assert again.preview != row.preview
            assert msgspec.json.decode(again.meta)["small"]["size"] == "320x200"
            assert msgspec.json.decode(again.meta)["original"] == meta["original"]
            assert len(stored(rig.network)) == 2

    asyncio.run(run())


def test_a_thumbnail_chosen_while_a_picture_is_processed_wins() -> None:
    async def run() -> None:
        async with services("sqlite") as rig:
            lan = (await join(rig.network, "lan")).account_id
            sent = await media.upload(rig.network, lan, pieces(samples.encoded("jpeg")))
            cover = pieces(samples.encoded("png", samples.photo(50, 50)))
            _, changed = await asyncio.gather(
                rig.work(), media.update(rig.network, lan, sent.id, thumbnail=cover)
            )
            await rig.work()
            row = await media.get(rig.network, lan, sent.id)
            assert row.state == MediaState.READY
            assert row.preview == changed.preview
            assert msgspec.json.decode(row.meta)["small"]["size"] == "50x50"
            assert len(stored(rig.network)) == 2

    asyncio.run(run())


def test_a_picture_that_cannot_be_used_says_why(engine: str) -> None:
    async def run() -> None:
        async with services(engine) as rig:
            lan = (await join(rig.network, "lan")).account_id
            whole = samples.encoded("jpeg")
            sent = await media.upload(rig.network, lan, pieces(whole[: len(whole) // 2]))
            await rig.work()
            with pytest.raises(Invalid, match="damaged or incomplete"):
                await media.get(rig.network, lan, sent.id)
            assert stored(rig.network) == []

    asyncio.run(run())


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='x'/>", b"<html>", b"%PDF-1.7", b"hello"])
def test_other_kinds_of_files_are_refused_at_once(data: bytes) -> None:
    async def run() -> None:
        async with services("sqlite") as rig:
            lan = (await join(rig.network, "lan")).account_id
            with pytest.raises(Invalid, match="not supported"):
                await media.upload(rig.network, lan, pieces(data))
            assert stored(rig.network) == []
            with pytest.raises(Invalid, match="not supported"):
                await pictures.store(rig.network, pieces(recordings.mp4()), *AVATAR)

    asyncio.run(run())


def test_files_that_are_too_large_are_refused_while_they_arrive() -> None:
    received = 0

    async def endless() -> AsyncGenerator[bytes]:
        nonlocal received
        yield samples.encoded("jpeg")
        while True:
            received += 1000
            yield bytes(1000)

    async def run() -> None:
        limits = {"max_image_bytes": 20_000, "max_video_bytes": 50_000}
        async with services("sqlite", **limits) as rig:
            lan = (await join(rig.network, "lan")).account_id
            with pytest.raises(TooLarge):
                await media.upload(rig.network, lan, endless())
            assert received <= 50_000
            with pytest.raises(TooLarge):
                await media.upload(
                    rig.network, lan, pieces(samples.encoded("jpeg") + bytes(20_000))
                )
            with pytest.raises(TooLarge):
                await pictures.store(rig.network, endless(), *HEADER)
            assert list(work_folder(rig.network.settings).iterdir()) == []

    asyncio.run(run())


def test_an_upload_that_breaks_off_leaves_nothing() -> None:
    async def broken() -> AsyncGenerator[bytes]:
        yield samples.encoded("jpeg")[:500]
        raise ConnectionResetError

    async def run() -> None:
        async with services("sqlite") as rig:
            lan = (await join(rig.network, "lan")).account_id
            with pytest.raises(ConnectionResetError):
                await media.upload(rig.network, lan, broken())
            assert stored(rig.network) == []
            assert list(work_folder(rig.network.settings).iterdir()) == []

    asyncio.run(run())


def test_describing(engine: str) -> None:
    async def run() -> None:
        async with services(engine) as rig:
            lan = (await join(rig.network, "lan")).account_id
            minh = (await join(rig.network, "minh")).account_id
            row = await ready(rig, lan, samples.encoded("png"))
            changed = await media.update(
                rig.network, lan, row.id, description="Chợ Bến Thành", focus=(0.5, -7.0)
            )
            assert changed.description == "Chợ Bến Thành"
            assert (changed.focus_x, changed.focus_y) == (0.5, -1.0)
            kept = await media.update(rig.network, lan, row.id, focus=(0.0, 0.0))
            assert kept.description == "Chợ Bến Thành"
            with pytest.raises(Invalid):
                await media.update(rig.network, lan, row.id, description="x" * 1501)
            with pytest.raises(Invalid):
                await media.update(rig.network, lan, row.id, focus=(float("nan"), 0.0))
            for verb in (media.update, media.get, media.delete):
                with pytest.raises(NotFound):
                    await verb(rig.network, minh, row.id)

    asyncio.run(run())


def test_deleting_only_what_no_status_has(engine: str) -> None:
    async def run() -> None:
        async with services(engine) as rig:
            lan = (await join(rig.network, "lan")).account_id
            used = await ready(rig, lan, samples.encoded("png"))
            unused = await ready(rig, lan, samples.encoded("png"))
            await statuses.create(rig.network, lan, Composition(text="x", media_ids=[used.id]))
            await media.delete(rig.network, lan, unused.id)
            for id_ in (unused.id, used.id, 12345):
                with pytest.raises(NotFound):
                    await media.delete(rig.network, lan, id_)
            assert len(stored(rig.network)) == 2
            with pytest.raises(NotFound):
                await media.get(rig.network, lan, used.id)

    asyncio.run(run())


def test_cleaning(engine: str) -> None:
    async def run() -> None:
        async with services(engine) as rig:
            lan = (await join(rig.network, "lan")).account_id
            rows = [await ready(rig, lan, samples.encoded("png")) for _ in range(3)]
            used, old, fresh = (row.id for row in rows)
            view = await statuses.create(rig.network, lan, Composition(text="x", media_ids=[used]))
            await grow_old(rig.network, used)
            await grow_old(rig.network, old)
            left = work_folder(rig.network.settings) / "left-by-a-crash"
            left.mkdir()
            os.utime(left, (1, 1))
            await media.clean_media(rig.network, CleanMedia())
            assert await media_rows.get(rig.network.db, old) is None
            assert await media_rows.get(rig.network.db, used) is not None
            assert await media_rows.get(rig.network.db, fresh) is not None
            assert len(stored(rig.network)) == 4
            assert not left.exists()

            # What a status lets go of to be written anew is kept for a day from then.
            await statuses.delete(rig.network, lan, view.status.id, keep_media=True)
            await media.clean_media(rig.network, CleanMedia())
            assert await media_rows.get(rig.network.db, used) is not None

    asyncio.run(run())


def test_processing_runs_again_after_a_crash(engine: str) -> None:
    async def run() -> None:
        async with services(engine) as rig:
            lan = (await join(rig.network, "lan")).account_id
            sent = await media.upload(rig.network, lan, pieces(samples.encoded("png")))
            finish = uploads.finish

            async def crash(tx: Transaction, row: MediaAttachment) -> bool:
                raise RuntimeError("killed")

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(uploads, "finish", crash)
                with pytest.raises(RuntimeError):
                    await media_processing.process(rig.network, ProcessMedia(sent.id))
            assert uploads.finish is finish
            await media_processing.process(rig.network, ProcessMedia(sent.id))
            await media_processing.process(rig.network, ProcessMedia(sent.id))
            row = await media.get(rig.network, lan, sent.id)
            assert row.state == MediaState.READY
            assert len(stored(rig.network)) == 2

    asyncio.run(run())


def test_a_lost_upload_fails_clearly() -> None:
    async def run() -> None:
        async with services("sqlite") as rig:
            lan = (await join(rig.network, "lan")).account_id
            sent = await media.upload(rig.network, lan, pieces(samples.encoded("png")))
            stored(rig.network)[0].unlink()
            await rig.work()
            with pytest.raises(Invalid, match="lost"):
                await media.get(rig.network, lan, sent.id)

    asyncio.run(run())


def test_avatars_headers_and_emojis(tmp_path: Path) -> None:
    async def run() -> None:
        async with services("sqlite") as rig:
            path = tmp_path / "avatar.anything"
            path.write_bytes(samples.animation("gif"))
            avatar = await pictures.store(rig.network, path, *AVATAR)
            assert path.exists()
            assert avatar.file != avatar.static
            assert avatar.file.endswith(".webp")
            assert avatar.static.endswith(".png")
            header = await pictures.store(rig.network, pieces(samples.encoded("heic")), *HEADER)
            assert header.file == header.static
            emoji = await pictures.store(rig.network, pieces(samples.encoded("png")), *EMOJI)
            assert (emoji.width, emoji.height) == (128, 80)
            await pictures.discard(rig.network, avatar.file, avatar.static, "", header.file)
            assert stored(rig.network) == [rig.network.storage.path(emoji.file)]

    asyncio.run(run())
