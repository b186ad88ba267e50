"""Every page, for everyone, on a network full of hostile texts and asked under a false name."""

from collections import deque
from collections.abc import AsyncGenerator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

import hostile
import testrig
from noi.db.database import Row
from visitor import HTML, Page, Visitor, visiting

FALSE_HOST = "false.example"
FALSE_NAMES = {
    "host": FALSE_HOST,
    "x-forwarded-host": FALSE_HOST,
    "forwarded": f"host={FALSE_HOST}",
    "x-original-url": "/owner",
    "x-rewrite-url": "/owner",
}
SCHEMES = {"", "http", "https", "mailto"}
MOST_PAGES = 300


@pytest.fixture(scope="module")
async def rig() -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite") as rig:
        await hostile.fill(rig)
        yield rig


class Reader(HTMLParser):
    """What a page holds, and what of it a browser must never be given."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.links: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if any(name.startswith("on") or name in ("style", "srcdoc") for name in given):
            self.wrong.append(f"<{tag}> with {sorted(given)}")
        if tag in ("style", "iframe", "object", "embed", "base"):
            self.wrong.append(f"<{tag}>")
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.wrong.append(f"a script that is not ours: {given}")
        if tag == "img" and not given.get("src", "").startswith(("/", "http://localhost")):
            self.wrong.append(f"a strange picture: {given}")
        for name in ("href", "src", "action", "formaction"):
            if name in given and urlsplit(given[name]).scheme not in SCHEMES:
                self.wrong.append(f"{name}={given[name]!r}")
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "form":
            self.forms.append(given)
        if tag == "input" and given.get("name") == "csrf" and self.forms:
            self.forms[-1]["csrf"] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is not None and data.strip():
            self.wrong.append(f"a script or style in the page: {data[:80]!r}")


def check(page: Page, path: str) -> Reader:
    """Fail for anything that a page must not have; answer what it holds."""
    assert page.status < 500, path
    assert page.headers.getall("content-type") == [HTML], path
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), path
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"].startswith("private")
    read = Reader(page.text)
    assert not read.wrong, (path, read.wrong)
    assert str(191 * 193) not in page.text, f"{path} computes what people type"
    for form in read.forms:
        method = form.get("method", "get")
        if method == "dialog":
            continue
        assert form.get("action", "").startswith("/"), (path, form)
        assert bool(form.get("csrf")) == (method == "post"), (path, form)
    for name, value in page.headers.items():
        assert FALSE_HOST not in value, (path, name)
    assert FALSE_HOST not in page.text, path
    return read


async def walk(visitor: Visitor, *, start: str = "/") -> list[str]:
    """Open every page that links lead to, once; answers their addresses."""
    waiting, seen = deque([start]), {start}
    while waiting:
        path = waiting.popleft()
        page = await visitor.get(path, headers=FALSE_NAMES)
        found = [page.location] if page.location else []
        if is_file(page):
            assert page.headers.getall("content-type") == ["text/csv; charset=utf-8"], path
            assert page.headers["x-content-type-options"] == "nosniff", path
        elif page.status < 300 or page.status >= 400:
            found += check(page, path).links
        for link in found:
            here = urlsplit(urljoin(f"http://here{path}", link))
            target = here.path + (f"?{here.query}" if here.query else "")
            if here.netloc == "here" and target not in seen and not skipped(target):
                seen.add(target)
                waiting.append(target)
        assert len(seen) < MOST_PAGES, sorted(seen)
    return sorted(seen)


def is_file(page: Page) -> bool:
    """Whether a browser saves this, and does not show it."""
    return page.headers.get("content-disposition", "").startswith("attachment")


def skipped(target: str) -> bool:
    """Files, and every page over again in other languages."""
    return target.startswith(("/static/", "/media/")) or "lang=" in target


@pytest.mark.parametrize("name", ["", "ma", "chu"])
async def test_no_page_has_what_it_must_not_have(rig: testrig.Rig, name: str) -> None:
    async with visiting(rig, name) as visitor:
        before = await everything(rig)
        walked = await walk(visitor)
        assert await everything(rig) == before, "reading has changed something"
    assert len(walked) > (10 if not name else 40)
    if name == "chu":
        assert {"/owner/network", "/moderation", "/settings/profile"} <= {*walked}


async def everything(rig: testrig.Rig) -> dict[str, list[Row]]:
    """All that is stored, but when someone was last seen, how far they have read, and that their
    suggestions are due to be looked for again.
    """
    tables = await rig.network.db.fetch_all(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    stored: dict[str, list[Row]] = {}
    for (table,) in tables:
        columns = await rig.network.db.fetch_all(f"SELECT name FROM pragma_table_info('{table}')")
        kept = [name for (name,) in columns if name != "unread" and not name.startswith("last_")]
        if table not in ("process_slots", "markers"):
            names = ", ".join(f'"{name}"' for name in kept)
            sql = f"SELECT {names} FROM {table}"
            sql += " WHERE name <> 'SuggestPeople'" if table == "jobs" else ""
            stored[table] = await rig.network.db.fetch_all(sql)
    return stored
