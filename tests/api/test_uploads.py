"""Uploads as they should not be: lying, empty, cut off, too large, onto a full disk, at once."""

import asyncio
import errno
import io
import os
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import testrig
from media.samples import encoded

# Litestar's parser leaves its temporary file to the garbage collector when it fails.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")

API = "/api/v2/media"
JPEG = encoded("jpeg")
UNFIT = {
    "nothing": b"",
    "a page": b"<!DOCTYPE html><script>alert(1)</script>",
    "a drawing that runs": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a program": b"\x7fELF" + bytes(500),
    "noise": bytes(range(256)) * 20,
    "a document": b"%PDF-1.7\n" + bytes(300),
}
BROKEN = {
    "cut off in its head": JPEG[:20],
    "a head alone": JPEG[:200],
    "a signature alone": b"\x89PNG\r\n\x1a\n",
    "huge by its own account": b"GIF89a\xff\xff\xff\xff\x80\x00\x00" + bytes(50),
    "a film of nothing": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom",
}


@pytest.fixture
async def rig() -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite", max_image_bytes=2_000_000) as rig:
        yield rig


@pytest.fixture
async def an(rig: testrig.Rig) -> AsyncGenerator[aiohttp.ClientSession]:
    async with rig.client(await rig.create_account("an")) as session:
        yield session


async def upload(
    app: aiohttp.ClientSession, data: bytes, kind: str = "image/jpeg"
) -> tuple[int, Any]:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename="ảnh.jpg", content_type=kind)
    async with app.post(API, data=form) as answer:
        return answer.status, await answer.json()


def files(rig: testrig.Rig) -> list[Path]:
    """All that lies in the data folder for media, finished or not."""
    settings = rig.network.settings
    folders = (settings.media_folder, settings.data / "work")
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("what", UNFIT)
async def test_lies_are_refused(rig: testrig.Rig, an: aiohttp.ClientSession, what: str) -> None:
    status, body = await upload(an, UNFIT[what])
    assert (status, "error" in body) == (422, True)
    assert files(rig) == []


@pytest.mark.parametrize("what", BROKEN)
async def test_broken_files_fail_with_a_reason(
    rig: testrig.Rig, an: aiohttp.ClientSession, what: str
) -> None:
    status, body = await upload(an, BROKEN[what])
    if status == 202:
        await rig.work()
        async with an.get(f"/api/v1/media/{body['id']}") as answer:
            status, body = answer.status, await answer.json()
    assert (status, bool(body["error"])) == (422, True)


async def test_kinds_go_by_content(rig: testrig.Rig, an: aiohttp.ClientSession) -> None:
    status, body = await upload(an, JPEG, "text/html")
    assert (status, body["type"]) == (202, "image")
    await rig.work()
    async with an.get(f"/api/v1/media/{body['id']}") as answer:
        ready = await answer.json()
    async with an.get(ready["url"]) as answer:
        assert answer.content_type == "image/jpeg"


async def test_too_large(rig: testrig.Rig, an: aiohttp.ClientSession) -> None:
    status, body = await upload(an, JPEG + bytes(2_500_000))
    assert (status, body["error"]) == (413, "This file is larger than 1 MB")
    assert files(rig) == []


async def test_no_file_at_all(an: aiohttp.ClientSession) -> None:
    bodies: list[Any] = [{}, {"file": "not a file"}, {"description": "a"}]
    for body in bodies:
        async with an.post(API, data=body) as answer:
            assert answer.status == 422
            assert "error" in await answer.json()


async def test_breaking_off_leaves_nothing(rig: testrig.Rig) -> None:
    token = await rig.create_account("an")
    host, port = rig.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST {API} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 900000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    )
    writer.write(head.encode() + JPEG)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    del reader
    async with rig.client(token) as app:
        assert (await upload(app, JPEG))[0] == 202
    assert len(files(rig)) == 1


def full(*_arguments: object, **_options: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_full_disk(
    rig: testrig.Rig, an: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = JPEG + bytes(1_500_000)  # so that it does not stay in memory while it arrives
    for owner, name in (
        (os, "fsync"),
        (tempfile.SpooledTemporaryFile, "rollover"),
        (tempfile, "mkdtemp"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, full)
            status, body = await upload(an, large)
            assert (status, body) == (503, {"error": "The disk of this server is full"}), name
        assert files(rig) == [], name
    assert (await upload(an, large))[0] == 202
    await rig.work()


async def test_a_disk_full_while_it_is_processed(
    rig: testrig.Rig, an: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, sent = await upload(an, JPEG)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Exception, match="full"):
            await rig.work()
    async with an.get(f"/api/v1/media/{sent['id']}") as answer:
        assert answer.status == 206
    await rig.network.db.execute("UPDATE jobs SET run_at = 0, lease_until = NULL")
    await rig.work()
    async with an.get(f"/api/v1/media/{sent['id']}") as answer:
        assert answer.status == 200


async def test_two_at_once(rig: testrig.Rig, an: aiohttp.ClientSession) -> None:
    answers = await asyncio.gather(*(upload(an, JPEG) for _ in range(2)))
    assert [status for status, _ in answers] == [202, 202]
    await rig.work()
    ids = [body["id"] for _, body in answers]
    assert len(set(ids)) == 2
    bodies = [{"status": "ai trước", "media_ids": ids} for _ in range(2)]
    calls = [an.post("/api/v1/statuses", json=body) for body in bodies]
    posted = await asyncio.gather(*calls)
    assert sorted(answer.status for answer in posted) in ([200, 409], [200, 422])
    for answer in posted:
        answer.release()
