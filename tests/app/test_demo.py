"""`make demo`: three networks and their hub, really federating, as somebody tries them out."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]
PLACES = ("hub", "bao", "truong", "lang")

pytestmark = [pytest.mark.anyio, pytest.mark.long, pytest.mark.timeout(400)]


def free_ports() -> int:
    """The first of four ports in a row where nobody listens."""
    for first in range(21400, 30000, 10):
        sockets = [socket.socket() for _ in PLACES]
        try:
            for place, one in enumerate(sockets):
                one.bind(("127.0.0.1", first + place))
        except OSError:
            continue
        else:
            return first
        finally:
            for one in sockets:
                one.close()
    raise RuntimeError("no ports are free")


class Demo:
    """A running demonstration."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.text = ""
        environ = {**os.environ, "DEMO_FOLDER": str(folder), "DEMO_PORT": str(port)}
        environ["PYTHONUNBUFFERED"] = "1"
        self.process = subprocess.Popen(
            [sys.executable, "tools/demo"],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def url(self, place: str) -> str:
        return f"http://localhost:{self.port + PLACES.index(place)}"

    def read_until(self, words: str) -> None:
        """Read what it prints up to these words; raises RuntimeError where they do not come."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.text += line
            if words in line:
                return
        raise RuntimeError(self.text)

    def token(self, place: str, name: str) -> str:
        """Access for somebody's app."""
        command = [sys.executable, "-m", "noi", "token", "create", name]
        command += ["--data", str(self.folder / place)]
        command += ["--host", self.url(place).removeprefix("http://")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.split()[-1]


@asynccontextmanager
async def demonstrating(folder: Path, port: int) -> AsyncGenerator[Demo]:
    """Run the demonstration, and end it as Ctrl-C does."""
    demo = Demo(folder, port)
    try:
        await asyncio.to_thread(demo.read_until, "Ctrl-C stops everything")
        yield demo
    finally:
        demo.process.send_signal(signal.SIGINT)
        code = await asyncio.to_thread(demo.process.wait, 60)
        assert demo.process.stdout
        demo.process.stdout.close()
    assert code == 0, demo.text


async def soon(what: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    """Wait until something is so, asking no more often than a person might."""
    async with asyncio.timeout(seconds):
        while not await what():
            await asyncio.sleep(1)


async def test_a_person_is_found_read_and_lost_through_the_hub(tmp_path: Path) -> None:
    port, folder = free_ports(), tmp_path / "demo"
    async with demonstrating(folder, port) as demo, aiohttp.ClientSession() as web:
        assert "Làng Hạ Bì" in demo.text

        async def page(path: str) -> str:
            async with web.get(demo.url("hub") + path, headers={"Accept-Language": "vi"}) as got:
                assert got.status == 200, path
                return await got.text()

        async def found_at_hub() -> bool:
            return "@thaylam" in await page("/search?q=Nguyễn+Văn+Lâm")

        await soon(found_at_hub)
        assert "độ ẩm hạt" in await page("/search/posts?q=K21")
        assert "@bandoc" not in await page("/search?q=bạn+đọc")

        async def talked_about() -> bool:
            return "MùaGặt" in await page("/trends")

        await soon(talked_about)

        reader = {"Authorization": f"Bearer {demo.token('lang', 'bacbinh')}"}
        lang = demo.url("lang")

        async def search(term: str) -> list[dict[str, Any]]:
            params = {"q": term, "type": "accounts"}
            async with web.get(f"{lang}/api/v2/search", headers=reader, params=params) as got:
                return (await got.json())["accounts"]

        async def known_in_the_village() -> bool:
            return any(one["username"] == "thaylam" for one in await search("nguyen van lam"))

        await soon(known_in_the_village)
        (lam,) = [one for one in await search("nguyen van lam") if one["username"] == "thaylam"]
        async with web.post(f"{lang}/api/v1/accounts/{lam['id']}/follow", headers=reader) as got:
            assert got.status == 200

        author = {"Authorization": f"Bearer {demo.token('truong', 'thaylam')}"}
        post = {"status": "Chào bà con, tôi vừa tới"}
        truong = demo.url("truong")

        async def following() -> bool:
            params = {"id": lam["id"]}
            where = f"{lang}/api/v1/accounts/relationships"
            async with web.get(where, headers=reader, params=params) as got:
                return (await got.json())[0]["following"]

        await soon(following)
        async with web.post(f"{truong}/api/v1/statuses", headers=author, json=post) as got:
            assert got.status == 200

        async def read_at_home() -> bool:
            async with web.get(f"{lang}/api/v1/timelines/home", headers=reader) as got:
                return any("tôi vừa tới" in status["content"] for status in await got.json())

        await soon(read_at_home)

        changes = {"discoverable": "false", "indexable": "false"}
        where = f"{truong}/api/v1/accounts/update_credentials"
        async with web.patch(where, headers=author, data=changes) as got:
            assert got.status == 200

        async def gone_at_hub() -> bool:
            people = "@thaylam" in await page("/search?q=Nguyễn+Văn+Lâm")
            posts = "độ ẩm hạt" in await page("/search/posts?q=K21")
            return not people and not posts

        await soon(gone_at_hub, 60)

    async with (
        demonstrating(folder, port) as again,
        aiohttp.ClientSession(headers=reader) as web,
        web.get(again.url("lang") + "/api/v1/timelines/home") as got,
    ):
        assert any("tôi vừa tới" in status["content"] for status in await got.json())


async def test_help_starts_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "tools/demo", "--help"]
    environ = {**os.environ, "DEMO_FOLDER": str(folder)}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, folder.exists()) == (0, False)
    assert "DEMO_PORT" in done.stdout
