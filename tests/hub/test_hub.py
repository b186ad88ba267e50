"""A hub starts with the tables of a hub, and answers."""

import testrig


async def test_a_hub_answers_and_says_who_it_is(engine: str) -> None:
    async with testrig.hub(engine) as rig, rig.client() as client:
        assert (await client.get("/health/ready")).status == 200
        actor = await client.get("/actor", headers={"Accept": "application/activity+json"})
        told = await actor.json(content_type=None)
        assert told["id"] == f"{rig.url}/actor"
        # Servers with authorized fetch look at who is asking: nothing that is named may be missing.
        outbox = await client.get(told["outbox"], headers={"Accept": "application/activity+json"})
        assert (await outbox.json(content_type=None))["totalItems"] == 0
        members = await rig.network.db.fetch_value("SELECT count(*) FROM hub_members")
        assert members == 0
