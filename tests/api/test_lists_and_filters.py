import aiohttp

import testrig
from calling import call, code


async def test_lists(rig: testrig.Rig, an: aiohttp.ClientSession) -> None:
    made = await call(an, "POST", "/api/v1/lists", json={"title": "Báo", "exclusive": True})
    assert made == {
        "id": made["id"],
        "title": "Báo",
        "replies_policy": "list",
        "exclusive": True,
    }
    one = f"/api/v1/lists/{made['id']}"
    changed = await call(an, "PUT", one, data={"title": "Tin", "replies_policy": "none"})
    assert await call(an, "GET", "/api/v1/lists") == [changed]
    assert await call(an, "GET", one) == changed

    async with rig.client(await rig.create_account("binh")) as binh:
        binh_id = await rig.account_id("binh")
        assert await code(binh, "GET", one) == 404
        members = {"account_ids[]": str(binh_id)}
        assert await code(an, "POST", f"{one}/accounts", data=members) == 404
        await call(an, "POST", f"/api/v1/accounts/{binh_id}/follow")
        await call(an, "POST", f"{one}/accounts", data=members)
        await call(binh, "POST", "/api/v1/statuses", data={"status": "Chào cả nhà"})
        await rig.work()
    for limit in ("", "?limit=0"):
        found = await call(an, "GET", f"{one}/accounts{limit}")
        assert [account["username"] for account in found] == ["binh"]
    assert await call(an, "GET", f"/api/v1/accounts/{binh_id}/lists") == [changed]
    listed = await call(an, "GET", f"/api/v1/timelines/list/{made['id']}")
    assert ["Chào cả nhà" in status["content"] for status in listed] == [True]

    await call(an, "DELETE", f"{one}/accounts", params=members)
    assert await call(an, "GET", f"{one}/accounts") == []
    assert await call(an, "GET", f"/api/v1/timelines/list/{made['id']}") == []
    assert await call(an, "DELETE", one) == {}
    assert await code(an, "GET", one) == 404
    assert await code(an, "POST", "/api/v1/lists", json={"title": ""}) == 422


async def test_filters(an: aiohttp.ClientSession) -> None:
    form = aiohttp.FormData(
        [
            ("title", "Bóng đá"),
            ("context[]", "home"),
            ("context[]", "public"),
            ("filter_action", "hide"),
            ("expires_in", "3600"),
            ("keywords_attributes[][keyword]", "bóng đá"),
            ("keywords_attributes[][whole_word]", "true"),
            ("keywords_attributes[][keyword]", "World Cup"),
            ("keywords_attributes[][whole_word]", "false"),
        ]
    )
    made = await call(an, "POST", "/api/v2/filters", data=form)
    assert set(made) == {
        "id",
        "title",
        "context",
        "expires_at",
        "filter_action",
        "keywords",
        "statuses",
    }
    assert (made["context"], made["filter_action"]) == (["home", "public"], "hide")
    assert [(row["keyword"], row["whole_word"]) for row in made["keywords"]] == [
        ("bóng đá", True),
        ("World Cup", False),
    ]
    one = f"/api/v2/filters/{made['id']}"
    assert await call(an, "GET", "/api/v2/filters") == [made] == [await call(an, "GET", one)]

    first, second = made["keywords"]
    changes = [{"id": first["id"], "_destroy": True}, {"id": second["id"], "keyword": "cúp"}]
    changed = await call(an, "PUT", one, json={"expires_in": None, "keywords_attributes": changes})
    assert changed["expires_at"] is None and changed["title"] == "Bóng đá"
    assert [row["keyword"] for row in changed["keywords"]] == ["cúp"]

    added = await call(an, "POST", f"{one}/keywords", json={"keyword": "gôn"})
    by_id = f"/api/v2/filters/keywords/{added['id']}"
    assert await call(an, "GET", by_id) == added
    renamed = await call(an, "PUT", by_id, json={"keyword": "golf", "whole_word": False})
    assert renamed == {"id": added["id"], "keyword": "golf", "whole_word": False}
    assert len(await call(an, "GET", f"{one}/keywords")) == 2
    assert await call(an, "DELETE", by_id) == {}
    assert await code(an, "GET", by_id) == 404
    assert await code(an, "POST", "/api/v2/filters", json={"title": "x"}) == 422
    assert await call(an, "DELETE", one) == {}
    assert await code(an, "GET", one) == 404


async def test_filters_work_on_timelines(rig: testrig.Rig, an: aiohttp.ClientSession) -> None:
    async with rig.client(await rig.create_account("binh")) as binh:
        text = {"status": "Đội tuyển BÓNG ĐÁ nữ"}
        posted = await call(binh, "POST", "/api/v1/statuses", data=text)
    body = {"title": "Bóng đá", "context": ["public"], "keywords_attributes": []}
    made = await call(an, "POST", "/api/v2/filters", json=body)
    await call(an, "POST", f"/api/v2/filters/{made['id']}/keywords", json={"keyword": "bóng đá"})
    (shown,) = await call(an, "GET", "/api/v1/timelines/public")
    (result,) = shown["filtered"]
    assert result["keyword_matches"] == ["bóng đá"]
    assert (result["filter"]["id"], result["status_matches"]) == (made["id"], [])

    row = await call(
        an, "POST", f"/api/v2/filters/{made['id']}/statuses", json={"status_id": posted["id"]}
    )
    by_id = f"/api/v2/filters/statuses/{row['id']}"
    assert await call(an, "GET", by_id) == row == {"id": row["id"], "status_id": posted["id"]}
    (shown,) = await call(an, "GET", "/api/v1/timelines/public")
    assert shown["filtered"][0]["status_matches"] == [posted["id"]]
    await call(an, "DELETE", by_id)

    await call(an, "PUT", f"/api/v2/filters/{made['id']}", json={"filter_action": "hide"})
    assert await call(an, "GET", "/api/v1/timelines/public") == []
    shown = await call(an, "GET", f"/api/v1/statuses/{posted['id']}")
    assert shown["id"] == posted["id"]


async def test_first_version_of_filters(an: aiohttp.ClientSession) -> None:
    body = {"phrase": "mưa", "context": ["home"], "irreversible": True, "whole_word": True}
    made = await call(an, "POST", "/api/v1/filters", json=body)
    assert made == {**body, "id": made["id"], "expires_at": None}
    (new,) = await call(an, "GET", "/api/v2/filters")
    assert (new["title"], new["filter_action"]) == ("mưa", "hide")
    one = f"/api/v1/filters/{made['id']}"
    changed = await call(an, "PUT", one, json={"phrase": "bão", "irreversible": False})
    assert (changed["phrase"], changed["irreversible"]) == ("bão", False)
    async with an.get("/api/v1/filters") as answer:
        assert await answer.json() == [changed]
        assert "Deprecation" in answer.headers
    await call(an, "POST", f"/api/v2/filters/{new['id']}/keywords", json={"keyword": "lũ"})
    assert await code(an, "PUT", one, json={"context": ["public"]}) == 422
    assert await call(an, "DELETE", one) == {}
    (left,) = await call(an, "GET", "/api/v1/filters")
    assert left["phrase"] == "lũ"
    await call(an, "DELETE", f"/api/v1/filters/{left['id']}")
    assert await call(an, "GET", "/api/v2/filters") == []
