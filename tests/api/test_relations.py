"""Follows, requests, blocks, mutes, domain blocks, endorsements and notes through HTTP."""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

import testrig
from calling import answer, call
from noi.models.accounts import AccountState

RELATIONSHIP = {
    "id",
    "following",
    "showing_reblogs",
    "notifying",
    "languages",
    "followed_by",
    "blocking",
    "blocked_by",
    "muting",
    "muting_notifications",
    "muting_expires_at",
    "requested",
    "requested_by",
    "domain_blocking",
    "endorsed",
    "note",
}


class People:
    """Three people of one network, each with an app."""

    def __init__(self, rig: testrig.Rig) -> None:
        self.rig = rig
        self.apps: dict[str, aiohttp.ClientSession] = {}
        self.ids: dict[str, int] = {}

    async def call(self, name: str, method: str, path: str, **options: Any) -> Any:
        return await call(self.apps[name], method, path, **options)

    async def status(self, name: str, method: str, path: str, **options: Any) -> int:
        code, body = await answer(self.apps[name], method, path, **options)
        assert set(body) >= {"error"} or code == 200
        return code

    async def act(self, name: str, verb: str, other: str, **options: Any) -> Any:
        path = f"/api/v1/accounts/{self.ids[other]}/{verb}"
        return await self.call(name, "POST", path, **options)


@pytest.fixture
async def people() -> AsyncGenerator[People]:
    async with testrig.network("sqlite") as rig:
        people = People(rig)
        for name in ("an", "binh", "chi"):
            people.apps[name] = rig.client(await rig.create_account(name))
            people.ids[name] = await rig.account_id(name)
        yield people
        for app in people.apps.values():
            await app.close()


async def test_following_changes_the_relationship(people: People) -> None:
    found = await people.act("an", "follow", "binh", json={"reblogs": False, "languages": ["vi"]})
    assert set(found) == RELATIONSHIP
    assert found["id"] == str(people.ids["binh"])
    assert (found["following"], found["showing_reblogs"], found["languages"]) == (
        True,
        False,
        ["vi"],
    )
    found = await people.act("an", "follow", "binh", data={"notify": "true"})
    assert (found["showing_reblogs"], found["notifying"]) == (False, True)
    (theirs,) = await people.call(
        "binh", "GET", f"/api/v1/accounts/relationships?id[]={people.ids['an']}&id[]=4"
    )
    assert theirs["followed_by"]
    found = await people.act("binh", "remove_from_followers", "an")
    assert not found["followed_by"]
    found = await people.act("an", "follow", "binh")
    found = await people.act("an", "unfollow", "binh")
    assert not found["following"]
    account = await people.call("an", "GET", f"/api/v1/accounts/{people.ids['binh']}")
    assert account["followers_count"] == 0


async def test_followers_are_paged_by_link(people: People) -> None:
    for fan in ("an", "chi"):
        await people.act(fan, "follow", "binh")
    path = f"/api/v1/accounts/{people.ids['binh']}/followers"
    async with people.rig.client() as stranger, stranger.get(f"{path}?limit=1") as answer:
        assert [one["username"] for one in await answer.json()] == ["chi"]
        older = answer.links["next"]["url"]
    async with people.rig.client() as stranger, stranger.get(str(older)) as answer:
        assert [one["username"] for one in await answer.json()] == ["an"]
        newer = answer.links["prev"]["url"]
    async with people.rig.client() as stranger, stranger.get(str(newer)) as answer:
        assert [one["username"] for one in await answer.json()] == ["chi"]
    following = f"/api/v1/accounts/{people.ids['an']}/following"
    assert len(await people.call("chi", "GET", following)) == 1
    assert await people.status("an", "GET", f"{path}?limit=-1") == 400
    assert await people.status("an", "GET", "/api/v1/accounts/x/followers") == 404
    familiar = f"/api/v1/accounts/familiar_followers?id[]={people.ids['binh']}"
    assert await people.call("an", "GET", familiar) == [
        {"id": str(people.ids["binh"]), "accounts": []}
    ]


async def test_requests_are_accepted_or_rejected(people: People) -> None:
    await people.call("binh", "PATCH", "/api/v1/accounts/update_credentials", data={"locked": "1"})
    for fan in ("an", "chi"):
        assert (await people.act(fan, "follow", "binh"))["requested"]
    waiting = await people.call("binh", "GET", "/api/v1/follow_requests")
    assert [one["username"] for one in waiting] == ["chi", "an"]
    path = "/api/v1/follow_requests/{}/{}"
    accepted = await people.call("binh", "POST", path.format(people.ids["an"], "authorize"))
    assert accepted["followed_by"] and not accepted["requested_by"]
    rejected = await people.call("binh", "POST", path.format(people.ids["chi"], "reject"))
    assert not rejected["followed_by"]
    assert await people.status("binh", "POST", path.format(people.ids["chi"], "reject")) == 404


async def test_an_unlocked_account_lets_everyone_follow_who_asked(engine: str) -> None:
    async with (
        testrig.network(engine) as rig,
        rig.client(await rig.create_account("binh")) as binh,
    ):
        await change_locked(binh, "1")
        path = f"/api/v1/accounts/{await rig.account_id('binh')}/follow"
        for name in ("an", "chi", "dung"):
            async with rig.client(await rig.create_account(name)) as fan:
                assert (await call(fan, "POST", path))["requested"]
        await rig.work()
        limited = {"state": AccountState.LIMITED, "id": await rig.account_id("chi")}
        await rig.network.db.execute("UPDATE accounts SET state = :state WHERE id = :id", limited)
        await change_locked(binh, "0")
        await rig.work()
        waiting = await call(binh, "GET", "/api/v1/follow_requests")
        assert [one["username"] for one in waiting] == ["chi"]
        me = await call(binh, "GET", "/api/v1/accounts/verify_credentials")
        assert me["followers_count"] == 2
        told = await call(binh, "GET", "/api/v1/notifications")
        assert {row["account"]["username"] for row in told} <= {"chi"}


async def change_locked(app: aiohttp.ClientSession, locked: str) -> None:
    path = "/api/v1/accounts/update_credentials"
    await call(app, "PATCH", path, data={"locked": locked})


async def test_blocks(people: People) -> None:
    await people.act("an", "follow", "binh")
    assert (await people.act("binh", "block", "an"))["blocking"]
    path = f"/api/v1/accounts/{people.ids['binh']}/follow"
    assert await people.status("an", "POST", path) == 403
    assert [one["username"] for one in await people.call("binh", "GET", "/api/v1/blocks")] == ["an"]
    assert not (await people.act("binh", "unblock", "an"))["blocking"]
    assert await people.status("binh", "POST", "/api/v1/accounts/12/block") == 404


async def test_mutes(people: People) -> None:
    found = await people.act("an", "mute", "binh", json={"notifications": False, "duration": 3600})
    assert found["muting"] and not found["muting_notifications"]
    (muted,) = await people.call("an", "GET", "/api/v1/mutes")
    assert muted["username"] == "binh"
    assert found["muting_expires_at"] is not None
    assert muted["mute_expires_at"] == found["muting_expires_at"]
    found = await people.act("an", "mute", "binh")
    assert found["muting_notifications"] and found["muting_expires_at"] is None
    assert not (await people.act("an", "unmute", "binh"))["muting"]


async def test_domain_blocks(people: People) -> None:
    path = "/api/v1/domain_blocks"
    await people.call("an", "POST", path, data={"domain": "Xa.Example"})
    assert await people.call("an", "GET", path) == ["xa.example"]
    assert await people.call("an", "GET", f"{path}/preview?domain=xa.example") == {
        "following_count": 0,
        "followers_count": 0,
    }
    await people.call("an", "DELETE", path, params={"domain": "xa.example"})
    assert await people.call("an", "GET", path) == []
    assert await people.status("an", "POST", path) == 400
    assert await people.status("an", "POST", path, data={"domain": "a b"}) == 422


@pytest.mark.parametrize(("on", "off"), [("endorse", "unendorse"), ("pin", "unpin")])
async def test_endorsements(people: People, on: str, off: str) -> None:
    path = f"/api/v1/accounts/{people.ids['binh']}/{on}"
    assert await people.status("an", "POST", path) == 422
    await people.act("an", "follow", "binh")
    assert (await people.act("an", on, "binh"))["endorsed"]
    shown = f"/api/v1/accounts/{people.ids['an']}/endorsements"
    for name, where in (("an", "/api/v1/endorsements"), ("chi", shown)):
        assert [one["username"] for one in await people.call(name, "GET", where)] == ["binh"]
    assert not (await people.act("an", off, "binh"))["endorsed"]


async def test_notes_and_preferences(people: People) -> None:
    assert (await people.act("an", "note", "binh", json={"comment": "Ở Huế"}))["note"] == "Ở Huế"
    found = await people.call("an", "GET", "/api/v1/preferences")
    assert found["posting:default:visibility"] == "public"
    assert found["reading:expand:media"] == "default"


async def test_reading_positions(people: People) -> None:
    path = "/api/v1/markers"
    made = await people.call("an", "POST", path, data={"home[last_read_id]": "17"})
    assert set(made) == {"home"}
    assert (made["home"]["last_read_id"], made["home"]["version"]) == ("17", 1)
    both = {"home": {"last_read_id": "3"}, "notifications": {"last_read_id": "5"}}
    await people.call("an", "POST", path, json=both)
    query = f"{path}?timeline[]=home&timeline[]=notifications"
    found = await people.call("an", "GET", query)
    assert {name: mark["last_read_id"] for name, mark in found.items()} == {
        "home": "3",
        "notifications": "5",
    }
    assert found["home"]["version"] == 2
    assert await people.call("binh", "GET", query) == {}


async def test_tokens_are_needed(people: People) -> None:
    paths = ("/api/v1/blocks", "/api/v1/mutes", "/api/v1/lists", "/api/v1/notifications")
    async with people.rig.client() as stranger:
        for path in paths:
            async with stranger.get(path) as answer:
                assert answer.status == 401
