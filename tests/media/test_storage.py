import asyncio
import errno
import os
from pathlib import Path

import pytest

from noi.media.storage import LocalStorage, new_key
from noi.models.errors import Unavailable

BAD_KEYS = [
    "",
    "a",
    "../../etc/passwd",
    "/etc/passwd",
    "pictures/ab/cd/../../../../etc/passwd",
    "pictures/ab/cd/" + "a" * 24,
    "pictures/ab/cd/" + "a" * 24 + ".jpg\n",
    "pictures/ab/cd/" + "A" * 24 + ".jpg",
    "pictures/ab/cd/" + "a" * 24 + ".jpg/x",
    "pictures/ab/cd/" + "a" * 24 + ".jp\0g",
]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_put_read_and_delete(tmp_path: Path) -> None:
    async def run() -> None:
        storage = LocalStorage(tmp_path / "media", "https://noi.example/media/")
        source = tmp_path / "source"
        source.write_bytes(b"tranh" * 1000)
        first, second = new_key("pictures", ".jpg"), new_key("pictures", ".jpg")
        await storage.put_file(source, first)
        await storage.put_bytes(b"gai", second)
        assert storage.path(first).read_bytes() == source.read_bytes()
        assert storage.path(second).read_bytes() == b"gai"
        assert storage.url(first) == f"https://noi.example/media/{first}"
        await storage.put_bytes(b"khac", second)
        assert storage.path(second).read_bytes() == b"khac"
        await storage.delete(first)
        assert not storage.exists(first)
        assert storage.exists(second)
        await storage.delete(first)
        assert len(files(tmp_path / "media")) == 1

    asyncio.run(run())


def test_keys_are_sharded_and_unguessable() -> None:
    keys = {new_key("pictures", ".webp") for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        prefix, one, two, name = key.split("/")
        assert prefix == "pictures"
        assert name.startswith(one + two)
        assert name.endswith(".webp")


@pytest.mark.parametrize("key", BAD_KEYS)
def test_other_keys_are_refused(tmp_path: Path, key: str) -> None:
    storage = LocalStorage(tmp_path)
    with pytest.raises(ValueError, match="no storage key"):
        storage.path(key)
    with pytest.raises(ValueError, match="no storage key"):
        asyncio.run(storage.put_bytes(b"x", key))
    with pytest.raises(ValueError, match="no storage key"):
        asyncio.run(storage.delete(key))


def test_only_public_files_are_served(tmp_path: Path) -> None:
    async def run() -> None:
        storage = LocalStorage(tmp_path)
        public, private = new_key("pictures", ".jpg"), new_key("uploads", ".jpg")
        for key in (public, private):
            await storage.put_bytes(b"x", key)
        assert storage.public_path(public) == storage.path(public)
        for key in (private, new_key("pictures", ".jpg"), *BAD_KEYS):
            assert storage.public_path(key) is None

    asyncio.run(run())


def test_a_full_disk_is_said_plainly_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="disk"):
        asyncio.run(LocalStorage(tmp_path).put_bytes(b"x", new_key("pictures", ".jpg")))
    assert files(tmp_path) == []


def test_a_missing_source_leaves_nothing(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "media")
    with pytest.raises(Unavailable):
        asyncio.run(storage.put_file(tmp_path / "gone", new_key("pictures", ".jpg")))
    assert files(tmp_path) == []
