"""Two networks and the hub of their alliance, over real sockets: what people feel of it."""

from typing import Any

import testrig
from allied import join, settle
from consenting import person, post
from hub.sharing import far_member
from noi.models.hub_jobs import CountTrends
from noi.models.ids import now_ms
from noi.models.jobs import GatherTrends, SuggestPeople
from noi.services import asking, profiles, suggestions, trends
from noi.services.hub import charters
from noi.services.hub import trends as counting
from noi.services.profiles import Profile
from testrig import Rig
from visitor import visiting


async def found(rig: Rig, token: str, query: str) -> tuple[set[str], set[str]]:
    """Names of people and texts of posts that the API finds, when all is fetched."""
    told: dict[str, list[dict[str, Any]]] = {}
    for _ in range(2):
        async with rig.client(token) as client:
            answer = await client.get("/api/v2/search", params={"q": query})
            told = await answer.json()
        await asking.settled(rig.network)
        await rig.work()
    return {one["acct"] for one in told["accounts"]}, {one["uri"] for one in told["statuses"]}


async def test_a_person_is_found_followed_and_read_through_the_hub(engine: str) -> None:
    async with (
        testrig.network(engine) as here,
        testrig.network(engine) as there,
        testrig.hub(engine) as hub,
    ):
        await here.set_up()
        await there.set_up()
        await charters.publish(hub.network, {"vi": "# Hiến chương"}, None)
        token = await here.create_account("lan")
        lan = await here.account_id("lan")
        mai = await person(there, "mai")
        await profiles.update(there.network, mai, Profile(note="Chụp hoa dã quỳ"))
        made = await post(there, mai, "Dã quỳ nở vàng đường lên núi")
        await join(here, hub)
        await join(there, hub)
        uri, host = f"{there.url}/users/mai", there.network.settings.host
        people, posts = await found(here, token, "dã quỳ")
        assert (people, posts) == ({f"mai@{host}"}, {f"{uri}/statuses/{made}"})
        # Suggested too: by language, for the hub is not told who asks.
        await suggestions.suggest(here.network, SuggestPeople(lan))
        said = await suggestions.fetch(here.network, lan, 10)
        assert [one.provider != "" for one in said] == [True]
        async with here.client(token) as client:
            told = await (await client.get("/api/v2/suggestions")).json()
            assert [one["account"]["acct"] for one in told] == [f"mai@{host}"]
            id_ = told[0]["account"]["id"]
            assert (await client.post(f"/api/v1/accounts/{id_}/follow")).status == 200
            for _ in range(2):
                await here.work()
                await there.work()
            await post(there, mai, "Sáng nay sương dày")
            await there.work()
            await here.work()
            home = await (await client.get("/api/v1/timelines/home")).json()
            assert "Sáng nay sương dày" in home[0]["content"]
            assert await (await client.get("/api/v2/suggestions")).json() == []
        # She takes her consent back, and is gone everywhere.
        began = now_ms()
        await profiles.update(there.network, mai, Profile(discoverable=False, indexable=False))
        await there.work()
        await hub.work()
        await here.work()
        assert now_ms() - began < 60_000
        for table in ("hub_accounts", "hub_posts"):
            assert await hub.network.db.fetch_all(f"SELECT uri FROM {table}") == []
        assert (await found(here, token, "dã quỳ nở"))[1] == set()


async def test_trends_of_a_hub_reach_its_members() -> None:
    async with (
        testrig.network("sqlite") as first,
        testrig.network("sqlite") as second,
        testrig.network("sqlite") as third,
        testrig.hub("sqlite") as hub,
    ):
        await charters.publish(hub.network, {"vi": "# Hiến chương"}, None)
        rigs = (first, second, third)
        pairs = [(rig, await join(rig, hub)) for rig in rigs]
        for n in range(12):
            await post(rigs[n % 3], await person(rigs[n % 3], f"p{n}"), "Mùa rồi #MùaGặt")
        for rig, provider_id in pairs:
            await settle(rig, hub, provider_id)
        await counting.count(hub.network, CountTrends())
        await trends.gather(first.network, GatherTrends())
        async with first.client() as client:
            tags = await (await client.get("/api/v1/trends/tags")).json()
        assert [tag["name"] for tag in tags] == ["mùagặt"]
        # Only four have used it here, and that is what is told.
        assert tags[0]["history"][0]["accounts"] == "4"


async def test_the_first_day_offers_people_groups_and_topics_of_the_alliance(engine: str) -> None:
    async with (
        testrig.network(engine) as here,
        testrig.hub(engine) as hub,
        far_member() as town,
        visiting(here) as newcomer,
    ):
        await here.set_up()
        await charters.publish(hub.network, {"vi": "# Hiến chương"}, None)
        joined = await join(here, hub)
        await town.join(hub)
        summary = "<p>Chuyện của cả làng và mọi người trong xóm</p>"
        town.consenting("lang", type="Group", summary=summary)
        town.consenting("kin", type="Group", discoverable=False)
        town.consenting("mai", summary=summary)
        uris = [f"{town.origin}/users/{name}" for name in ("lang", "kin", "mai")]
        await town.announce(hub, *uris, category="account")
        await settle(here, hub, joined)
        await newcomer.get("/sign-up")
        done = await newcomer.post(
            "/sign-up",
            {"username": "moi", "email": "moi@x.example", "password": "mật khẩu để thử",
             "agreement": "1"},
        )  # fmt: skip
        assert done.location == "/welcome", done.plain
        await here.work()
        page = await newcomer.get("/welcome")
        groups = page.plain.split("<legend>Nhóm</legend>")[1].split("</fieldset>")[0]
        people = page.plain.split("<legend>Mọi người</legend>")[1].split("</fieldset>")[0]
        assert f"@lang@{town.domain}" in groups
        assert f"@mai@{town.domain}" in people
        assert "@kin@" not in page.plain
        chosen = groups.split('name="account" value="')[1].split('"')[0]
        await newcomer.post("/welcome", {"account": chosen})
        moi = await here.account_id("moi")
        rows = await here.network.db.fetch_all(
            "SELECT target_id FROM follow_requests WHERE account_id = :id"
            " UNION SELECT target_id FROM follows WHERE account_id = :id",
            {"id": moi},
        )
        assert rows == [(int(chosen),)]
