import testrig
from noi.services import migration
from testrig import PASSWORD


async def test_apps_learn_where_an_account_has_moved() -> None:
    async with testrig.network("sqlite") as rig:
        token, other = await rig.create_account("lan"), await rig.create_account("lan2")
        lan, lan2 = await rig.account_id("lan"), await rig.account_id("lan2")
        await migration.add_alias(rig.network, lan2, "lan")
        await migration.move(rig.network, lan, "lan2", PASSWORD)
        own = {"authorization": f"Bearer {token}"}
        async with rig.client() as client:
            for path in (f"{lan}", "lookup?acct=lan", "verify_credentials"):
                async with client.get(f"/api/v1/accounts/{path}", headers=own) as answer:
                    assert (await answer.json())["moved"]["id"] == str(lan2), path
            form = {"status": "Xin chào"}
            async with client.post("/api/v1/statuses", headers=own, data=form) as answer:
                assert answer.status == 403
            theirs = {"authorization": f"Bearer {other}"}
            async with client.get(f"/api/v1/accounts/{lan2}", headers=theirs) as answer:
                assert "moved" not in await answer.json()
