"""Stored files over HTTP."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from yarl import URL

import testrig
from noi.media.storage import new_key
from noi.web.media_files import part_of
from testrig import Rig

BODY = bytes(range(256)) * 4096  # a mebibyte, so that it is sent in several pieces


@asynccontextmanager
async def stored(prefix: str = "media", extension: str = ".mp4") -> AsyncGenerator[tuple[Rig, str]]:
    async with testrig.network("sqlite") as rig:
        key = new_key(prefix, extension)
        await rig.network.storage.put_bytes(BODY, key)
        yield rig, key


async def test_a_file_is_served_whole_and_for_ever() -> None:
    async with stored() as (rig, key), rig.client() as client:
        async with client.get(rig.network.storage.url(key)) as answer:
            assert answer.status == 200
            assert await answer.read() == BODY
            assert answer.headers["content-type"] == "video/mp4"
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
            assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
            assert answer.headers["access-control-allow-origin"] == "*"
            etag = answer.headers["etag"]
        again = {"if-none-match": etag}
        async with client.get(f"/media/{key}", headers=again) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
        async with client.head(f"/media/{key}") as answer:
            assert (answer.status, await answer.read()) == (200, b"")
            assert answer.headers["content-length"] == str(len(BODY))


async def test_a_player_seeks() -> None:
    async with stored() as (rig, key), rig.client() as client:
        headers = {"range": "bytes=300-599999"}
        async with client.get(f"/media/{key}", headers=headers) as answer:
            assert answer.status == 206
            assert answer.headers["content-range"] == f"bytes 300-599999/{len(BODY)}"
            assert await answer.read() == BODY[300:600_000]
            etag = answer.headers["etag"]
        async with client.get(f"/media/{key}", headers={"range": f"bytes={len(BODY)}-"}) as answer:
            assert answer.status == 416
            assert answer.headers["content-range"] == f"bytes */{len(BODY)}"
        for version, status in ((etag, 206), ('"another"', 200)):
            headers = {"range": "bytes=0-0", "if-range": version}
            async with client.get(f"/media/{key}", headers=headers) as answer:
                assert answer.status == status


@pytest.mark.parametrize("prefix", ["uploads", "exports"])
async def test_private_files_are_not_served(prefix: str) -> None:
    async with (
        stored(prefix) as (rig, key),
        rig.client() as client,
        client.get(f"/media/{key}") as answer,
    ):
        assert (answer.status, await answer.text()) == (404, "Not found\n")
        assert answer.headers["content-type"].startswith("text/plain")


async def test_nothing_else_is_served() -> None:
    paths = ["", "/", "/../noi.sqlite", "/%2e%2e/noi.sqlite", "/media//etc/passwd", "/a%00b"]

    async with stored() as (rig, key), rig.client() as client:
        for path in [*paths, f"/{key}x", f"/{key}/", f"/../media/{key}"]:
            url = URL(f"{rig.url}/media{path}", encoded=True)
            async with client.get(url) as answer:
                assert answer.status in (200, 404)
                if answer.status == 200:
                    assert await answer.read() == BODY
        async with client.post(f"/media/{key}") as answer:
            assert answer.status == 405
        await rig.network.storage.delete(key)
        async with client.get(f"/media/{key}") as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("", (0, 100)),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 20)),
        ("bytes=10-1000", (10, 100)),
        ("bytes=-30", (70, 100)),
        ("bytes=-300", (0, 100)),
        ("bytes=-0", None),
        ("bytes=100-", None),
        ("bytes=-", (0, 100)),
        ("bytes=20-10", (0, 100)),
        ("bytes=0-1,5-6", (0, 100)),
        ("lines=0-1", (0, 100)),
        ("bytes=99999999999999999999-", (0, 100)),
    ],
)
def test_ranges(header: str, part: tuple[int, int] | None) -> None:
    assert part_of(header, 100) == part
