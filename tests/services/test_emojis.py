from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from PIL import Image

import people
import testrig
from noi.models.accounts import Role
from noi.models.errors import Forbidden, Invalid, NotFound
from noi.services import emojis

one_engine = pytest.mark.parametrize("engine", ["sqlite"])
"""For rules that no engine has a say in."""


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.services(engine) as rig:
        yield rig


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "lotus.png"
    Image.new("RGBA", (300, 200), (200, 30, 90, 128)).save(path)
    return path


async def test_admin_adds_hides_and_disables(rig: testrig.Rig, picture: Path) -> None:
    admin = await people.join(rig.network, "an", Role.ADMIN)
    made = await emojis.create(rig.network, admin, "hoa_sen", picture, " Hoa  lá ")
    assert made.category == "Hoa lá"
    assert rig.network.storage.exists(made.image) and rig.network.storage.exists(made.image_static)
    assert [emoji.shortcode for emoji in await emojis.fetch_all(rig.network)] == ["hoa_sen"]
    await emojis.update(rig.network, admin, made.id, category="", visible=False, disabled=False)
    (hidden,) = await emojis.fetch_all(rig.network)
    assert not hidden.visible
    await emojis.update(rig.network, admin, made.id, category="", visible=True, disabled=True)
    assert await emojis.fetch_all(rig.network) == []
    ((listed, disabled),) = await emojis.fetch_with_disabled(rig.network, admin)
    assert (listed.id, disabled) == (made.id, True)
    with pytest.raises(NotFound):
        await emojis.update(rig.network, admin, 5, category="", visible=True, disabled=True)


@one_engine
async def test_what_cannot_be(rig: testrig.Rig, picture: Path, tmp_path: Path) -> None:
    member = await people.join(rig.network, "lan")
    with pytest.raises(Forbidden):
        await emojis.create(rig.network, member, "hoa_sen", picture)
    text = tmp_path / "text.png"
    text.write_text("<svg/>")
    await emojis.create(rig.network, None, "hoa_sen", picture)
    for shortcode, source in (
        ("hoa_sen", picture),
        ("hoa sen", picture),
        ("x", picture),
        ("ab", text),
    ):
        with pytest.raises(Invalid):
            await emojis.create(rig.network, None, shortcode, source)
