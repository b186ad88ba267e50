from collections.abc import AsyncGenerator

import argon2
import pytest

import people
import testrig
from noi.db import users
from noi.models.accounts import AccountState, Viewer
from noi.models.errors import Forbidden, Invalid, NotFound, RateLimited, Unauthorized
from noi.services import passwords, sessions, sign_in
from noi.services.sign_in import Standing
from weak import WEAK

PASSWORD = "một hai ba bốn"


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine, smtp="smtp://127.0.0.1:1") as rig:
        yield rig


@pytest.fixture
async def lan(rig: testrig.Rig) -> Viewer:
    viewer = await people.join(rig.network, "lan", email="lan@example.org")
    hashed = WEAK.hash(PASSWORD)
    await rig.network.db.transaction(lambda tx: users.set_password(tx, viewer.account_id, hashed))
    return viewer


async def enter(rig: testrig.Rig, login: str = "lan", password: str = PASSWORD) -> sign_in.SignIn:
    return await sign_in.sign_in(
        rig.network, login, password, address="192.0.2.1", user_agent="Firefox"
    )


async def token_of(rig: testrig.Rig) -> str:
    signed_in = await enter(rig)
    assert signed_in.session is not None
    return signed_in.session.token


@pytest.mark.parametrize("login", ["lan", " @Lan ", "LAN@example.org"])
async def test_name_or_address_and_password(rig: testrig.Rig, lan: Viewer, login: str) -> None:
    signed_in = await enter(rig, login)
    assert (signed_in.account_id, signed_in.standing) == (lan.account_id, Standing.ACTIVE)
    assert signed_in.session is not None
    session = await sessions.look_up(rig.network, signed_in.session.token)
    assert session is not None
    assert session.viewer == lan
    assert session.csrf_token == signed_in.session.csrf_token


async def test_wrong_and_unknown_are_answered_alike(rig: testrig.Rig, lan: Viewer) -> None:
    messages: set[str] = set()
    for login, password in (("lan", "wrong"), ("nobody", PASSWORD), ("no@body.org", "x"), ("", "")):
        with pytest.raises(Unauthorized) as refused:
            await enter(rig, login, password)
        messages.add(str(refused.value))
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("column", "standing"),
    [("confirmed_at", Standing.UNCONFIRMED), ("approved_at", Standing.PENDING)],
)
async def test_sign_ups_that_are_not_through(
    rig: testrig.Rig, lan: Viewer, column: str, standing: Standing
) -> None:
    await rig.network.db.execute(f"UPDATE users SET {column} = NULL")
    signed_in = await enter(rig)
    assert (signed_in.standing, signed_in.session) == (standing, None)
    with pytest.raises(Unauthorized):
        await enter(rig, password="wrong")


async def test_disabled_people_may_read_why(rig: testrig.Rig, lan: Viewer) -> None:
    await rig.network.db.execute("UPDATE accounts SET state = 2")
    signed_in = await enter(rig)
    assert signed_in.standing is Standing.DISABLED
    assert signed_in.session is not None
    session = await sessions.look_up(rig.network, signed_in.session.token)
    assert session is not None
    assert session.state is AccountState.DISABLED


async def test_guessing_is_limited(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.auth.limits.time", lambda: 1_800_000_000)
    host = f"guessing-{engine}.localhost"
    async with testrig.services(engine, host=host, rate_limits=True) as rig:
        await people.join(rig.network, "lan")
        refused = 0
        for _ in range(30):
            try:
                await enter(rig, password="guess")
            except RateLimited:
                refused += 1
            except Unauthorized:
                pass
        assert refused == 5


async def test_weak_hash_is_replaced(
    rig: testrig.Rig, lan: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stronger = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr("noi.auth.passwords._HASHER", stronger)
    await enter(rig)
    user = await users.get(rig.network.db, lan.account_id)
    assert user is not None
    assert not stronger.check_needs_rehash(user.password_hash)
    await enter(rig)


async def test_devices_are_listed_and_ended(rig: testrig.Rig, lan: Viewer) -> None:
    here, there = await token_of(rig), await token_of(rig)
    other = await people.join(rig.network, "hoa")
    devices = await sessions.devices(rig.network, lan.account_id, here)
    assert sorted(device.current for device in devices) == [False, True]
    elsewhere = next(device for device in devices if not device.current)
    for account_id, device_id in ((other.account_id, elsewhere.id), (lan.account_id, "zz")):
        with pytest.raises(NotFound):
            await sessions.revoke(rig.network, account_id, device_id)
    await sessions.revoke(rig.network, lan.account_id, elsewhere.id)
    assert await sessions.look_up(rig.network, there) is None
    third = await token_of(rig)
    await sessions.end_others(rig.network, lan.account_id, here)
    assert await sessions.look_up(rig.network, third) is None
    await sessions.end(rig.network, lan.account_id, here)
    assert await sessions.look_up(rig.network, here) is None


async def test_sessions_expire(rig: testrig.Rig, lan: Viewer) -> None:
    token = await token_of(rig)
    await rig.network.db.execute("UPDATE sessions SET expires_at = 1")
    assert await sessions.look_up(rig.network, token) is None


async def test_changing_the_password(rig: testrig.Rig, lan: Viewer) -> None:
    here, there = await token_of(rig), await token_of(rig)
    with pytest.raises(Forbidden):
        await passwords.change(rig.network, lan.account_id, current="wrong", new="năm sáu bảy tám")
    with pytest.raises(Invalid):
        await passwords.change(rig.network, lan.account_id, current=PASSWORD, new="short")
    await passwords.change(
        rig.network,
        lan.account_id,
        current=PASSWORD,
        new="năm sáu bảy tám",
        session_token=here,
    )
    assert await sessions.look_up(rig.network, here)
    assert await sessions.look_up(rig.network, there) is None
    with pytest.raises(Unauthorized):
        await enter(rig)
    await enter(rig, password="năm sáu bảy tám")
