import testrig
from consenting import person, post
from noi.services import alliance
from noi.services.hub import charters
from played_provider import providing, subscribe
from visitor import visiting

HOME = "/owner/alliance"


async def test_an_owner_confirms_a_provider_and_leaves_it() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        await rig.set_up()
        await rig.create_account("chu", role="owner")
        await rig.create_account("mai")
        await played.register(rig)
        here = f"{HOME}/{played.fasp_id}"
        assert played.completion_uri == f"{rig.url}{here}"
        async with visiting(rig, "chu") as owner, visiting(rig, "mai") as member:
            for path in (HOME, here):
                assert (await member.get(path)).status == 404
            assert played.name in (await owner.get(HOME)).text
            page = await owner.get(here)
            assert played.fingerprint in page.plain
            assert "ai@timquanh.example" in page.text
            choice = {
                "fingerprint": played.fingerprint,
                "capability": "trends",
                "content": "1",
                "accounts": "1",
            }
            unread = await owner.post(f"{here}/confirm", choice)
            assert (unread.status, 'id="compared-error"' in unread.text) == (422, True)
            wrong = {**choice, "compared": "1", "fingerprint": "khac"}
            assert (await owner.post(f"{here}/confirm", wrong)).status == 409
            assert (await owner.post(f"{here}/confirm", {**choice, "compared": "1"})).status == 303
            await rig.work()
            await subscribe(rig, played, "content")
            await post(rig, await person(rig, "lan"))
            await rig.work()
            assert played.origin in (await member.get("/settings/privacy")).plain
            told = await owner.get(here)
            assert '<td class="figure">1</td>' in told.text
            assert (await owner.post(f"{here}/off", {"capability": "trends"})).status == 303
            assert (await owner.post(f"{here}/test")).status == 303
            assert (await owner.post(f"{here}/sharing", {"accounts": "1"})).status == 303
            played.answer = lambda got: (503, b"")
            await rig.work()
            failing = await owner.get(here)
            assert f"{here}/retry" in failing.plain
            played.answer = lambda got: None
            assert (await owner.post(f"{here}/retry")).status == 303
            assert (await owner.post(f"{here}/nothing")).status == 404
            assert (await owner.post(f"{here}/leave")).status == 303
            assert played.origin not in (await member.get("/settings/privacy")).plain
            await rig.work()
            left = await owner.get(here)
            assert f"{here}/forget" in left.plain
            assert (await owner.post(f"{here}/forget")).status == 303
            assert (await owner.get(here)).status == 404


async def test_an_owner_turns_a_provider_down() -> None:
    async with testrig.network("sqlite") as rig, providing() as played:
        await rig.set_up()
        await rig.create_account("chu", role="owner")
        await played.register(rig)
        async with visiting(rig, "chu") as owner:
            await owner.get(HOME)
            assert (await owner.post(f"{HOME}/{played.fasp_id}/refuse")).status == 303
            assert (await owner.get(f"{HOME}/{played.fasp_id}")).status == 200


async def test_an_owner_asks_a_hub_and_reads_its_charter() -> None:
    async with testrig.network("sqlite") as rig, testrig.hub("sqlite") as hub:
        await rig.set_up()
        await rig.create_account("chu", role="owner")
        await charters.publish(hub.network, {"vi": "# Cùng nhau\n\n<script>1</script>"}, None)
        async with visiting(rig, "chu") as owner:
            await owner.get(HOME)
            for address in ("http://localhost:1", "không phải", rig.url):
                answer = await owner.post(HOME, {"address": address})
                assert (answer.status, 'id="address-error"' in answer.text) == (422, True)
            assert (await owner.post(HOME, {"address": hub.network.settings.host})).status == 303
            provider = (await alliance.fetch_all(rig.network, None))[0].provider
            page = await owner.get(f"{HOME}/{provider.id}")
            assert "Cùng nhau" in page.plain
            assert "<script>1" not in page.text
            assert 'name="charter_version" value="1"' in page.text


async def test_subjects_are_told_to_alliances() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        await rig.create_account("chu", role="owner")
        async with visiting(rig, "chu") as owner, rig.client() as client:
            form = {"name": "Làng", "registrations": "open", "subjects": " thơ,  Huế ,, thơ"}
            await owner.get("/owner/network")
            assert (await owner.post("/owner/network", form)).status == 303
            nodeinfo = await (await client.get("/nodeinfo/2.0")).json()
            assert nodeinfo["metadata"]["alliance"]["subjects"] == ["thơ", "Huế"]
            long_one = await owner.post("/owner/network", {**form, "subjects": "x" * 50})
            assert long_one.status == 422
