import pytest

import people
import testrig
from noi.models.errors import Invalid
from noi.services import markers


async def test_markers_are_set_forwards_and_back(engine: str) -> None:
    async with testrig.services(engine) as rig:
        an = (await people.join(rig.network, "an")).account_id
        assert await markers.load(rig.network, an) == {}
        both = await markers.put(rig.network, an, {"home": 20, "notifications": 1 << 60})
        assert {name: mark.version for name, mark in both.items()} == {
            "home": 1,
            "notifications": 1,
        }
        await markers.put(rig.network, an, {"home": 10})
        found = await markers.load(rig.network, an)
        assert (found["home"].last_read_id, found["home"].version) == (10, 2)
        assert found["notifications"].last_read_id == 1 << 60
        with pytest.raises(Invalid):
            await markers.put(rig.network, an, {"public": 1})
