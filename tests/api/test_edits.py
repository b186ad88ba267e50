from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

import testrig


@pytest.fixture
async def client(engine: str) -> AsyncGenerator[aiohttp.ClientSession]:
    async with testrig.network(engine) as rig:
        token = await rig.create_account("lan")
        async with rig.client(token) as client:
            yield client


async def answered(client: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
    async with client.request(method, path, json=body) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_what_an_edit_does_not_name_stays_as_it_was(client: aiohttp.ClientSession) -> None:
    poll = {"options": ["có", "không"], "expires_in": 3600, "multiple": True}
    body = {"status": "Đi chứ?", "spoiler_text": "hỏi", "language": "vi", "poll": poll}
    posted = await answered(client, "POST", "/api/v1/statuses", body)
    path = f"/api/v1/statuses/{posted['id']}"
    edited = await answered(client, "PUT", path, {"spoiler_text": "hỏi lại"})
    assert edited["content"] == posted["content"]
    assert edited["spoiler_text"] == "hỏi lại"
    assert edited["sensitive"] is True
    assert edited["language"] == "vi"
    assert edited["poll"]["id"] == posted["poll"]["id"]
    assert edited["poll"]["expires_at"] == posted["poll"]["expires_at"]
    history = await answered(client, "GET", f"{path}/history")
    assert [version["spoiler_text"] for version in history] == ["hỏi", "hỏi lại"]


async def test_an_edit_may_take_the_poll_away(client: aiohttp.ClientSession) -> None:
    poll = {"options": ["có", "không"], "expires_in": 3600}
    body = {"status": "Đi chứ?", "poll": poll}
    posted = await answered(client, "POST", "/api/v1/statuses", body)
    path = f"/api/v1/statuses/{posted['id']}"
    edited = await answered(client, "PUT", path, {"status": "Thôi", "poll": None})
    assert edited["poll"] is None
