"""The hub's web site, as visitors, owners of networks and stewards use it."""

import html
import re
from urllib.parse import quote

from tests.hub import seed

import found
import testrig
from noi.hub.texts import proposal
from noi.models.paging import MAX_ID
from noi.services import profiles, setup
from noi.services.hub import hidden_trends, members
from noi.services.profiles import Profile
from testrig import Rig
from visitor import Visitor, visiting


async def opened(hub: Rig) -> None:
    """A hub with an owner `lan`, and a charter."""
    await hub.create_account("lan", "owner")
    await hub.set_up()
    async with visiting(hub, "lan") as lan:
        await publish(lan)


async def publish(steward: Visitor, text: str = "") -> None:
    await steward.get("/manage/charter")
    page = await steward.post(
        "/manage/charter", {"text_vi": text or proposal("vi"), "do": "publish"}
    )
    assert page.location == "/charter", page.plain


async def test_a_new_hub_leads_its_owner_to_the_charter(engine: str) -> None:
    async with testrig.hub(engine) as hub, visiting(hub) as owner:
        assert (await owner.get("/")).location == "/setup"
        form = await owner.get(f"/setup?code={await setup.issue_code(hub.network)}")
        assert 'name="registrations"' not in form.text
        code = re.findall(r'name="code" value="([^"]*)"', form.text)[0]
        done = await owner.post(
            "/setup",
            {
                "code": code,
                "name": "Liên minh",
                "language": "vi",
                "handle": "lan",
                "password": testrig.PASSWORD,
            },
        )
        assert done.location == "/manage/charter", done.plain
        assert "## Mục đích" in (await owner.get("/manage/charter")).plain
        seen = await owner.post("/manage/charter", {"text_vi": "## Vì sao\n\nĐể *gặp* nhau."})
        assert seen.status == 200
        assert "<h2>Vì sao</h2>" in seen.text
        assert (await owner.get("/charter")).text.count("<h2") == 1  # not published yet
        empty = await owner.post("/manage/charter", {"text_vi": " ", "do": "publish"})
        assert empty.status == 422
        assert 'name="text_vi" rows="16" required' in empty.text
        await publish(owner, "## Vì sao\n\nĐể *gặp* nhau.")
        assert "Để <em>gặp</em> nhau." in (await owner.get("/")).text


async def test_every_version_of_the_charter_stays(engine: str) -> None:
    async with testrig.hub(engine) as hub, visiting(hub) as guest:
        await opened(hub)
        async with visiting(hub, "lan") as lan:
            await publish(lan, "## Mới\n\nKhác trước.")
        now, first = await guest.get("/charter"), await guest.get("/charter/1")
        assert "Khác trước." in now.plain
        assert 'href="/charter/1"' in now.text
        assert "Tôn trọng con người" in first.plain
        assert 'href="/charter"' in first.text
        signed = await guest.get("/alliance/v0/charter/1")
        assert re.findall(r'"signature":"([^"]+)"', signed.text)[0] in first.plain
        for missing in ("/charter/3", "/charter/0", "/charter/x", f"/charter/{MAX_ID}9"):
            assert (await guest.get(missing)).status == 404, missing


async def test_a_network_asks_is_admitted_suspended_and_readmitted(engine: str) -> None:
    async with testrig.hub(engine) as hub, testrig.network(engine) as member:
        await member.set_up()
        host = member.network.settings.host
        path = f"/manage/members/{host}"
        async with visiting(hub) as guest:
            await hub.create_account("lan", "owner")
            await hub.set_up()
            assert (
                '<form class="form" method="post" action="/join"'
                not in (await guest.get("/join")).text
            )
        await opened_charter(hub)
        async with visiting(hub) as guest, visiting(hub, "lan") as lan:
            await guest.get("/join")
            nowhere = await guest.post("/join", {"host": "localhost:1"})
            assert nowhere.status == 422
            assert "localhost:1" in nowhere.plain
            asked = await guest.post("/join", {"host": f"http://{host}/"})
            assert asked.location == f"/join/{host}", asked.plain
            shown = await guest.get(asked.location)
            fingerprints = re.findall(r'class="code finger">([^<]*)<', shown.text)
            assert len(set(fingerprints)) == 2
            assert (await guest.get(f"/networks/{host}")).status == 404
            judged = await lan.get(path)
            assert set(re.findall(r'class="code finger">([^<]*)<', judged.text)) == set(
                fingerprints
            )
            assert f"{quote(host)}/admit" not in judged.plain
            assert (await lan.post(f"{path}/admit")).status == 422  # its owner has not confirmed
            await members.heard(hub.network, await members.get(hub.network, host))
            assert f"{quote(host)}/admit" in (await lan.get(path)).plain
            assert (await lan.post(f"{path}/admit")).location == path
            assert host in (await guest.get("/networks")).plain
            assert (await guest.get(f"/networks/{host}")).status == 200
            silent = await lan.post(f"{path}/suspend", {"rule": "Không gửi thư rác"})
            assert silent.status == 422
            assert html.escape("Không gửi thư rác") in silent.text
            why = {"rule": "Không gửi thư rác", "reason": "Hàng trăm quảng cáo."}
            assert (await lan.post(f"{path}/suspend", why)).location == path
            public = (await guest.get(f"/networks/{host}")).plain
            assert all(words in public for words in why.values())
            assert (await lan.post(f"{path}/readmit")).location == path
            assert (await lan.post(f"{path}/list", {"listed": ""})).location == path
            assert host not in (await guest.get("/networks")).plain
            assert (await lan.post(f"{path}/drown")).status == 404
            again = await lan.post(f"{path}/admit")
            assert again.status == 422


async def opened_charter(hub: Rig) -> None:
    async with visiting(hub, "lan") as lan:
        await publish(lan)


async def test_who_may_decide_what(engine: str) -> None:
    async with testrig.hub(engine) as hub:
        await opened(hub)
        await hub.create_account("lien", "moderator")
        await hub.create_account("on", "member")
        async with visiting(hub, "lien") as lien:
            assert (await lien.get("/manage/members")).status == 200
            assert (await lien.get("/manage/team")).status == 200
            for path in ("/manage/charter", "/manage/settings", "/manage/relay"):
                assert (await lien.get(path)).status == 404, path
            for path in ("/manage/charter", "/manage/settings"):
                assert (await lien.post(path, {"text_vi": "x", "name": "x"})).status == 404, path
            assert (
                await lien.post("/manage/team", {"handle": "on", "role": "owner"})
            ).status == 404
        async with visiting(hub, "on") as on:
            for path in seed.stewards_paths():
                assert (await on.get(path)).status == 404, path
            assert (await on.post("/manage/members/x.example/admit")).status == 404


async def test_a_newcomer_is_three_clicks_from_signing_up(engine: str) -> None:
    async with testrig.hub(engine, rate_limits=False) as hub, visiting(hub) as guest:
        await seed.settled(hub)
        assert 'href="/networks"' in (await guest.get("/")).text
        assert 'href="/networks/truong.example"' in (await guest.get("/networks")).text
        card = await guest.get("/networks/truong.example")
        assert 'href="https://truong.example/auth/sign_up"' in card.plain
        lao = await guest.get("/networks?language=lo")
        assert "vientiane.example" in lao.text
        assert "truong.example" not in lao.text
        local = await guest.get(f"/networks?subject={quote('Địa phương')}")
        assert "lang.example" in local.text
        assert "truong.example" not in local.text


async def test_only_who_wants_to_be_found_is_found(engine: str) -> None:
    async with testrig.hub(engine, rate_limits=False) as hub, visiting(hub) as guest:
        await hub.set_up()
        net = hub.network
        await found.member(net, "bao.example")
        seen = await found.person(net, "mai@bao.example", "Mai Ánh")
        shy = await found.person(net, "ly@bao.example", "Lý Ánh", discoverable=False)
        mute = await found.person(net, "on@bao.example", "Ơn Ánh", indexable=False)
        for one in (seen, shy, mute):
            await found.post(net, one, f"Chuyện hoa của {one.username}")
        people = (await guest.get("/search?q=anh")).plain
        assert "Mai Ánh" in people
        assert "Ơn Ánh" in people
        assert "Lý Ánh" not in people
        posts = (await guest.get("/search/posts?q=chuyen+hoa")).plain
        assert "của mai" in posts
        assert "của on" not in posts
        await found.suspend(net, "bao.example")
        assert "Mai Ánh" not in (await guest.get("/search?q=anh")).plain
        assert "của mai" not in (await guest.get("/search/posts?q=chuyen+hoa")).plain


async def test_odd_addresses_get_an_answer(engine: str) -> None:
    async with testrig.hub(engine, rate_limits=False) as hub, visiting(hub) as guest:
        await hub.set_up()
        for query in ('"', "-", "#", "@", "%00", "a" * 3000, "%f0%9f%8c%be", "';--", "l_vi", "*"):
            for path in ("/search", "/search/posts"):
                answer = await guest.get(f"{path}?q={query}&language=xx&host=%2F&time=-1")
                assert answer.status == 200, (path, query)
        assert (await guest.get("/search?q=x&after=zzz")).location == "/search?q=x"
        odd = ("/trends?hours=9999&language=%22", "/statistics?days=x", "/networks?from=-1&size=9")
        for path in odd:
            assert (await guest.get(path)).status == 200, path
        for path in ("/networks/none.example", "/join/none.example"):
            assert (await guest.get(path)).status == 404, path
        table = await guest.get("/statistics.csv")
        assert table.text.startswith("day,name,value")


async def test_somebody_sees_and_removes_what_is_held_about_them(engine: str) -> None:
    async with (
        testrig.hub(engine, rate_limits=False) as hub,
        testrig.network(engine, rate_limits=False) as home,
    ):
        await hub.set_up()
        await home.set_up()
        await home.create_account("mai")
        net, host = hub.network, home.network.settings.host
        mai = await home.account_id("mai")
        actor = await home.network.db.fetch_value(
            "SELECT uri FROM accounts WHERE id = :id", {"id": mai}
        )
        held = await found.person(net, f"mai@{host}", "Mai Ánh", uri=actor)
        post = await found.post(net, held, "Dã quỳ nở rồi")
        await hidden_trends.hide(net, None, "post", post.uri, rule="Điều 3", reason="Bán hoa")
        async with visiting(hub) as guest, visiting(hub) as stranger:
            await guest.get("/me")
            assert (await guest.post("/me", {"handle": f"khong@{host}"})).status == 422
            assert (await guest.post("/me", {"handle": f"@mai@{host}"})).location == "/me"
            page = await guest.get("/me")
            code = re.findall(r'<p class="code">([^<]*)</p>', page.text)[0]
            assert "Dã quỳ" not in page.plain
            early = await guest.post("/me/check")
            assert early.status == 422
            assert code in early.text
            assert (await guest.post("/me/remove")).status == 403
            await profiles.update(home.network, mai, Profile(note=f"Xin chào {code}"))
            assert (await guest.post("/me/check")).location == "/me"
            mine = (await guest.get("/me")).plain
            assert "Dã quỳ nở rồi" in mine
            assert actor in mine
            assert "Điều 3. Bán hoa" in mine
            assert actor not in (await stranger.get("/me")).plain
            assert (await stranger.post("/me/remove")).location == "/me"
            assert "Mai Ánh" in (await stranger.get("/search?q=mai")).plain
            assert (await guest.post("/me/remove", {"never": "1"})).location == "/me"
            after = (await guest.get("/me")).plain
            assert "Dã quỳ" not in after
            assert 'action="/me/permit"' in after
            assert "Mai Ánh" not in (await stranger.get("/search?q=mai")).plain
            assert (await guest.post("/me/permit")).location == "/me"
            assert 'action="/me/permit"' not in (await guest.get("/me")).plain
            assert (await guest.post("/me/end")).location == "/me"
            assert 'name="handle"' in (await guest.get("/me")).text


async def test_topics_of_the_relay_begin_and_end(engine: str) -> None:
    async with testrig.hub(engine, rate_limits=False) as hub:
        await opened(hub)
        async with visiting(hub, "lan") as lan, visiting(hub) as guest:
            await lan.get("/manage/relay")
            added = await lan.post("/manage/relay/hashtags", {"hashtag": "#mùagặt"})
            assert added.location == "/manage/relay", added.plain
            again = await lan.post("/manage/relay/hashtags", {"hashtag": "mùa gặt"})
            assert again.status == 422
            assert (await lan.post("/manage/relay/languages", {"language": "lo"})).status == 303
            shown = await guest.get("/relay")
            assert f"{hub.url}/inbox" in shown.plain
            assert "#" in shown.plain
            assert "ລາວ" in shown.plain
            ends = re.findall(
                r'action="(/manage/relay/\d+/end)"', (await lan.get("/manage/relay")).plain
            )
            assert len(ends) == 2
            assert (await guest.post(ends[0])).status in (401, 403)
            for path in ends:
                assert (await lan.post(path)).status == 303
            assert "ລາວ" not in (await guest.get("/relay")).text.split("</main>")[0]
            assert (await lan.post(ends[0])).status == 404
