"""Strings that break programs, through every field that takes text.

None fails, what is stored comes back as it was typed (after normalising), and no page or HTML
of the API holds markup that a stranger wrote.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

import testrig
from consent import fields
from noi.text.clean import clean_name, clean_text
from text.samples import HOSTILE, naughty_strings

API = "/api/v1"
OWN = [
    "Đường sắt ĐƯỜNG SẮT đường sắt",
    "ສະບາຍດີ ຊາວລາວ ຂ່າວມື້ນີ້",
    "a\0b\x1b[31mc\x7f",
    "'; DROP TABLE accounts; --",
    "%s %d {0} {name} {{ 7*7 }} ${7*7}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1) data:text/html,x vbscript:x",
    "@an@localhost @an @@an @lan@[::1] #",
    "%_\\ % _ \\",
    '* AND OR NOT NEAR( ) " ^ : - +',
    "\u202eevil\u202c \ufeff \u2028 \u2029",
    "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🇻🇳",
    "a" * 300,
    "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
]
LAST = "Bài cuối cùng"
_TAGS = {
    *("p", "br", "span", "a", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i"),
    *("em", "ul", "ol", "li", "ruby", "rt", "rp"),
}
_SCHEMES = ("http://", "https://", "/")
_RUNNING = re.compile(r"on\w+|style|srcdoc|background", re.IGNORECASE)


class Markup(HTMLParser):
    """What a piece of HTML is made of."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(markup: Markup, typed: str) -> None:
    for tag, name, value in markup.attributes:
        assert not _RUNNING.fullmatch(name), (tag, name, typed)
        if name in ("href", "src", "action", "formaction"):
            assert value.startswith((*_SCHEMES, "#", "?")), (tag, value, typed)
        if tag == "script":
            assert name != "src" or value.startswith("/static/"), (value, typed)


def without_spaces(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        yield rig


class Typist:
    """Sends strings as an app does."""

    def __init__(self, app: aiohttp.ClientSession) -> None:
        self.app = app

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer, None for a refusal; raises AssertionError for failures."""
        async with self.app.request(method, path, **options) as answer:
            body = await answer.json()
            assert answer.status < 500, (method, path, options, body)
            if answer.status >= 400:
                assert isinstance(body["error"], str), (path, options)
                return None
            return body

    async def try_status(self, typed: str, kind: str) -> None:
        """Post it as text, as warning and as a choice, and read it again."""
        body = {
            "status": typed,
            "spoiler_text": typed,
            "content_type": kind,
            "poll": {"options": [typed, "khác"], "expires_in": 600},
        }
        made = await self.call("POST", f"{API}/statuses", json=body)
        if made is None:  # too long for a choice, or blank
            made = await self.call("POST", f"{API}/statuses", json={"status": typed})
        if made is None:
            return
        markup = Markup(made["content"])
        assert markup.tags <= _TAGS, (made["content"], typed)
        assert_harmless(markup, typed)
        source = await self.call("GET", f"{API}/statuses/{made['id']}/source")
        assert source["text"].strip() == clean_text(typed).strip()
        if kind == "text/plain":
            assert without_spaces(markup.text) == without_spaces(clean_text(typed)), typed
        if made["poll"]:
            assert made["poll"]["options"][0]["title"] == source["spoiler_text"], typed

    async def try_profile(self, typed: str) -> None:
        body = {
            "display_name": typed,
            "note": typed,
            "fields_attributes": [{"name": typed, "value": typed}],
        }
        if await self.call("PATCH", f"{API}/accounts/update_credentials", json=body) is None:
            return
        me = await self.call("GET", f"{API}/accounts/verify_credentials")
        assert me["display_name"] == clean_name(typed)
        assert me["source"]["note"].strip() == clean_text(typed).strip()
        for html in (me["note"], *(field["value"] for field in me["fields"])):
            markup = Markup(html)
            assert markup.tags <= _TAGS, html
            assert_harmless(markup, typed)

    async def try_names(self, typed: str, account_id: int) -> None:
        """Everything else that takes text."""
        call = self.call
        made = await call("POST", f"{API}/lists", json={"title": typed})
        if made is not None:
            await call("DELETE", f"{API}/lists/{made['id']}")
        keyword = {"title": typed, "context": ["home"], "keywords_attributes": [{"keyword": typed}]}
        made = await call("POST", "/api/v2/filters", json=keyword)
        if made is not None:
            await call("GET", f"{API}/timelines/public")
            await call("DELETE", f"/api/v2/filters/{made['id']}")
        await call("POST", f"{API}/accounts/{account_id}/note", json={"comment": typed})
        await call("POST", f"{API}/featured_tags", json={"name": typed})
        await call("GET", "/api/v2/search", params={"q": typed})
        await call("GET", f"{API}/accounts/search", params={"q": typed})
        await call("GET", f"{API}/accounts/lookup", params={"acct": typed})
        await call("POST", f"{API}/domain_blocks", json={"domain": typed})
        await call("POST", f"{API}/apps", json={"client_name": typed, "redirect_uris": typed})
        await call("GET", f"{API}/timelines/public", params={"max_id": typed, "limit": typed})
        if segment := quote(typed, safe=""):
            await call("GET", f"{API}/timelines/tag/{segment}")
            await call("POST", f"{API}/tags/{segment}/follow")
            await call("GET", f"{API}/statuses/{segment}")


async def through_the_api(rig: testrig.Rig, strings: list[str]) -> None:
    await rig.create_account("lan")
    account_id = await rig.account_id("lan")
    async with rig.client(await rig.create_account("an")) as app:
        typist = Typist(app)
        for typed in strings:
            await typist.try_status(typed, "text/plain")
            await typist.try_status(typed, "text/markdown")
            await typist.try_profile(typed)
            await typist.try_names(typed, account_id)
        await typist.call(
            "POST", f"{API}/reports", json={"account_id": str(account_id), "comment": OWN[5]}
        )
    await rig.work()


async def through_the_forms(rig: testrig.Rig, strings: list[str]) -> None:
    await rig.create_account("minh", email="minh@example.org")
    cookies = aiohttp.CookieJar(unsafe=True)
    async with rig.client(cookie_jar=cookies) as browser:

        async def submit(page: str, action: str, **typed: str) -> str:
            async with browser.get(page) as answer:
                assert answer.status == 200, page
                hidden = fields(await answer.text())
            token = {name: value for name, value in hidden.items() if "csrf" in name}
            data = {**(token or hidden), **typed}
            async with browser.post(action, data=data) as answer:
                assert answer.status < 500, (action, typed)
                return await answer.text()

        password = testrig.PASSWORD
        await submit("/sign-in", "/sign-in", email="minh@example.org", password=password)
        for typed in strings:
            pages = [
                await submit("/compose", "/statuses", text=typed, status=typed),
                await submit("/settings/profile", "/settings/profile", display_name=typed),
                await submit("/lists", "/lists", title=typed),
            ]
            async with browser.get("/search", params={"q": typed}) as answer:
                assert answer.status < 500, typed
                pages.append(await answer.text())
            for html in pages:
                assert_harmless(Markup(html), typed)
        for path in ("/", "/@minh", "/local", "/lists", "/settings/profile"):
            async with browser.get(path) as answer:
                assert answer.status == 200, path
                markup = Markup(await answer.text())
                assert_harmless(markup, path)
                assert path != "/@minh" or LAST in markup.text


async def test_naughty_strings(rig: testrig.Rig) -> None:
    await through_the_api(rig, [*OWN, *HOSTILE, *naughty_strings()[::16]])
    await through_the_forms(rig, [*OWN[::2], *naughty_strings()[6::60], LAST])


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_all_naughty_strings(rig: testrig.Rig) -> None:
    await through_the_api(rig, naughty_strings())
    await through_the_forms(rig, [*naughty_strings(), LAST])


async def test_forms_that_are_no_text(rig: testrig.Rig) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="email"\r\n'
    kind = {"content-type": "multipart/form-data; boundary=x"}
    async with rig.client() as browser:
        for body in (b"\r\nch\xe0o", b"Content-Type: text/plain; charset=klingon\r\n\r\na"):
            form = head + body + b"\r\n--x--\r\n"
            async with browser.post("/sign-in", data=form, headers=kind) as answer:
                assert answer.status == 400


async def test_two_at_once_write_the_same(rig: testrig.Rig) -> None:
    async with rig.client(await rig.create_account("an")) as app:
        typist = Typist(app)
        made = await typist.call("POST", f"{API}/statuses", json={"status": "một"})
        path = f"{API}/statuses/{made['id']}"
        same = {"json": {"status": "hai"}, "headers": {"idempotency-key": "k"}}
        found = await asyncio.gather(
            *(typist.call("POST", f"{API}/statuses", **same) for _ in range(5)),
        )
        assert len({one["id"] for one in found if one}) == 1
        verbs = ("favourite", "bookmark", "reblog", "pin", "mute")
        await asyncio.gather(
            *(typist.call("POST", f"{path}/{verb}") for verb in verbs for _ in range(4)),
            *(typist.call("PUT", path, json={"status": f"sửa {n}"}) for n in range(4)),
        )
        shown = await typist.call("GET", path)
        assert (shown["favourites_count"], shown["reblogs_count"]) == (1, 1)
