"""Exploring, searching the alliance and the first day, on pages without scripts."""

import json
from urllib.parse import quote

import testrig
from consenting import person, post
from far_server import far_server
from noi.db import accounts
from noi.models.jobs import GatherTrends, SuggestPeople
from noi.services import alliance, asking, follows, preferences, relationships, suggestions, trends
from played_provider import ALL, Got, providing, use
from testrig import Rig
from visitor import visiting


async def account_flags(rig: Rig, name: str) -> tuple[bool, bool]:
    found = await accounts.get(rig.network.db, await rig.account_id(name))
    assert found
    return found.discoverable, found.indexable


async def test_the_first_day(engine: str) -> None:
    async with testrig.network(engine) as rig:
        await rig.set_up()
        people = [await person(rig, f"p{n}") for n in range(trends.MIN_PEOPLE)]
        for id_ in people:
            await post(rig, id_, "Mùa rồi #mùagặt")
        await trends.gather(rig.network, GatherTrends())
        await rig.create_account("lan")
        lan = await rig.account_id("lan")
        async with visiting(rig, "lan") as visitor:
            assert "/welcome" in (await visitor.get("/")).plain
            page = await visitor.get("/welcome")
            assert page.plain.count('name="account"') == trends.MIN_PEOPLE
            assert 'name="tag" value="mùagặt"' in page.plain
            assert "checked" not in page.text
            form = [("csrf", visitor.token), ("account", str(people[0])), ("account", "77")]
            form += [("account", str(lan)), ("tag", "mùagặt"), ("tag", "#?"), ("indexable", "1")]
            done = await visitor.ask("POST", "/welcome", data=form)
            assert (done.status, done.location) == (303, "/")
            assert await account_flags(rig, "lan") == (False, True)
            stand = await relationships.load_one(rig.network, lan, people[0])
            assert stand.following
            page = await visitor.get("/welcome")
            assert page.plain.count('name="account"') == trends.MIN_PEOPLE - 1
            assert page.text.count("checked") == 1
            # Nothing has to be chosen.
            assert (await visitor.post("/welcome", {"indexable": "1"})).location == "/"
        async with visiting(rig) as stranger:
            assert "/sign-in" in (await stranger.get("/welcome")).location


async def test_exploring_shows_why_and_what_is_dismissed_stays_away() -> None:
    async with testrig.network("sqlite") as rig:
        await rig.set_up()
        lan, mai, on = [await person(rig, name) for name in ("lan", "mai", "on")]
        await follows.follow(rig.network, lan, mai)
        await follows.follow(rig.network, mai, on)
        await suggestions.suggest(rig.network, SuggestPeople(lan))
        async with visiting(rig, "lan") as visitor:
            page = await visitor.get("/search?lang=en")
            assert "Followed by mai, whom you follow" in page.plain
            await visitor.post(f"/suggestions/{on}/dismiss", {"next": "/search"})
            assert "/@on" not in (await visitor.get("/search")).plain
            assert (await visitor.post("/suggestions/77/dismiss")).status == 404
        async with visiting(rig) as stranger:
            page = await stranger.get("/search")
            assert (page.status, "/@on" in page.plain) == (200, True)
            assert "/dismiss" not in page.plain


async def test_what_the_alliance_finds_is_marked_and_may_be_left_out() -> None:
    async with testrig.network("sqlite") as rig, providing() as played, far_server() as far:
        await rig.set_up()
        played.capabilities = (*ALL, "post_search")
        provider_id = await use(rig, played)
        await alliance.switch(rig.network, None, provider_id, "post_search", True)
        await rig.work()
        lan = await person(rig, "lan")
        consent = {"discoverable": True, "indexable": True}
        mai = far.person("mai", **consent)["id"]
        note = far.note("mai", 1, content="<p>Hoa dã quỳ nở</p>")["id"]
        told = {"account": json.dumps([mai]).encode(), "post_search": json.dumps([note]).encode()}

        def answer(got: Got) -> tuple[int, bytes] | None:
            name = got.path[1:].partition("_search/")[0]
            body = told.get(name) or told.get(f"{name}_search")
            return (200, body) if body and "/v0/search" in got.path else None

        played.answer = answer
        async with visiting(rig, "lan") as visitor:
            played.hold.clear()
            page = await visitor.get("/search?q=hoa&lang=en")
            assert "Look again" in page.plain
            played.hold.set()
            await asking.settled(rig.network)
            await rig.work()
            page = await visitor.get("/search?q=hoa&lang=en")
            assert "From other networks, found by Tìm quanh" in page.plain
            assert f"/@mai@{quote(far.domain)}" in page.plain
            assert "Hoa dã quỳ nở" in page.plain
            assert "Look again" not in page.plain
            form = await visitor.get("/settings/privacy")
            assert 'name="asks_alliance" value="1" checked' in form.text
            assert "Tìm quanh" in form.plain
            await visitor.post("/settings/privacy", {"default_visibility": "public"})
            assert not await preferences.asks_alliance(rig.network, lan)
            page = await visitor.get("/search?q=hoa&lang=en")
            assert "found by" not in page.plain
