"""Cookies, signing in and out, and what a stranger can learn from it."""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncGenerator

import argon2
import pytest

import people
import testrig
from noi.auth import passwords
from visitor import Page, Visitor, visiting

NEW = "một mật khẩu khác"


@pytest.fixture
async def rig() -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite", smtp="smtp://127.0.0.1:1") as rig:
        await rig.set_up()
        await rig.create_account("lan", email="lan@example.org")
        yield rig


@pytest.mark.parametrize(("host", "secure"), [("social.example", True), ("localhost:8000", False)])
async def test_cookies_are_out_of_reach(host: str, secure: bool) -> None:
    async with testrig.network("sqlite", host=host) as rig:
        await rig.set_up()
        await rig.create_account("lan")
        async with visiting(rig) as visitor:
            pages = [await visitor.get("/sign-in?lang=vi"), await visitor.sign_in("lan")]
            pages.append(await visitor.post("/sign-out", await fields(visitor)))
        cookies = [cookie for page in pages for cookie in page.cookies]
        prefix = "__Host-noi-" if secure else "noi-"
        assert {cookie.key for cookie in cookies} == {
            f"{prefix}{name}" for name in ("form", "lang", "session")
        }
        for cookie in cookies:
            assert cookie["httponly"], cookie.key
            assert cookie["samesite"].lower() == "lax"
            assert (cookie["path"], cookie["domain"]) == ("/", "")
            assert bool(cookie["secure"]) == secure
        policy = "strict-transport-security"
        assert all((policy in page.headers) == secure for page in pages)


async def fields(visitor: Visitor) -> dict[str, str]:
    await visitor.get("/settings/password")
    return {"csrf": visitor.token}


async def test_nobody_can_give_someone_a_session(rig: testrig.Rig) -> None:
    async with visiting(rig) as victim, visiting(rig, "lan") as thief:
        victim.cookies = {"noi-session": "chosen", "noi-form": "chosen"}
        await victim.get("/sign-in")
        assert (await victim.sign_in("lan")).status == 303
        assert victim.cookies["noi-session"] != "chosen"
        assert "noi-form" not in victim.cookies
        # Who signs in over an earlier session does not leave that one behind.
        earlier = thief.cookies["noi-session"]
        await thief.get("/settings/password")
        assert (await thief.post("/sign-in", LAN)).status == 303
        assert thief.cookies["noi-session"] != earlier
        thief.cookies["noi-session"] = earlier
        assert not await signed_in(thief)


LAN = {"email": "lan", "password": testrig.PASSWORD}


async def signed_in(visitor: Visitor) -> bool:
    return (await visitor.get("/settings")).status == 200


async def test_signing_out_ends_the_session_everywhere(rig: testrig.Rig) -> None:
    async with visiting(rig, "lan") as visitor, visiting(rig) as copy:
        copy.cookies = dict(visitor.cookies)
        page = await visitor.post("/sign-out", await fields(visitor))
        assert (page.status, page.location) == (303, "/")
        assert "noi-session" not in visitor.cookies
        assert not await signed_in(copy)


async def test_new_password_signs_out_everywhere_else(rig: testrig.Rig) -> None:
    token = await rig.create_account("hoa", email="hoa@example.org")
    async with visiting(rig, "hoa") as here, visiting(rig, "hoa") as there:
        form = {"current": testrig.PASSWORD, "password": NEW, **await fields(here)}
        assert (await here.post("/settings/password", form)).status == 303
        assert await signed_in(here)
        assert not await signed_in(there)
        assert (await there.sign_in("hoa")).status == 401
        assert (await there.sign_in("hoa", NEW)).status == 303
    async with rig.client(token) as client:
        assert (await client.get("/api/v1/accounts/verify_credentials")).status == 200


async def test_reset_signs_out_devices_and_apps(rig: testrig.Rig) -> None:
    token = await rig.create_account("hoa", email="hoa@example.org")
    async with visiting(rig, "hoa") as there, visiting(rig) as here:
        code = await reset_code(rig, here, "hoa@example.org")
        await here.get(f"/password/reset?code={code}")
        form = {"token": code, "password": NEW}
        assert (await here.post("/password/reset", form)).location == "/sign-in"
        assert not await signed_in(there)
        page = await here.post("/password/reset", form)
        assert page.status == 403, "a code is good for once"
        assert (await here.sign_in("hoa", NEW)).status == 303
    async with rig.client(token) as client:
        assert (await client.get("/api/v1/accounts/verify_credentials")).status == 401


async def reset_code(rig: testrig.Rig, visitor: Visitor, email: str) -> str:
    """Ask for a new password and find the code in the mail."""
    await visitor.get("/password/forgot")
    await visitor.post("/password/forgot", {"email": email})
    found = re.search(r"/password/reset\?code=(\S+)", await people.last_letter(rig.network))
    assert found
    return found[1]


def without_secrets(page: Page, *names: str) -> tuple[int, str]:
    """What an answer tells, without its form token and what was typed."""
    text = re.sub(r'name="csrf" value="[^"]*"', "", page.text)
    for name in names:
        text = text.replace(name, "…")
    return page.status, text


async def test_unknown_people_are_answered_like_known_ones(rig: testrig.Rig) -> None:
    await rig.create_account("quynh", email="quynh@example.org")
    async with visiting(rig) as visitor:
        answers = {
            without_secrets(await visitor.sign_in(name, "wrong password"), name)
            for name in ("quynh", "nobody", "quynh@example.org", "no@example.org")
        }
        assert len(answers) == 1
        answers = set[tuple[int, str]]()
        for email in ("quynh@example.org", "no@example.org"):
            await visitor.get("/password/forgot")
            page = await visitor.post("/password/forgot", {"email": email})
            answers.add(without_secrets(page, email))
        assert len(answers) == 1


async def test_unknown_people_take_as_long(rig: testrig.Rig) -> None:
    """With real hashes a sign-in takes so long that the rest hides in its spread."""
    real = await passwords.hash_password(testrig.PASSWORD)
    await rig.network.db.execute("UPDATE users SET password_hash = :real", {"real": real})
    async with visiting(rig) as visitor:
        await visitor.sign_in("warm-up", "wrong")
        taken: dict[str, list[float]] = {"lan": [], "nobody": []}
        for _ in range(3):
            for name, times in taken.items():
                began = time.process_time()
                assert (await visitor.sign_in(name, "wrong password")).status == 401
                times.append(time.process_time() - began)
    known, unknown = (statistics.median(times) for times in taken.values())
    assert 0.5 < known / unknown < 2


def test_passwords_are_hashed_slowly() -> None:
    hashed = asyncio.run(passwords.hash_password("x" * 12))
    found = argon2.extract_parameters(hashed)
    assert found.type is argon2.Type.ID
    # OWASP's least is 19 MiB and two rounds.
    assert found.memory_cost >= 19 * 1024
    assert found.time_cost >= 2
