import testrig
from noi.db import featurings
from noi.db.database import Transaction
from strangers import arrive
from visitor import visiting


async def test_collections_that_show_one_and_getting_out() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        await rig.create_account("lan")
        lan_id, anh_id = await rig.account_id("lan"), await arrive(rig.network, "anh", "xa.example")

        async def work(tx: Transaction) -> int:
            uri = "https://xa.example/collections/1"
            return await featurings.insert(tx, 9, lan_id, anh_id, uri, name="Nhà <thơ>", url="")

        await rig.network.db.transaction(work)
        async with visiting(rig, "lan") as lan:
            assert "/settings/collections" in (await lan.get("/settings/privacy")).plain
            shown = await lan.get("/settings/collections")
            assert "Nhà &lt;thơ&gt;" in shown.text
            assert "@anh@xa.example" in shown.text
            assert (await lan.post("/settings/collections/9/leave")).status == 303
            assert "xa.example" not in (await lan.get("/settings/collections")).text
            assert (await lan.post("/settings/collections/9/leave")).status == 404
