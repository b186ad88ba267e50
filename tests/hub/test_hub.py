"""A hub starts with the tables of a hub, and answers."""

import testrig


async def test_a_hub_answers_and_says_who_it_is(engine: str) -> None:
    async with testrig.hub(engine) as rig, rig.client() as client:
        assert (await client.get("/health/ready")).status == 200
        actor = await client.get("/actor", headers={"Accept": "application/activity+json"})
        assert (await actor.json(content_type=None))["id"] == f"{rig.url}/actor"
        members = await rig.network.db.fetch_value("SELECT count(*) FROM hub_members")
        assert members == 0
