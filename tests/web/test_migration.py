import testrig
from testrig import PASSWORD
from visitor import visiting


async def test_moving_and_coming_back() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        for name in ("lan", "lan2"):
            await rig.create_account(name)
        async with visiting(rig, "lan") as old, visiting(rig, "lan2") as new:
            await old.get("/settings/migration")
            form = {"handle": "@lan2", "password": PASSWORD}
            unnamed = await old.post("/settings/migration", form)
            assert (unnamed.status, 'id="handle-error"' in unnamed.text) == (422, True)
            await new.get("/settings/migration")
            nobody = await new.post("/settings/migration/aliases", {"alias": "nobody"})
            assert (nobody.status, 'id="alias-error"' in nobody.text) == (422, True)
            await new.post("/settings/migration/aliases", {"alias": "lan"})
            shown = await new.get("/settings/migration")
            assert f"@lan@{rig.network.settings.host}" in shown.text
            wrong = await old.post("/settings/migration", {**form, "password": "no"})
            assert (wrong.status, 'id="password-error"' in wrong.text) == (422, True)
            assert (await old.post("/settings/migration", form)).status == 303
            assert "/@lan2" in (await new.get("/@lan")).plain
            assert (await old.get("/settings/migration")).status == 200
            refused = await old.post("/statuses", {"text": "Xin chào", "do": "publish"})
            assert refused.status == 403
            await old.get("/settings/migration")
            assert (await old.post("/settings/migration/back")).status == 303
            again = await old.get("/settings/migration")
            assert 'name="handle"' not in again.text, "not within the week"
            await new.get("/settings/migration")
            uri = await rig.network.db.fetch_value("SELECT uri FROM accounts WHERE username='lan'")
            await new.post("/settings/migration/aliases/remove", {"uri": uri})
            assert uri not in (await new.get("/settings/migration")).text
