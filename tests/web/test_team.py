import testrig
from visitor import visiting


async def test_an_owner_makes_someone_moderator() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        await rig.create_account("lan", role="owner")
        await rig.create_account("mai")
        async with visiting(rig, "lan") as owner, visiting(rig, "mai") as member:
            assert (await member.get("/moderation")).status == 404
            await owner.get("/owner/team")
            sent = await owner.post("/owner/team", {"handle": "@mai", "role": "moderator"})
            assert sent.status == 303
            assert "@mai" in (await owner.get("/owner/team")).text
            assert (await member.get("/moderation")).status == 200
            refused = await owner.post("/owner/team", {"handle": "lan", "role": "member"})
            assert refused.status == 422, "a network keeps an owner"
            unknown = await owner.post("/owner/team", {"handle": "khongai", "role": "admin"})
            assert unknown.status == 422
