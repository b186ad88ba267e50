"""Reactions as apps of Pleroma's kin see them, and who may react."""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

import testrig
from testrig import Rig

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[Rig]:
    async with testrig.network(engine) as rig:
        yield rig


async def call(
    client: aiohttp.ClientSession, path: str, method: str = "GET", code: int = 200, **form: Any
) -> Any:
    async with client.request(method, f"/api/v1/{path}", json=form or None) as answer:
        assert answer.status == code, await answer.text()
        return await answer.json()


async def test_reacting_and_taking_it_back(rig: Rig) -> None:
    lan, mai = await rig.create_account("lan"), await rig.create_account("mai")
    async with rig.client(lan) as as_lan, rig.client(mai) as as_mai, rig.client() as stranger:
        status = await call(as_lan, "statuses", "POST", status="Dã quỳ nở")
        assert "pleroma" not in status
        base = f"pleroma/statuses/{status['id']}/reactions"
        shown = await call(as_mai, f"{base}/🎉", "PUT")
        assert shown["pleroma"]["emoji_reactions"] == [
            {"name": "🎉", "count": 1, "me": True, "url": None, "static_url": None}
        ]
        await call(as_mai, f"{base}/🎉", "PUT")
        await call(as_lan, f"{base}/❤️", "PUT")
        await call(as_lan, f"{base}/🎉", "PUT")
        shown = await call(stranger, f"statuses/{status['id']}")
        found = shown["pleroma"]["emoji_reactions"]
        assert [(one["name"], one["count"], one["me"]) for one in found] == [
            ("🎉", 2, False),
            ("❤️", 1, False),
        ]
        listed = await call(stranger, base)
        assert [account["username"] for account in listed[0]["accounts"]] == ["lan", "mai"]
        assert len(await call(stranger, f"{base}/❤️")) == 1
        await rig.work()
        told = await call(as_lan, "notifications")
        assert [(line["type"], line["account"]["username"]) for line in told] == [
            ("reaction", "mai")
        ]
        for text in ("x", "hay", "<b>", ":nope:", "🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉"):
            await call(as_mai, f"{base}/{text}", "PUT", 422)
        await call(as_mai, f"{base}/🎉", "DELETE")
        shown = await call(as_lan, f"statuses/{status['id']}")
        assert [one["count"] for one in shown["pleroma"]["emoji_reactions"]] == [1, 1]
        await rig.work()
        assert await call(as_lan, "notifications") == []


async def test_who_sees_nothing_reacts_to_nothing(rig: Rig) -> None:
    lan, mai = await rig.create_account("lan"), await rig.create_account("mai")
    async with rig.client(lan) as as_lan, rig.client(mai) as as_mai:
        status = await call(as_lan, "statuses", "POST", status="Riêng", visibility="private")
        base = f"pleroma/statuses/{status['id']}/reactions"
        await call(as_mai, f"{base}/🎉", "PUT", 404)
        await call(as_mai, base, "GET", 404)
        for emoji in "🍎🍊🍋🍌🍉🍇🍓🍒":
            await call(as_lan, f"{base}/{emoji}", "PUT")
        await call(as_lan, f"{base}/🍍", "PUT", 422)
        await call(as_lan, f"statuses/{status['id']}", "DELETE")
