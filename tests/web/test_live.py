"""The event stream of an open home page."""

import html
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest

import testrig
from listening import EventStream
from noi.models.composition import Composition
from noi.models.live import LiveEvent, LiveKind
from noi.services import follows, mutes, sessions, statuses
from testrig import Rig


class Home:
    """Lan, whose home page is open, follows Minh."""

    def __init__(self, rig: Rig, lan: int, minh: int, cookie: str) -> None:
        self.rig, self.lan, self.minh, self.cookie = rig, lan, minh, cookie

    async def post(self, text: str, author: int = 0) -> int:
        view = await statuses.create(self.rig.network, author or self.minh, Composition(text=text))
        await self.rig.work()
        return view.status.id

    @asynccontextmanager
    async def open(self, since: int | None = None) -> AsyncGenerator[EventStream]:
        cookies = {"noi-session": self.cookie}
        async with (
            aiohttp.ClientSession(base_url=self.rig.url, cookies=cookies) as client,
            client.get("/live", params={"since": str(since or "")}) as response,
        ):
            assert response.status == 200
            assert await response.content.readline() == b":)\n"
            yield EventStream(response)


@asynccontextmanager
async def home(engine: str) -> AsyncGenerator[Home]:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await rig.create_account("lan")
        await rig.create_account("minh")
        lan, minh = await rig.account_id("lan"), await rig.account_id("minh")
        made = await rig.network.db.transaction(lambda tx: sessions.create(tx, lan, ""))
        here = Home(rig, lan, minh, made.token)
        async with here.open():
            await rig.work()
            await follows.follow(rig.network, lan, minh)
            await rig.work()
        yield here


async def test_new_posts_come_as_html_and_go_when_deleted(engine: str) -> None:
    async with home(engine) as here, here.open() as stream:
        await here.post("Của chính Lan", author=here.lan)
        status_id = await here.post("Chào <b>Lan</b>")
        heard = await stream.next()
        assert heard.event == "status"
        assert f'id="s{status_id}"' in heard.payload
        assert "Chào" in html.unescape(heard.payload)
        assert "<b>Lan" not in heard.payload
        await statuses.delete(here.rig.network, here.minh, status_id)
        heard = await stream.next()
        assert (heard.event, heard.payload) == ("delete", status_id)


async def test_nobody_muted_is_heard_and_what_was_missed_comes_first() -> None:
    async with home("sqlite") as here:
        await here.rig.create_account("hoa")
        hoa = await here.rig.account_id("hoa")
        await follows.follow(here.rig.network, here.lan, hoa)
        seen = await here.post("Đã đọc")
        missed = await here.post("Chưa đọc")
        async with here.open(since=seen) as stream:
            assert f'id="s{missed}"' in (await stream.next()).payload
            await mutes.mute(here.rig.network, here.lan, here.minh)
            await here.post("Không nghe thấy")
            later = await here.post("Tin của Hoa", author=hoa)
            assert f'id="s{later}"' in (await stream.next()).payload, "events come in order"
            await mutes.unmute(here.rig.network, here.lan, here.minh)
            heard = await here.post("Nghe thấy")
            assert f'id="s{heard}"' in (await stream.next()).payload


async def test_what_was_missed_comes_once_though_it_is_just_told_of() -> None:
    async with home("sqlite") as here:
        seen = await here.post("Đã đọc")
        missed = await here.post("Chưa đọc")
        async with here.open(since=seen) as stream:
            assert f'id="s{missed}"' in (await stream.next()).payload
            told = LiveEvent(LiveKind.STATUS, missed, here.minh)
            here.rig.network.bus.feed([told])
            later = await here.post("Sau đó")
            assert f'id="s{later}"' in (await stream.next()).payload


async def test_only_for_who_is_signed_in_and_as_long_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("noi.web.live.HEARTBEAT_SECONDS", 0.05)
    async with home("sqlite") as here:
        async with here.rig.client() as client:
            assert (await client.get("/live")).status == 401
        async with here.open() as stream:
            await sessions.end(here.rig.network, here.lan, here.cookie)
            with pytest.raises(EOFError):
                await stream.next()
