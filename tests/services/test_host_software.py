import pytest

import testrig
from noi import __version__
from noi.db import hosts
from noi.models.ids import now_ms
from noi.models.jobs import DescribeHosts
from noi.services import host_software

pytestmark = pytest.mark.anyio


async def test_a_network_learns_what_others_run(engine: str) -> None:
    async with testrig.network(engine) as rig, testrig.services(engine) as here:
        network, host = here.network, rig.network.settings.host
        names = [host, "localhost:1"]
        await network.db.transaction(lambda tx: hosts.seen(tx, names, now_ms()))
        await host_software.describe(network, DescribeHosts())
        known = await hosts.get_many(network.db, names)
        assert (known[host].software, known[host].software_version) == ("noi", __version__)
        assert known["localhost:1"].software == ""
        # Who does not answer is not asked every time either.
        assert await hosts.undescribed(network.db, before=now_ms() - 60_000, limit=9) == []
