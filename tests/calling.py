"""Calls of the client API, for tests: `call` wants a 200, the others take whatever comes."""

from typing import Any

import aiohttp


async def answer(
    app: aiohttp.ClientSession, method: str, path: str, **options: Any
) -> tuple[int, Any]:
    """The code and the JSON of an answer."""
    async with app.request(method, path, **options) as found:
        return found.status, await found.json()


async def code(app: aiohttp.ClientSession, method: str, path: str, **options: Any) -> int:
    """The code of an answer."""
    return (await answer(app, method, path, **options))[0]


async def call(app: aiohttp.ClientSession, method: str, path: str, **options: Any) -> Any:
    """The JSON of an answer with code 200."""
    status, body = await answer(app, method, path, **options)
    assert status == 200, (status, body)
    return body
