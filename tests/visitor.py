"""A browser without scripts, for tests: it keeps cookies and form tokens, and follows nothing."""

import html
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http.cookies import Morsel, SimpleCookie
from typing import Any

import aiohttp
import msgspec
from multidict import CIMultiDictProxy

from testrig import PASSWORD, Rig

_TOKEN = re.compile(r'name="csrf" value="([^"]*)"')
HTML = "text/html; charset=utf-8"


class Page(msgspec.Struct):
    """An answer read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str

    @property
    def plain(self) -> str:
        """The text without character references."""
        return html.unescape(self.text)

    @property
    def location(self) -> str:
        """Where a redirect leads, else an empty string."""
        return self.headers.get("location", "")

    @property
    def cookies(self) -> list[Morsel[str]]:
        """The cookies it sets."""
        lines = self.headers.getall("set-cookie", [])
        return [morsel for line in lines for morsel in SimpleCookie(line).values()]


class Visitor:
    """One browser. `token` is of the last page that had a form."""

    def __init__(self, client: aiohttp.ClientSession) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        self.token = ""

    async def get(self, path: str, **options: Any) -> Page:
        return await self.ask("GET", path, **options)

    async def post(
        self, path: str, fields: Mapping[str, str] | None = None, **options: Any
    ) -> Page:
        """Send a form, with the token of the last page."""
        return await self.ask("POST", path, data={"csrf": self.token, **(fields or {})}, **options)

    async def ask(self, method: str, path: str, **options: Any) -> Page:
        """Any request, with the cookies kept so far."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"cookie": cookies, **options.pop("headers", {})}
        async with self.client.request(
            method, path, headers=headers, allow_redirects=False, **options
        ) as answer:
            body = (await answer.read()).decode(errors="replace")
            page = Page(answer.status, answer.headers, body)
        self._keep(page)
        return page

    def _keep(self, page: Page) -> None:
        for morsel in page.cookies:
            if morsel["max-age"] == "0":
                self.cookies.pop(morsel.key, None)
            else:
                self.cookies[morsel.key] = morsel.value
        if found := _TOKEN.search(page.text):
            self.token = html.unescape(found[1])

    async def sign_in(self, name: str, password: str = PASSWORD) -> Page:
        """Sign in as a browser would."""
        await self.get("/sign-in")
        return await self.post("/sign-in", {"email": name, "password": password})


@asynccontextmanager
async def visiting(rig: Rig, name: str = "") -> AsyncGenerator[Visitor]:
    """A new browser on a network, signed in where a name is given."""
    async with rig.client(cookie_jar=aiohttp.DummyCookieJar()) as client:
        visitor = Visitor(client)
        if name:
            page = await visitor.sign_in(name)
            assert page.status == 303, page.text
            await visitor.get("/me")  # its forms carry the session's token
        yield visitor
