"""Odd bytes in paths, queries, forms, cookies and headers are refused or read safely."""

import re
from collections.abc import AsyncGenerator
from urllib.parse import quote

import pytest
from litestar.routes import HTTPRoute

import testrig
from noi.app import web
from visitor import Visitor, visiting

ODD = ("\0a", "\ud800", "%", "9" * 40, "'\"--{{1}}", "٣")
FIELDS = """
text email password username display_name q note title name comment reason code token invitation
account status list next max_id min_id reply draft since lang choice rule uses days field_name_0
field_value_0 poll_0 scheduled_at keyword time_zone id
"""
HEADERS = """
authorization accept-language user-agent range if-none-match if-range x-forwarded-for x-csrf-token
hx-request origin forwarded
"""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        await rig.create_account("chu", "owner")
        yield rig


def pages() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for route in web.make_doors().routes:
        if isinstance(route, HTTPRoute) and not route.path.startswith(("/api/", "/oauth/token")):
            found += [(method, route.path) for method in route.methods & {"GET", "POST"}]
    return sorted(found)


async def ask(visitor: Visitor, method: str, path: str, odd: str) -> None:
    escaped = quote(odd, safe="", errors="surrogatepass")
    target = re.sub(r"\{[^}]*\}", escaped, path)
    if method == "GET":
        target += "?" + "&".join(f"{field}={escaped}" for field in FIELDS.split())
        page = await visitor.get(target)
    else:
        body = "&".join(f"{field}={escaped}" for field in FIELDS.split()) + f"&csrf={visitor.token}"
        kind = {"content-type": "application/x-www-form-urlencoded"}
        page = await visitor.ask("POST", target, data=body.encode(), headers=kind)
    assert page.status < 500, (method, target)


async def test_odd_input_is_no_error_of_ours(rig: testrig.Rig) -> None:
    async with visiting(rig, "chu") as chu, visiting(rig) as stranger:
        await chu.get("/settings/profile")
        await stranger.get("/sign-in")
        for method, path in pages():
            if path in ("/sign-out", "/settings/delete", "/sign-in"):
                continue
            for odd in ODD:
                await ask(chu, method, path, odd)
        for path in ("/sign-in", "/sign-up", "/password/forgot", "/password/reset", "/confirm"):
            for odd in ODD:
                await ask(stranger, "GET", path, odd)
                await stranger.get(path)
                await ask(stranger, "POST", path, odd)


@pytest.mark.parametrize("odd", ["x", '"', "MQ==", "W10=", "bnVsbA==", "é", "=", "a=b", "x" * 5000])
async def test_odd_cookies_and_headers_are_nobodys(odd: str) -> None:
    async with testrig.network("sqlite") as rig, visiting(rig) as visitor:
        await rig.set_up()
        names = ("noi-session", "noi-form", "noi-lang", "noi-notice")
        visitor.cookies = dict.fromkeys(names, odd)
        for path in ("/", "/sign-in", "/settings", "/about"):
            assert (await visitor.get(path)).status < 400, path
        for name in HEADERS.split():
            for path in ("/sign-in", "/api/v2/instance", "/static/look.css", "/media/x"):
                page = await visitor.get(path, headers={name: odd})
                assert page.status < 500, (name, path)
        for value in (f"Bearer {odd}", f"Basic {odd}", "Bearer", "Basic Og=="):
            headers = {"authorization": value}
            page = await visitor.ask("POST", "/oauth/token", headers=headers)
            assert page.status in (400, 401), value
