"""What holds for every page: access, form tokens, headers, errors, languages."""

import pytest

import testrig
from noi.services import sessions, settings
from testrig import Rig
from visitor import visiting


async def prepared(rig: Rig) -> Rig:
    await rig.create_account("lan")
    await rig.set_up()
    return rig


async def test_a_form_without_its_token_changes_nothing(engine: str) -> None:
    async with testrig.network(engine) as rig, visiting(await prepared(rig), "lan") as visitor:
        token, visitor.token = visitor.token, "forged"
        refused = await visitor.post("/statuses", {"text": "Chào", "do": "publish"})
        assert refused.status == 403
        assert "hết hiệu lực" in refused.text
        assert "Chào" in refused.text, "what was typed is kept"
        visitor.token = ""
        assert (await visitor.post("/settings/privacy")).status == 403
        visitor.token = token
        assert (await visitor.post("/statuses", {"text": "Chào"})).status == 303


async def test_a_token_of_another_session_or_site_is_refused() -> None:
    async with (
        testrig.network("sqlite") as rig,
        visiting(await prepared(rig), "lan") as one,
        visiting(rig, "lan") as other,
    ):
        stolen = await one.post("/statuses", {"text": "x", "csrf": other.token})
        assert stolen.status == 403
        foreign = await one.post(
            "/statuses", {"text": "x"}, headers={"origin": "https://evil.example"}
        )
        assert foreign.status == 403
        own = await one.post(
            "/statuses", {"text": "x"}, headers={"origin": rig.network.settings.origin}
        )
        assert own.status == 303


async def test_strangers_forms_need_the_token_of_their_cookie() -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig)) as visitor:
        data = {"email": "lan", "password": testrig.PASSWORD}
        assert (await visitor.post("/sign-in", data)).status == 403
        await visitor.get("/sign-in")
        visitor.cookies.clear()
        assert (await visitor.post("/sign-in", data)).status == 403


async def test_pages_for_members_lead_to_signing_in_and_back() -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig)) as visitor:
        first = await visitor.get("/settings/profile?a=1")
        assert first.location == "/sign-in?next=%2Fsettings%2Fprofile%3Fa%3D1"
        form = await visitor.get(first.location)
        assert 'name="next" value="/settings/profile?a=1"' in form.plain
        done = await visitor.post(
            "/sign-in",
            {"email": "lan", "password": testrig.PASSWORD, "next": "/settings/profile?a=1"},
        )
        assert done.location == "/settings/profile?a=1"


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/\n"]
)
async def test_nobody_is_led_away_after_a_form(there: str) -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig)) as visitor:
        await visitor.get("/sign-in")
        data = {"email": "lan", "password": testrig.PASSWORD, "next": there}
        assert (await visitor.post("/sign-in", data)).location == "/"


async def test_members_do_not_learn_of_moderators_pages() -> None:
    async with testrig.network("sqlite") as rig:
        await prepared(rig)
        await rig.create_account("minh", role="moderator")
        async with visiting(rig, "lan") as member, visiting(rig, "minh") as moderator:
            assert (await member.get("/moderation")).status == 404
            assert (await moderator.get("/moderation")).status == 200
            assert (await moderator.get("/owner")).status == 404


async def test_answers_carry_the_content_policy_and_are_not_kept() -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig), "lan") as visitor:
        headers = (await visitor.get("/")).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["cache-control"] == "private, no-store"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert "strict-transport-security" not in headers, "the rig has no https"


async def test_a_network_has_its_own_colour() -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig)) as visitor:
        assert "/theme/" not in (await visitor.get("/about")).text
        await settings.update(rig.network, None, {"accent_colour": "#7a1fa2"})
        assert '<link rel="stylesheet" href="/theme/7a1fa2.css">' in (
            (await visitor.get("/about")).plain
        )
        theme = await visitor.get("/theme/7a1fa2.css")
        assert theme.headers["content-type"].startswith("text/css")
        assert "--accent: #7a1fa2" in theme.text
        assert (await visitor.get("/theme/red;}.css")).status == 404


async def test_cookies_are_out_of_reach_for_scripts() -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig)) as visitor:
        await visitor.get("/sign-in")
        data = {"email": "lan", "password": testrig.PASSWORD}
        cookies = (await visitor.post("/sign-in", data)).headers.getall("set-cookie")
        session = next(line for line in cookies if "session" in line).lower()
        assert "httponly" in session
        assert "samesite=lax" in session
        assert "path=/" in session


@pytest.mark.parametrize(
    "path", ["/@nobody", "/@lan/1", "/@lan/x", "/statuses/1", "/a/b/c/d", "/x"]
)
async def test_what_is_not_there_is_a_friendly_page(path: str) -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig)) as visitor:
        answer = await visitor.get(path, headers={"accept": "text/html"})
        assert answer.status == 404
        assert "Không có trang này" in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "<form" not in answer.text or "search" in answer.text


async def test_htmx_is_told_errors_in_a_sentence() -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig), "lan") as visitor:
        answer = await visitor.post("/statuses/1/favourite", None, headers={"HX-Request": "true"})
        assert answer.status == 404
        assert answer.headers["content-type"].startswith("text/plain")
        assert "<" not in answer.text


async def test_the_language_follows_the_browser_then_the_choice() -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig)) as visitor:
        assert '<html lang="vi"' in (await visitor.get("/sign-in")).text
        english = {"Accept-Language": "en-GB,en;q=0.9"}
        assert '<html lang="en"' in (await visitor.get("/sign-in", headers=english)).text
        assert '<html lang="lo"' in (await visitor.get("/sign-in?lang=lo", headers=english)).text
        assert '<html lang="lo"' in (await visitor.get("/sign-in", headers=english)).text


async def test_a_revoked_session_is_over_at_once() -> None:
    async with testrig.network("sqlite") as rig, visiting(await prepared(rig), "lan") as visitor:
        lan = await rig.account_id("lan")
        await sessions.end_others(rig.network, lan, "another")
        assert (await visitor.get("/settings")).location.startswith("/sign-in")


async def test_before_it_is_set_up_every_page_leads_to_the_set_up() -> None:
    async with testrig.network("sqlite") as rig, visiting(rig) as visitor:
        for path in ("/", "/about", "/sign-up"):
            assert (await visitor.get(path)).location == "/setup"
        form = await visitor.get("/setup")
        assert form.status == 200
        wrong = await visitor.post("/setup", {"code": "x", "name": "A", "handle": "a"})
        assert wrong.status == 403
        assert not (await settings.get(rig.network)).setup_done
