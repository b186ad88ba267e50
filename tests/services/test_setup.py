import asyncio
from collections.abc import AsyncGenerator

import msgspec
import pytest

import testrig
from noi.auth import passwords
from noi.db import accounts, users
from noi.models.accounts import Role
from noi.models.errors import Conflict, Forbidden, InvalidFields
from noi.services import settings, setup

one_engine = pytest.mark.parametrize("engine", ["sqlite"])
"""For rules that no engine has a say in."""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    settings.forget()
    async with testrig.services(engine) as rig:
        yield rig


def form(code: str, handle: str = "Lan", **more: str) -> setup.SetUp:
    values = {
        "code": code,
        "name": "Làng Nối",
        "language": "vi",
        "registrations": "invitation",
        "handle": handle,
        "email": "Lan@Example.com",
        "password": "mật khẩu dài",
        **more,
    }
    return msgspec.convert(values, setup.SetUp)


async def test_owner_names_the_network(rig: testrig.Rig) -> None:
    code = await setup.issue_code(rig.network)
    assert code is not None
    owner_id = await setup.complete(rig.network, form(f" {code.upper()} "))
    found = await settings.get(rig.network)
    assert (found.name, found.setup_done) == ("Làng Nối", True)
    assert found.registrations == settings.Registrations.INVITATION
    assert found.contact_account_id == owner_id and found.created_at > 0
    user = await users.get(rig.network.db, owner_id)
    assert user is not None and user.role == Role.OWNER and user.email == "lan@example.com"
    assert await passwords.verify_password(user.password_hash, "mật khẩu dài")
    assert await setup.issue_code(rig.network) is None


@one_engine
async def test_only_the_newest_code_counts(rig: testrig.Rig) -> None:
    first = await setup.issue_code(rig.network)
    second = await setup.issue_code(rig.network)
    assert first is not None and second is not None and first != second
    for wrong in (first, "", "khác", second[:-1]):
        with pytest.raises(Forbidden):
            await setup.complete(rig.network, form(wrong))
    assert not (await settings.get(rig.network)).setup_done
    await setup.complete(rig.network, form(second))


async def test_two_at_once_make_one_owner(rig: testrig.Rig) -> None:
    code = await setup.issue_code(rig.network)
    assert code is not None
    answers = await asyncio.gather(
        *(setup.complete(rig.network, form(code, f"lan{n}")) for n in range(4)),
        return_exceptions=True,
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict"] * 3 + ["int"]
    assert await users.count(rig.network.db) == 1
    with pytest.raises(Conflict):
        await setup.complete(rig.network, form(code, "binh"))


@one_engine
async def test_every_wrong_field_is_named(rig: testrig.Rig) -> None:
    code = await setup.issue_code(rig.network)
    assert code is not None
    wrong = form(code, "bà lan", name="", password="ngắn", email="nowhere")
    with pytest.raises(InvalidFields) as raised:
        await setup.complete(rig.network, wrong)
    fields = [error.field for error in raised.value.errors]
    assert fields == ["name", "handle", "password", "email"]
    assert await accounts.get_by_handle(rig.network.db, "lan") is None
    await setup.complete(rig.network, form(code))
