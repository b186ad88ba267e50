"""Whatever a page changes needs the form token of that visitor; every route is tried."""

import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from litestar.routes import HTTPRoute

import testrig
from noi.app import hub, web
from visitor import Visitor, visiting

BEFORE_SIGN_IN = {
    "/setup",
    "/sign-in",
    "/sign-up",
    "/confirm",
    "/password/forgot",
    "/password/reset",
}


@pytest.fixture(scope="module")
async def rig() -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        await rig.create_account("chu", "owner")
        await rig.create_account("lan")
        yield rig


def posts(house: Any = web) -> list[str]:
    """A path for every POST of a network's or a hub's pages, with `1` for what varies."""
    paths: set[str] = set()
    for route in house.make_doors().routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            if "POST" in handler.http_methods and module_of(handler).startswith("noi.pages"):
                paths.add(re.sub(r"\{[^}]*\}", "1", route.path))
    return sorted(paths)


def module_of(handler: Any) -> str:
    return str(handler.fn.__module__)


async def test_every_form_needs_its_token(rig: testrig.Rig) -> None:
    paths = posts()
    assert len(paths) > 40
    async with visiting(rig, "chu") as chu, visiting(rig, "lan") as lan:
        await lan.get("/settings/profile")
        assert lan.token
        for path in paths:
            for token in ("", "x", "ế", lan.token):
                page = await chu.ask("POST", path, data={"csrf": token})
                assert page.status == 403, (path, token)
                assert not page.cookies, path
            page = await chu.ask("POST", path, headers={"x-csrf-token": lan.token})
            assert page.status == 403, path
            # A token in the address is none: addresses end up in histories and logs.
            page = await chu.ask("POST", f"{path}?csrf={await token_of(chu)}")
            assert page.status == 403, path


async def test_every_form_of_a_hub_needs_its_token() -> None:
    async with testrig.hub("sqlite") as rig:
        await rig.set_up()
        await rig.create_account("chu", "owner")
        paths = posts(hub)
        assert len(paths) > 15
        async with visiting(rig, "chu") as chu:
            for path in paths:
                for token in ("", "x", "ế"):
                    page = await chu.ask("POST", path, data={"csrf": token})
                    assert page.status == 403, (path, token)


async def token_of(visitor: Visitor) -> str:
    await visitor.get("/settings/profile")
    return visitor.token


async def test_strangers_need_a_token_too(rig: testrig.Rig) -> None:
    async with visiting(rig) as stranger:
        await stranger.get("/sign-in")
        assert stranger.token
        for path in posts():
            page = await stranger.ask("POST", path, data={"csrf": "x"})
            assert page.status == (403 if path in BEFORE_SIGN_IN else 401), path
            stranger_without_cookies = {"cookie": ""}
            page = await stranger.post(path, headers=stranger_without_cookies)
            assert page.status in (401, 403), path


async def test_right_token_from_elsewhere_is_refused(rig: testrig.Rig) -> None:
    async with visiting(rig, "lan") as lan:
        fields = {"csrf": await token_of(lan), "note": "x"}
        path = f"/accounts/{await rig.account_id('chu')}/note"
        for origin in ("https://evil.example", f"{rig.url}.evil.example", "http://localhost"):
            page = await lan.ask("POST", path, data=fields, headers={"origin": origin})
            assert page.status == 403, origin
        page = await lan.ask("POST", path, data=fields, headers={"origin": rig.url})
        assert page.status == 303
        # As htmx sends it.
        headers = {"x-csrf-token": fields["csrf"], "hx-request": "true"}
        page = await lan.ask("POST", path, data={"note": "y"}, headers=headers)
        assert page.status == 303


async def test_the_api_ignores_cookies_and_pages_ignore_tokens(rig: testrig.Rig) -> None:
    own = "/api/v1/accounts/verify_credentials"
    async with visiting(rig, "lan") as lan:
        assert (await lan.get(own)).status == 401
        page = await lan.post("/api/v1/statuses", {"status": "x", "csrf": await token_of(lan)})
        assert page.status == 401
        token = await rig.create_account("hoa")
        async with rig.client(token) as client, client.get("/settings/profile") as answer:
            assert answer.url.path == "/sign-in"
        assert (await lan.get(f"/settings/profile?access_token={token}")).status == 200
    async with visiting(rig) as stranger:
        page = await stranger.get(f"/settings/profile?access_token={token}")
        assert page.location.startswith("/sign-in")


async def test_pages_are_not_for_other_origins_and_the_api_is(rig: testrig.Rig) -> None:
    origin = {"origin": "https://app.example"}
    async with visiting(rig, "lan") as lan:
        for path in ("/", "/settings/profile", "/sign-in", "/oauth/authorize"):
            page = await lan.get(path, headers=origin)
            assert not [name for name in page.headers if name.lower().startswith("access-c")]
        page = await lan.get("/api/v1/instance", headers=origin)
        assert page.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in page.headers
