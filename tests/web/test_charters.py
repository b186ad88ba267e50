"""An owner reads what changed in a charter, and agrees."""

from tests.services.test_charter_versions import NEW, OLD

from allied import both, join, settle
from noi.services.hub import charters
from visitor import visiting


async def test_an_owner_reads_what_changed_and_agrees(engine: str) -> None:
    async with both(engine) as (rig, hub):
        await rig.create_account("chu", role="owner")
        await rig.create_account("mai")
        provider_id = await join(rig, hub)
        here = f"/owner/alliance/{provider_id}"
        async with visiting(rig, "chu") as owner, visiting(rig, "mai") as member:
            assert f"{here}/charter" not in (await owner.get(here)).plain
            for text in (OLD, NEW):
                await charters.publish(hub.network, {"vi": text}, None)
                await settle(rig, hub, provider_id)
                for path in ("/owner", here):
                    assert f"{here}/charter" in (await owner.get(path)).plain, path
                page = await owner.get(f"{here}/charter")
                assert "<del" in page.text
                version = page.text.split('name="version" value="')[1].split('"')[0]
                if text is NEW:
                    assert "Tìm thấy nhau, và giúp nhau." in page.text.split("<ins")[1]
                    assert "Bất cứ lúc nào." not in page.text.split("<ins")[1].split("</ins>")[0]
                early = await owner.post(f"{here}/charter", {"version": "1"})
                assert early.location == f"{here}/charter"
                done = await owner.post(f"{here}/charter", {"version": version})
                assert done.location == here
                assert f"{here}/charter" not in (await owner.get(here)).plain
            agreed = await owner.get(f"{here}/charter")
            assert (agreed.status, "<del" in agreed.text) == (200, False)
            assert (await member.get(f"{here}/charter")).status == 404
            assert (await owner.get("/owner/alliance/77/charter")).status == 404
