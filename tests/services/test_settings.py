import asyncio
from collections.abc import AsyncGenerator

import pytest

import people
import testrig
from noi.db.live import decode
from noi.models.accounts import Role
from noi.models.errors import Forbidden, Invalid
from noi.models.live import LiveKind
from noi.services import settings


@pytest.fixture(autouse=True)
def fresh() -> None:
    settings.forget()


one_engine = pytest.mark.parametrize("engine", ["sqlite"])
"""For rules that no engine has a say in."""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


@one_engine
async def test_new_network_has_defaults(rig: testrig.Rig) -> None:
    found = await settings.get(rig.network)
    assert (found.registrations, found.setup_done) == (settings.Registrations.CLOSED, False)


async def test_update_is_kept_and_read_by_all(rig: testrig.Rig) -> None:
    admin = await people.join(rig.network, "an", Role.ADMIN)
    changed = await settings.update(
        rig.network,
        admin,
        {
            "name": "  Làng Nối ",
            "registrations": "approval",
            "languages": ["lo", "vi"],
            "accent_colour": "#AA3300",
            "contact_account_id": admin.account_id,
        },
    )
    assert (changed.name, changed.languages) == ("Làng Nối", ("vi", "lo"))
    assert changed.accent_colour == "#aa3300"
    settings.forget()
    assert await settings.get(rig.network) == changed


async def test_every_process_is_told(rig: testrig.Rig) -> None:
    told, ready = asyncio.Event(), asyncio.Event()

    def on_commit(events: list[str]) -> None:
        ready.set()
        if any(decode(event).kind == LiveKind.SETTINGS for event in events):
            told.set()

    watching = asyncio.create_task(rig.network.db.watch(on_commit))
    await asyncio.wait_for(ready.wait(), 10)
    await settings.update(rig.network, None, {"name": "Mới"})
    await asyncio.wait_for(told.wait(), 10)
    watching.cancel()


async def test_changes_at_the_same_time_do_not_undo_each_other(rig: testrig.Rig) -> None:
    await asyncio.gather(
        settings.update(rig.network, None, {"name": "Hội"}),
        settings.update(rig.network, None, {"short_description": "Mô tả"}),
        settings.update(rig.network, None, {"min_age": 16}),
    )
    settings.forget()
    found = await settings.get(rig.network)
    assert (found.name, found.short_description, found.min_age) == ("Hội", "Mô tả", 16)


@one_engine
async def test_moderators_may_not_change_them(rig: testrig.Rig) -> None:
    moderator = await people.join(rig.network, "mo", Role.MODERATOR)
    with pytest.raises(Forbidden):
        await settings.update(rig.network, moderator, {"name": "Khác"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "x" * 61),
        ("registrations", "maybe"),
        ("languages", ["klingon language"]),
        ("contact_email", "no address"),
        ("contact_account_id", 12345),
        ("accent_colour", "red; }"),
        ("min_age", -1),
        ("min_age", "many"),
        ("setup_done", True),
        ("nothing", 1),
    ],
)
async def test_wrong_values_name_their_field(field: str, value: object) -> None:
    async with testrig.services("sqlite") as rig:
        with pytest.raises(Invalid) as raised:
            await settings.update(rig.network, None, {field: value})
        assert raised.value.field == field
