"""Addresses come from the settings, never from a request; nobody is led elsewhere."""

import re
from collections.abc import AsyncGenerator
from urllib.parse import quote, urlencode

import pytest
from tests.transport.postbox import Postbox, postbox

import testrig
from visitor import Page, Visitor, visiting

FALSE = {
    "host": "false.example",
    "x-forwarded-host": "false.example",
    "x-forwarded-proto": "https",
    "forwarded": "host=false.example;proto=https",
}
ELSEWHERE = (
    "//false.example",
    "///false.example",
    "/\\false.example",
    "\\\\false.example",
    "https://false.example",
    "https:false.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //false.example",
    "/\t/false.example",
    "/\n/false.example",
    "/\r\nset-cookie: a=b",
    "/\x00",
    "false.example",
    "",
)
OWN = ("/@lan", "/tags/t%C3%ACm?max_id=1", "/ế?a=b&c=#d", "/%0d%0aset-cookie:x")


@pytest.fixture(scope="module")
async def box() -> AsyncGenerator[Postbox]:
    async with postbox() as box:
        yield box


@pytest.fixture(scope="module")
async def rig(box: Postbox) -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite", smtp=f"smtp://127.0.0.1:{box.port}") as rig:
        await rig.set_up()
        await rig.create_account("lan", email="lan@example.org")
        await rig.create_account("viet")
        yield rig


def own(page: Page) -> None:
    assert page.status < 500
    assert "false.example" not in page.text
    for name, value in page.headers.items():
        assert "false.example" not in value, name
        assert value.isascii(), name


async def test_api_and_discovery_name_the_real_host(rig: testrig.Rig) -> None:
    token = await rig.create_account("nam")
    async with rig.client(token) as client:
        for n in range(3):
            async with client.post("/api/v1/statuses", json={"status": f"#thẻ {n}"}) as answer:
                assert answer.status == 200
    account_id = await rig.account_id("nam")
    paths = [
        "/api/v1/instance",
        "/api/v2/instance",
        "/.well-known/oauth-authorization-server",
        f"/api/v1/accounts/{account_id}",
        f"/api/v1/accounts/{account_id}/statuses?limit=1",
        "/api/v1/timelines/public?limit=1",
        "/api/v1/accounts/verify_credentials",
        "/api/v1/nowhere",
        "/media/nothing",
        "/favicon.ico",
        "/static/nothing",
    ]
    linked = 0
    async with visiting(rig) as visitor:
        for path in paths:
            page = await visitor.get(path, headers={**FALSE, "authorization": f"Bearer {token}"})
            own(page)
            if link := page.headers.get("link"):
                assert all(part.startswith(f"<{rig.url}/") for part in link.split(", "))
                linked += 1
    assert linked == 2


async def test_mails_name_the_real_host(rig: testrig.Rig, box: Postbox) -> None:
    async with visiting(rig) as visitor:
        await visitor.get("/password/forgot")
        page = await visitor.post("/password/forgot", {"email": "lan@example.org"}, headers=FALSE)
        assert page.status == 200
        await visitor.get("/sign-up")
        form = {"username": "moi", "email": "moi@example.org", "password": testrig.PASSWORD}
        page = await visitor.post("/sign-up", {**form, "agreement": "1"}, headers=FALSE)
        assert page.status == 200
    await rig.work()
    assert len(box.messages) == 2
    for message in box.messages:
        assert "false.example" not in message.as_string()
        links = re.findall(r"https?://\S+", message.get_content())
        assert links
        assert all(link.startswith(f"{rig.url}/") for link in links)


@pytest.mark.parametrize("host", ["a b", "a/b", "", "[::1", "x" * 10_000])
async def test_an_odd_host_is_no_error(rig: testrig.Rig, host: str) -> None:
    async with visiting(rig) as visitor:
        page = await visitor.get("/sign-in", headers={"host": host})
        assert page.status in (200, 400)


async def test_nobody_is_led_elsewhere(rig: testrig.Rig) -> None:
    note = f"/accounts/{await rig.account_id('viet')}/note"
    async with visiting(rig, "lan") as lan:
        for there in (*ELSEWHERE, *OWN):
            pages = [await lan.get(f"/sign-in?next={quote(there)}")]
            await lan.get("/settings/profile")
            pages.append(await lan.post(note, {"note": "x", "next": there}))
            pages.append(await lan.post("/sign-in", {**LAN, "next": there}))
            for page in pages:
                own(page)
                assert page.status == 303, there
                if there in OWN:
                    assert page.location == quote(there, safe="/?=&#%:@")
                else:
                    assert page.location in ("/", "/@viet"), there


LAN = {"email": "lan", "password": testrig.PASSWORD}


async def app(visitor: Visitor, redirect_uri: str) -> dict[str, str]:
    body = {"client_name": "Ứng dụng", "redirect_uris": redirect_uri, "scopes": "read"}
    async with visitor.client.post("/api/v1/apps", data=body) as answer:
        if answer.status != 200:
            return {}
        client_id = str((await answer.json())["client_id"])
    return {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "state": "a\r\nset-cookie: b=c ế",
    }


@pytest.mark.parametrize(
    ("redirect_uri", "admitted"),
    [
        ("https://app.example/back?x=1", "https://app.example"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
        ("https://ứng-dụng.example/ế", "https://xn--ng-dng-lq8b1a.example"),
        ("com.example.app://back", "com.example.app:"),
        ("urn:ietf:wg:oauth:2.0:oob", "urn:"),
        ("https://a;script-src/", ""),
        ("https://a,default-src/", ""),
        ("https://user@a.example/", ""),
        ("https://*/", ""),
        ("https://'unsafe-inline'/", ""),
    ],
)
async def test_policy_admits_the_apps_own_address_and_nothing_else(
    rig: testrig.Rig, redirect_uri: str, admitted: str
) -> None:
    async with visiting(rig, "lan") as lan:
        asked = await app(lan, redirect_uri)
        assert asked, "an address that may be registered"
        page = await lan.get(f"/oauth/authorize?{urlencode(asked)}")
        assert page.status == 200
        policy = page.headers["content-security-policy"]
        directives = [part.split() for part in policy.split(";")]
        sources = next(rest for name, *rest in directives if name == "form-action")
        assert sources == (["'self'", admitted] if admitted else ["'self'"])
        assert len(directives) == 10
        for decision in ("allow", "deny"):
            page = await lan.post("/oauth/authorize", {**asked, "decision": decision})
            assert page.status in (200, 303)
            assert "set-cookie" not in page.headers
            assert page.location.isascii()
            if page.location not in ("", "/"):
                assert page.location.startswith(quote(redirect_uri, safe="/?=:[]@;,*'"))


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "/back",
        "//a.example",
        "https://",
        "x",
        "file:///",
    ],
)
async def test_apps_cannot_register_scripts_as_addresses(
    rig: testrig.Rig, redirect_uri: str
) -> None:
    async with visiting(rig) as visitor:
        assert not await app(visitor, redirect_uri)


async def test_an_app_cannot_lead_to_what_it_did_not_register(rig: testrig.Rig) -> None:
    async with visiting(rig, "lan") as lan:
        asked = await app(lan, "https://app.example/back")
        for other in (
            "https://false.example/back",
            "https://app.example/back/../x",
            "https://app.example/back?x=1",
            "https://app.example.false.example/back",
            "",
        ):
            wrong = {**asked, "redirect_uri": other}
            page = await lan.get(f"/oauth/authorize?{urlencode(wrong)}")
            assert (page.status, page.location) == (422, "")
            await lan.get("/settings/profile")
            page = await lan.post("/oauth/authorize", {**wrong, "decision": "allow"})
            assert (page.status, page.location) == (422, "")
