import testrig
from federation.relays import relaying
from visitor import visiting

HOME = "/owner/federation/relays"


async def test_an_owner_takes_part_in_a_relay_and_leaves() -> None:
    async with testrig.network("sqlite") as rig, relaying("/actor") as relay:
        await rig.set_up()
        await rig.create_account("lan", role="owner")
        await rig.create_account("mai")
        async with visiting(rig, "lan") as owner, visiting(rig, "mai") as member:
            assert (await member.get(HOME)).status == 404
            await owner.get(HOME)
            nothing = await owner.post(HOME, {"address": "http://127.0.0.1:1/"})
            assert (nothing.status, 'id="address-error"' in nothing.text) == (422, True)
            assert (await owner.post(HOME, {"address": relay.inbox_uri})).status == 303
            twice = await owner.post(HOME, {"address": relay.inbox_uri})
            assert (twice.status, 'id="address-error"' in twice.text) == (422, True)
            await rig.work()
            await relay.send(rig, relay.says("Reject", relay.of_type("Follow")[0]))
            await rig.work()
            page = await owner.get(HOME)
            assert relay.actor_uri in page.plain
            relay_id = await rig.network.db.fetch_value("SELECT id FROM relays")
            assert (await owner.post(f"{HOME}/{relay_id}/ask")).status == 303
            await owner.get(HOME)
            assert (await owner.post(f"{HOME}/{relay_id}/remove")).status == 303
            assert relay.actor_uri not in (await owner.get(HOME)).plain
