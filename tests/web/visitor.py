"""A visitor without a browser: cookies, forms and redirects over plain HTTP."""

import html
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import msgspec

from testrig import PASSWORD, Rig

_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


class Answer(msgspec.Struct):
    status: int
    text: str
    location: str
    headers: dict[str, str]


class Visitor(msgspec.Struct):
    """Keeps cookies and the token of the last form it saw."""

    client: aiohttp.ClientSession
    csrf: str = ""

    async def get(self, path: str, **headers: str) -> Answer:
        async with self.client.get(path, allow_redirects=False, headers=headers) as response:
            answer = await _answer(response)
        if found := _TOKEN.search(answer.text):
            self.csrf = found[1]
        return answer

    async def post(self, path: str, data: dict[str, str] | None = None, **headers: str) -> Answer:
        form = {"csrf": self.csrf, **(data or {})}
        async with self.client.post(
            path, data=form, allow_redirects=False, headers=headers
        ) as response:
            return await _answer(response)

    async def sign_in(self, name: str) -> None:
        await self.get("/sign-in")
        done = await self.post("/sign-in", {"email": name, "password": PASSWORD})
        assert done.status == 303, done.text
        await self.get("/me")


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    text = html.unescape(await response.text())
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, text, response.headers.get("location", ""), headers)


@asynccontextmanager
async def visiting(rig: Rig, name: str = "") -> AsyncGenerator[Visitor]:
    """A visitor of a rig, signed in as `name` if that is given."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(rig.url, cookie_jar=jar) as client:
        visitor = Visitor(client)
        if name:
            await visitor.sign_in(name)
        yield visitor
