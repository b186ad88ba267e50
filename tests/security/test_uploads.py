"""Files from strangers: judged by what is in them, made anew, served as nothing that could run."""

import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from tests.media.samples import PLACE, encoded

import testrig
from noi.media.storage import new_key
from visitor import visiting

SCRIPT = b"<script>alert(1)</script>"
NO_MEDIA = {
    "a page": b"<!doctype html><html><body>" + SCRIPT,
    "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
    "XML": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "a document": b"%PDF-1.7\n" + SCRIPT,
    "PostScript": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file",
    "a list of films": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "a program": b"\x7fELF" + bytes(100),
    "an archive": b"PK\x03\x04" + bytes(100),
    "a picture's first bytes": b"GIF89a" + SCRIPT,
    "nothing": b"",
}


@pytest.fixture(scope="module")
async def rig() -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        yield rig


@pytest.fixture(scope="module")
async def client(rig: testrig.Rig) -> AsyncGenerator[aiohttp.ClientSession]:
    async with rig.client(await rig.create_account("lan")) as client:
        yield client


async def upload(
    rig: testrig.Rig, client: aiohttp.ClientSession, data: bytes, name: str, kind: str
) -> dict[str, Any]:
    """Upload a file and answer what became of it; empty where it was refused."""
    form = aiohttp.FormData()
    form.add_field("file", data, filename=name, content_type=kind)
    async with client.post("/api/v2/media", data=form) as answer:
        assert answer.status in (200, 202, 422), answer.status
        sent: dict[str, Any] = await answer.json()
    if answer.status == 422:
        return {}
    await rig.work()
    async with client.get(f"/api/v1/media/{sent['id']}") as answer:
        return await answer.json() if answer.status == 200 else {}


@pytest.mark.parametrize("data", NO_MEDIA.values(), ids=NO_MEDIA.keys())
async def test_what_is_no_medium_is_refused_whatever_it_says(
    rig: testrig.Rig, client: aiohttp.ClientSession, data: bytes
) -> None:
    for name, kind in (("a.png", "image/png"), ("a.mp4", "video/mp4"), ("a.html", "text/html")):
        assert not await upload(rig, client, data, name, kind)


async def test_pictures_are_made_anew_under_names_of_ours(
    rig: testrig.Rig, client: aiohttp.ClientSession
) -> None:
    data = encoded("jpeg") + SCRIPT
    name = "../../../<script>alert(1)</script>.html"
    found = await upload(rig, client, data, name, "text/html")
    for address in (str(found["url"]), str(found["preview_url"])):
        assert address.startswith(f"{rig.url}/media/")
        path = urlsplit(address).path
        assert re.fullmatch(r"/media/[a-z]+/\w\w/\w\w/\w{24}\.\w{3,4}", path)
        async with client.get(path) as answer:
            assert answer.status == 200
            assert answer.content_type.startswith("image/")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
            body = await answer.read()
        assert SCRIPT not in body
        assert PLACE not in body


async def test_only_media_can_be_fetched(rig: testrig.Rig) -> None:
    private = new_key("uploads", ".jpg")
    await rig.network.storage.put_bytes(b"where it was made", private)
    paths = [
        f"/media/{private}",
        f"/media//{private}",
        "/media/../noi.sqlite",
        "/media/%2e%2e/noi.sqlite",
        "/media/..%2fnoi.sqlite",
        "/media/%2fetc%2fpasswd",
        "/media/media/../../noi.sqlite",
        "/media/",
        "/static/../templates.py",
        "/static/..%2ftemplates.py",
        "/static/%2e%2e%2ftemplates%2fbase.html",
    ]
    async with visiting(rig) as visitor:
        for path in paths:
            page = await visitor.get(path)
            assert page.status in (400, 404), path
            assert "where it was made" not in page.text
            assert "SQLite" not in page.text
