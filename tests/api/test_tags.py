import aiohttp

import testrig
from calling import call


async def test_tags_are_followed(rig: testrig.Rig, an: aiohttp.ClientSession) -> None:
    for text in ("Chào #HàNội", "Phố #hànội"):
        await call(an, "POST", "/api/v1/statuses", data={"status": text})
    followed = await call(an, "POST", "/api/v1/tags/HàNội/follow")
    assert (followed["name"], followed["following"], followed["featuring"]) == (
        "hànội",
        True,
        False,
    )
    assert followed["url"] == f"{rig.network.settings.origin}/tags/h%C3%A0n%E1%BB%99i"
    assert len(followed["history"]) == 7
    assert (followed["history"][0]["uses"], followed["history"][0]["accounts"]) == ("2", "1")
    assert all(day["uses"] == "0" for day in followed["history"][1:])
    await call(an, "POST", "/api/v1/tags/Huế/follow")
    async with an.get("/api/v1/followed_tags?limit=1") as answer:
        assert [tag["name"] for tag in await answer.json()] == ["huế"]
        older = str(answer.links["next"]["url"])
    assert [tag["name"] for tag in await call(an, "GET", older)] == ["hànội"]
    assert not (await call(an, "POST", "/api/v1/tags/huế/unfollow"))["following"]
    assert len(await call(an, "GET", "/api/v1/followed_tags")) == 1


async def test_any_tag_can_be_looked_at(rig: testrig.Rig) -> None:
    async with rig.client() as stranger:
        found = await call(stranger, "GET", "/api/v1/tags/ĐàLạt")
        assert found["name"] == "đàlạt" and "following" not in found
        async with stranger.get("/api/v1/tags/không%20phải") as answer:
            assert answer.status == 404


async def test_tags_are_featured(rig: testrig.Rig, an: aiohttp.ClientSession) -> None:
    await call(an, "POST", "/api/v1/statuses", data={"status": "Chào #HàNội"})
    (suggested,) = await call(an, "GET", "/api/v1/featured_tags/suggestions")
    assert suggested["name"] == "hànội"
    made = await call(an, "POST", "/api/v1/featured_tags", json={"name": "HàNội"})
    assert (made["name"], made["statuses_count"]) == ("HàNội", "1")
    assert made["last_status_at"]
    assert await call(an, "GET", "/api/v1/featured_tags/suggestions") == []
    await call(an, "POST", "/api/v1/tags/Huế/feature")
    an_id = await rig.account_id("an")
    async with rig.client() as stranger:
        shown = await call(stranger, "GET", f"/api/v1/accounts/{an_id}/featured_tags")
    assert [tag["name"] for tag in shown] == ["HàNội", "Huế"]
    assert await call(an, "DELETE", f"/api/v1/featured_tags/{made['id']}") == {}
    assert not (await call(an, "POST", "/api/v1/tags/Huế/unfeature"))["featuring"]
    assert await call(an, "GET", "/api/v1/featured_tags") == []
    for number in range(10):
        await call(an, "POST", "/api/v1/featured_tags", json={"name": f"thẻ{number}"})
    async with an.post("/api/v1/featured_tags", json={"name": "thừa"}) as answer:
        assert answer.status == 422
