import re
from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db import users
from noi.models.errors import Forbidden, Invalid, RateLimited
from noi.services import applications, confirmations, oauth, passwords, sign_in
from weak import WEAK

NEW = "năm sáu bảy tám"


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine, smtp="smtp://127.0.0.1:1") as rig:
        yield rig


async def join(rig: testrig.Rig, name: str = "lan") -> int:
    viewer = await people.join(rig.network, name, email=f"{name}@example.org")
    hashed = WEAK.hash("một hai ba bốn")
    await rig.network.db.transaction(lambda tx: users.set_password(tx, viewer.account_id, hashed))
    return viewer.account_id


async def payloads(rig: testrig.Rig) -> list[str]:
    sql = "SELECT payload FROM jobs WHERE name = 'SendMail' ORDER BY id"
    return [row[0] for row in await rig.network.db.fetch_all(sql)]


async def last_code(rig: testrig.Rig) -> str:
    found = re.search(r"code=([\w-]+)", await people.last_letter(rig.network))
    assert found
    return found[1]


async def ask(rig: testrig.Rig, email: str) -> None:
    await passwords.request_reset(rig.network, email, address="192.0.2.1")


async def test_new_password_by_a_link(rig: testrig.Rig) -> None:
    account_id = await join(rig)
    token = await applications.create_token(rig.network, account_id, "read")
    await ask(rig, "LAN@example.org ")
    code = await last_code(rig)
    with pytest.raises(Invalid):
        await passwords.reset(rig.network, code, "short")
    assert await passwords.reset(rig.network, code, NEW) == account_id
    await sign_in.sign_in(rig.network, "lan", NEW, address="192.0.2.1")
    assert await oauth.authenticate(rig.network, token.access_token) is None
    with pytest.raises(Forbidden):
        await passwords.reset(rig.network, code, NEW)


async def test_strangers_learn_nothing(rig: testrig.Rig) -> None:
    await join(rig)
    await ask(rig, "nobody@example.org")
    assert await payloads(rig) == []
    stored = await rig.network.db.fetch_value("SELECT count(*) FROM one_time_codes")
    assert stored == 1  # the same work as for a member


async def test_newer_link_ends_the_older(rig: testrig.Rig) -> None:
    await join(rig)
    await ask(rig, "lan@example.org")
    old = await last_code(rig)
    await ask(rig, "lan@example.org")
    new = await last_code(rig)
    with pytest.raises(Forbidden):
        await passwords.reset(rig.network, old, NEW)
    await passwords.reset(rig.network, new, NEW)


async def test_link_ends_with_its_time_and_with_the_address(rig: testrig.Rig) -> None:
    await join(rig)
    await ask(rig, "lan@example.org")
    code = await last_code(rig)
    await rig.network.db.execute("UPDATE users SET email = 'new@example.org'")
    with pytest.raises(Forbidden):
        await passwords.reset(rig.network, code, NEW)
    await ask(rig, "new@example.org")
    code = await last_code(rig)
    await rig.network.db.execute("UPDATE one_time_codes SET expires_at = 1")
    with pytest.raises(Forbidden):
        await passwords.reset(rig.network, code, NEW)


async def test_asking_is_limited(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.auth.limits.time", lambda: 1_800_000_000)
    host = f"asking-{engine}.localhost"
    async with testrig.services(engine, host=host, rate_limits=True) as rig:
        for _ in range(5):
            await ask(rig, "a@example.org")
        with pytest.raises(RateLimited):
            await ask(rig, "a@example.org")


async def test_operator_sets_a_password(rig: testrig.Rig) -> None:
    account_id = await join(rig)
    await passwords.set_by_operator(rig.network, account_id, NEW)
    await sign_in.sign_in(rig.network, "lan", NEW, address="192.0.2.1")


async def test_address_changes_once_the_new_one_is_confirmed(rig: testrig.Rig) -> None:
    account_id = await join(rig)
    await join(rig, "hoa")
    with pytest.raises(Forbidden):
        await confirmations.request_change(
            rig.network, account_id, email="new@example.org", password="wrong"
        )
    with pytest.raises(Invalid):
        await confirmations.request_change(
            rig.network, account_id, email="hoa@example.org", password="một hai ba bốn"
        )
    assert await confirmations.request_change(
        rig.network, account_id, email="New@example.org", password="một hai ba bốn"
    )
    before = await users.get(rig.network.db, account_id)
    await confirmations.confirm(rig.network, await last_code(rig))
    after = await users.get(rig.network.db, account_id)
    assert before is not None
    assert after is not None
    assert (before.email, after.email) == ("lan@example.org", "new@example.org")
    assert '"to":"lan@example.org"' in (await payloads(rig))[-1]
