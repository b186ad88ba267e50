"""What the stewards decide about trends and servers, and where everybody reads it."""

from urllib.parse import quote

import pytest
from tests.hub import seed

import found
import testrig
from noi.models.errors import Forbidden, NotFound
from noi.models.hub_jobs import CountTrends
from noi.services.hub import hidden_trends, policing, trends
from people import join
from testrig import Rig
from visitor import visiting

LINK = "https://bao.example/duong-sat-noi-vung-lich-chay-thu"


async def tags(rig: Rig) -> list[str]:
    return [one.name for one in await trends.hashtags(rig.network)]


async def popular(rig: Rig) -> str:
    """A post that people of three networks talk about; its address."""
    author = await found.person(rig.network, "mai@truong.example", "Mai")
    post = await found.post(rig.network, author, "Lúa chín rồi", likes=30, shares=5)
    rows = await rig.network.db.fetch_all("SELECT id FROM hub_members WHERE state = 'admitted'")
    sql = "INSERT INTO hub_post_trending (uri, member_id, announced_at) VALUES (:uri, :id, :now)"
    for row in rows[:3]:
        now = post.published_at
        await rig.network.db.execute(sql, {"uri": post.uri, "id": row[0], "now": now})
    await trends.count(rig.network, CountTrends())
    assert [one.name for one in await trends.posts(rig.network)] == [post.uri]
    return post.uri


async def test_stewards_keep_things_out_of_the_trends_in_public(engine: str) -> None:
    async with testrig.hub(engine) as hub:
        await seed.settled(hub)
        uri = await popular(hub)
        assert await tags(hub) == ["mùagặt"]
        async with visiting(hub) as guest, visiting(hub, "lan") as lan:
            page = await lan.get("/manage/trends")
            for kind, name in (("hashtag", "mùagặt"), ("link", LINK), ("post", uri)):
                path = f"/manage/trends/hide?kind={kind}&name={quote(name)}"
                assert path in page.plain, path
                assert (await lan.get(path)).status == 200
                fields = {"kind": kind, "name": name, "rule": "Không thư rác", "reason": "Bán."}
                for missing in ("rule", "reason"):
                    bare = await lan.post("/manage/trends/hide", {**fields, missing: " "})
                    assert bare.status == 422, bare.plain
                done = await lan.post("/manage/trends/hide", fields)
                assert done.location == "/manage/trends", done.plain
                assert (await lan.post("/manage/trends/hide", fields)).status == 422
            wrong = {"kind": "post", "name": "https://x.example/1", "rule": "a", "reason": "b"}
            assert (await lan.post("/manage/trends/hide", wrong)).status == 404
            assert (await lan.get("/manage/trends/hide?kind=word&name=a")).status == 404
            # At once, and also when trends are counted anew.
            for _ in range(2):
                assert await tags(hub) == []
                assert await trends.links(hub.network) == []
                assert await trends.posts(hub.network) == []
                await trends.count(hub.network, CountTrends())
            page = await guest.get("/decisions/trends")
            assert page.plain.count("Không thư rác") == 3
            assert LINK in page.plain
            # A post that is withdrawn is named no more, and is not let in by coming back.
            await hub.network.db.execute("DELETE FROM hub_posts WHERE uri = :uri", {"uri": uri})
            page = await guest.get("/decisions/trends")
            assert page.plain.count("Không thư rác") == 3
            assert uri not in page.plain
            decided = await hidden_trends.fetch_page(hub.network)
            tag = next(one.hidden for one in decided if one.hidden.kind == "hashtag")
            await lan.get("/manage/trends")
            path = f"/manage/trends/{tag.id}/show"
            assert (await lan.post(path, {"reason": ""})).status == 422
            assert (await lan.post(path, {"reason": "Nhầm"})).location == "/manage/trends"
            assert (await lan.post(path, {"reason": "Nhầm"})).status == 422
            assert await tags(hub) == ["mùagặt"]
            assert "Nhầm" in (await guest.get("/decisions/trends")).plain
        member = await join(hub.network, "khach")
        with pytest.raises(Forbidden):
            await hidden_trends.hide(hub.network, member, "hashtag", "gặt", rule="x", reason="y")
        with pytest.raises(NotFound):
            await hidden_trends.show(hub.network, None, 77, "x")


async def test_servers_are_blocked_and_let_in_again_in_public(engine: str) -> None:
    async with testrig.hub(engine) as hub:
        await seed.settled(hub)
        for n in range(3):
            one = await found.person(hub.network, f"x{n}@a.xau.example", f"X{n}")
            await found.post(hub.network, one, "Mua đi")
        assert await policing.preview(hub.network, "xau.example") == policing.Effect(3, 3)
        async with visiting(hub) as guest, visiting(hub, "lan") as lan:
            assert "/sign-in" in (await guest.get("/manage/policies")).location
            page = await lan.get("/manage/policies/decide?domain=XAU.example&lang=en")
            assert "<dd>3</dd>" in page.text.replace(" ", "")
            page = await lan.get("/manage/policies/decide?domain=truong.example")
            assert 'href="/manage/members/truong.example"' in page.text
            assert (await lan.get("/manage/policies/decide?domain=x y")).status == 303
            fields = {"domain": "xau.example", "severity": "block", "rule": "Không thư rác"}
            assert (await lan.post("/manage/policies/decide", fields)).status == 422
            fields["reason"] = "Ba trăm quảng cáo"
            bad = await lan.post("/manage/policies/decide", {**fields, "severity": "none"})
            assert bad.status == 422
            done = await lan.post("/manage/policies/decide", fields)
            assert done.location == "/manage/policies", done.plain
            await hub.work()
            assert await policing.preview(hub.network, "xau.example") == policing.Effect()
            assert "xau.example" in (await lan.get("/manage/policies")).plain
            page = await guest.get("/decisions/domains")
            assert "Ba trăm quảng cáo" in page.plain
            await lan.get("/manage/policies/decide?domain=xau.example")
            lift = {"domain": "xau.example", "lift_reason": ""}
            assert (await lan.post("/manage/policies/lift", lift)).status == 422
            lift["lift_reason"] = "Họ đã dọn"
            assert (await lan.post("/manage/policies/lift", lift)).location == "/manage/policies"
            assert "Họ đã dọn" in (await guest.get("/decisions/domains")).plain
            assert (await lan.post("/manage/policies/lift", lift)).status == 404


async def test_a_suspension_stands_on_the_page_of_decisions() -> None:
    async with testrig.hub("sqlite") as hub, visiting(hub) as guest:
        await seed.settled(hub)
        page = await guest.get("/decisions")
        assert "Hàng trăm quảng cáo." in page.plain
        assert "moi.example" not in page.plain  # who only asks is nobody's business
