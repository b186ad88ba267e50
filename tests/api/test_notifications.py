import aiohttp

import testrig
from calling import call


async def test_what_others_do_is_told(
    rig: testrig.Rig, an: aiohttp.ClientSession, binh: aiohttp.ClientSession
) -> None:
    posted = await call(an, "POST", "/api/v1/statuses", data={"status": "Xin chào"})
    await call(binh, "POST", f"/api/v1/accounts/{await rig.account_id('an')}/follow")
    await rig.work()
    for verb in ("favourite", "reblog"):
        await call(binh, "POST", f"/api/v1/statuses/{posted['id']}/{verb}")
        await rig.work()
    await call(binh, "POST", "/api/v1/statuses", data={"status": "@an chào bạn"})
    await rig.work()
    found = await call(an, "GET", "/api/v1/notifications")
    assert [row["type"] for row in found] == ["mention", "reblog", "favourite", "follow"]
    for row in found:
        expected = {"id", "type", "created_at", "group_key", "account"}
        assert set(row) == expected | ({"status"} if row["type"] != "follow" else set())
        assert row["account"]["username"] == "binh"
    assert found[1]["status"]["id"] == found[2]["status"]["id"] == posted["id"]
    assert found[1]["status"]["reblog"] is None

    one = await call(an, "GET", f"/api/v1/notifications/{found[0]['id']}")
    assert one == found[0]
    query = "/api/v1/notifications?types[]=mention&types[]=follow"
    assert [row["type"] for row in await call(an, "GET", query)] == ["mention", "follow"]
    query = "/api/v1/notifications?exclude_types[]=mention&exclude_types[]=follow"
    assert [row["type"] for row in await call(an, "GET", query)] == ["reblog", "favourite"]
    query = f"/api/v1/notifications?account_id={await rig.account_id('an')}"
    assert await call(an, "GET", query) == []
    assert await call(an, "GET", "/api/v1/notifications/unread_count") == {"count": 4}

    async with an.get("/api/v1/notifications?limit=2&types[]=reblog&types[]=follow") as answer:
        older = str(answer.links["next"]["url"])
    assert "types%5B%5D=reblog" in older and f"max_id={found[3]['id']}" in older

    await call(an, "POST", f"/api/v1/notifications/{found[0]['id']}/dismiss")
    await call(an, "POST", "/api/v1/notifications/dismiss", data={"id": found[1]["id"]})
    await call(binh, "POST", f"/api/v1/statuses/{posted['id']}/unfavourite")
    left = await call(an, "GET", "/api/v1/notifications")
    assert [row["type"] for row in left] == ["follow"]
    await call(an, "POST", "/api/v1/notifications/clear")
    assert await call(an, "GET", "/api/v1/notifications") == []


async def test_hiding_filters_hold_for_notifications(
    rig: testrig.Rig, an: aiohttp.ClientSession, binh: aiohttp.ClientSession
) -> None:
    for text in ("@an xem bóng đá", "@an xem phim"):
        await call(binh, "POST", "/api/v1/statuses", data={"status": text})
    await rig.work()
    body = {
        "title": "Bóng đá",
        "context": ["notifications"],
        "filter_action": "hide",
        "keywords_attributes": [{"keyword": "bóng đá"}],
    }
    await call(an, "POST", "/api/v2/filters", json=body)
    (shown,) = await call(an, "GET", "/api/v1/notifications")
    assert "xem phim" in shown["status"]["content"]
    assert shown["status"]["filtered"] == []


async def test_reports_reach_the_staff(
    rig: testrig.Rig, an: aiohttp.ClientSession, binh: aiohttp.ClientSession
) -> None:
    an_id = await rig.account_id("an")
    async with rig.client(await rig.create_account("truong", "moderator")) as staff:
        body = {"account_id": str(an_id), "comment": "Quấy rối"}
        report = await call(binh, "POST", "/api/v1/reports", json=body)
        await rig.work()
        (row,) = await call(staff, "GET", "/api/v1/notifications?types[]=admin.report")
        assert (row["report"]["id"], row["report"]["comment"]) == (report["id"], "Quấy rối")


async def test_groups(
    rig: testrig.Rig, an: aiohttp.ClientSession, binh: aiohttp.ClientSession
) -> None:
    posted = await call(an, "POST", "/api/v1/statuses", data={"status": "Xin chào"})
    async with rig.client(await rig.create_account("chi")) as chi:
        for fan in (binh, chi):
            await call(fan, "POST", f"/api/v1/statuses/{posted['id']}/favourite")
            await rig.work()
    await call(binh, "POST", "/api/v1/statuses", data={"status": "@an chào bạn"})
    await rig.work()
    path = "/api/v2/notifications"
    found = await call(an, "GET", path)
    assert set(found) == {"accounts", "statuses", "notification_groups"}
    mention, favourites = found["notification_groups"]
    assert (mention["type"], favourites["type"]) == ("mention", "favourite")
    assert (favourites["notifications_count"], favourites["status_id"]) == (2, posted["id"])
    assert len(favourites["sample_account_ids"]) == 2
    assert {one["username"] for one in found["accounts"]} == {"binh", "chi"}
    assert {one["id"] for one in found["statuses"]} == {posted["id"], mention["status_id"]}

    ungrouped = await call(an, "GET", f"{path}?grouped_types[]=follow")
    assert len(ungrouped["notification_groups"]) == 3
    partial = await call(an, "GET", f"{path}?expand_accounts=partial_avatars")
    assert len(partial["accounts"]) + len(partial["partial_accounts"]) == 2
    async with an.get(f"{path}?limit=1") as answer:
        older = str(answer.links["next"]["url"])
    (left,) = (await call(an, "GET", older))["notification_groups"]
    assert left == favourites

    one = f"{path}/{favourites['group_key']}"
    assert (await call(an, "GET", one))["notification_groups"] == [favourites]
    everyone = await call(an, "GET", f"{one}/accounts")
    assert [account["username"] for account in everyone] == ["chi", "binh"]
    plain = await call(an, "GET", "/api/v1/notifications?types[]=favourite")
    assert {row["group_key"] for row in plain} == {favourites["group_key"]}
    assert await call(an, "GET", f"{path}/unread_count") == {"count": 2}
    await call(an, "POST", f"{one}/dismiss")
    assert len((await call(an, "GET", path))["notification_groups"]) == 1
    await call(an, "POST", f"{path}/clear")
    assert (await call(an, "GET", path))["notification_groups"] == []


async def test_policies_and_requests(
    rig: testrig.Rig, an: aiohttp.ClientSession, binh: aiohttp.ClientSession
) -> None:
    policy = "/api/v2/notifications/policy"
    before = await call(an, "GET", policy)
    assert before == {
        "for_not_following": "accept",
        "for_not_followers": "accept",
        "for_new_accounts": "accept",
        "for_private_mentions": "accept",
        "for_limited_accounts": "filter",
        "for_bots": "accept",
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
    }
    changed = await call(an, "PATCH", policy, json={"for_not_following": "filter"})
    assert changed == before | {"for_not_following": "filter"}
    old = await call(an, "GET", "/api/v1/notifications/policy")
    assert (old["filter_not_following"], old["filter_not_followers"]) == (True, False)

    requests = "/api/v1/notifications/requests"
    for text in ("@an một", "@an hai"):
        await call(binh, "POST", "/api/v1/statuses", data={"status": text})
        await rig.work()
    assert await call(an, "GET", "/api/v1/notifications") == []
    assert len(await call(an, "GET", "/api/v1/notifications?include_filtered=true")) == 2
    (waiting,) = await call(an, "GET", requests)
    assert (waiting["notifications_count"], waiting["account"]["username"]) == ("2", "binh")
    assert "hai" in waiting["last_status"]["content"]
    one = f"{requests}/{waiting['id']}"
    assert await call(an, "GET", one) == waiting
    assert await call(an, "GET", f"{requests}/merged") == {"merged": True}
    await call(an, "POST", f"{one}/accept")
    assert len(await call(an, "GET", "/api/v1/notifications")) == 2
    assert await call(an, "GET", requests) == []
    await call(an, "PUT", "/api/v1/notifications/policy", data={"filter_not_following": "0"})
    assert await call(an, "GET", policy) == before
    async with an.post(f"{one}/dismiss") as answer:
        assert answer.status == 404
    for verb in ("accept", "dismiss"):
        await call(an, "POST", f"{requests}/{verb}", data={"id[]": waiting["id"]})
