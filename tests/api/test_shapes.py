"""That every entity has exactly its keys, and values of the right kinds."""

from typing import Any

import aiohttp
import pytest

import shapes
import testrig
from media.samples import encoded
from noi.models.ids import now_ms


class App:
    """A signed-in app, or with an empty token a stranger's."""

    def __init__(self, rig: testrig.Rig, token: str = "") -> None:
        self._rig = rig
        self._token = token

    async def get(self, path: str, **query: str) -> Any:
        return await self._call("GET", path, params=query)

    async def post(self, path: str, **body: Any) -> Any:
        return await self._call("POST", path, json=body)

    async def upload(self, path: str, **parts: Any) -> Any:
        form = aiohttp.FormData()
        for name, value in parts.items():
            form.add_field(name, value, filename="a" if isinstance(value, bytes) else None)
        return await self._call("POST", path, data=form)

    async def _call(self, method: str, path: str, **options: Any) -> Any:
        async with (
            self._rig.client(self._token) as client,
            client.request(method, f"/api/v1{path}", **options) as answer,
        ):
            body = await answer.json()
            assert answer.status in (200, 202), (answer.status, body)
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            return body


@pytest.fixture
async def an(rig: testrig.Rig) -> App:
    return App(rig, await rig.create_account("an"))


@pytest.fixture
async def lan(rig: testrig.Rig) -> App:
    return App(rig, await rig.create_account("lan"))


async def test_accounts(rig: testrig.Rig, an: App, lan: App) -> None:
    shapes.check(await an.get("/accounts/verify_credentials"), shapes.CREDENTIAL_ACCOUNT)
    await an.post("/statuses", status="Có ngày đăng cuối")
    an_id, lan_id = [str(await rig.account_id(name)) for name in ("an", "lan")]
    shapes.check(await App(rig).get(f"/accounts/{an_id}"), shapes.ACCOUNT)
    shapes.check(await an.get("/accounts/relationships", id=lan_id), [shapes.RELATIONSHIP])
    for verb in ("follow", "block", "unblock", "mute"):
        shapes.check(await an.post(f"/accounts/{lan_id}/{verb}"), shapes.RELATIONSHIP, verb)
    (muted,) = await an.get("/mutes")
    shapes.check(muted, shapes.MUTED_ACCOUNT)
    await an.post(f"/accounts/{lan_id}/mute", duration=3600)
    (muted,) = await an.get("/mutes")
    shapes.check(muted, {**shapes.MUTED_ACCOUNT, "mute_expires_at": "time"})
    shapes.check(await an.get("/preferences"), shapes.PREFERENCES)


async def test_statuses(rig: testrig.Rig, an: App, lan: App) -> None:
    photo = await an.upload("/media", file=encoded("jpeg"), description="Bốn màu")
    shapes.check(photo, {**shapes.MEDIA, "url": "null", "preview_url": "null"})
    await rig.work()
    ready = await an.get(f"/media/{photo['id']}")
    shapes.check(ready, {**shapes.MEDIA, "url": "url", "preview_url": "url", "blurhash": "text"})
    assert set(ready["meta"]) == {"original", "small", "focus"}
    status = await an.post(
        "/statuses", status="Chào @lan #HàNội https://example.org", media_ids=[photo["id"]]
    )
    shapes.check(status, shapes.OWN_STATUS)
    path = f"/statuses/{status['id']}"
    shapes.check(await lan.get(path), shapes.OWN_STATUS)
    shapes.check(await App(rig).get(path), shapes.STATUS)
    shapes.check(await lan.post(f"{path}/reblog"), shapes.OWN_REBLOG)
    lan_id = await rig.account_id("lan")
    (reblog,) = await App(rig).get(f"/accounts/{lan_id}/statuses")
    shapes.check(reblog, shapes.REBLOG)
    for verb in ("favourite", "bookmark", "mute", "unmute", "unbookmark", "unfavourite"):
        shapes.check(await lan.post(f"{path}/{verb}"), shapes.OWN_STATUS, verb)
    shapes.check(await an.get(f"{path}/source"), shapes.SOURCE)
    shapes.check(await an.get(f"{path}/history"), [shapes.EDIT])
    await lan.post("/statuses", status="Đáp", in_reply_to_id=status["id"])
    context = {"ancestors": [shapes.OWN_STATUS], "descendants": [shapes.OWN_STATUS]}
    shapes.check(await an.get(f"{path}/context"), context)
    shapes.check(await an.get("/statuses", **{"id[]": status["id"]}), [shapes.OWN_STATUS])


async def test_polls_and_scheduled(rig: testrig.Rig, an: App, lan: App) -> None:
    poll = {"options": ["Phở", "Bún"], "expires_in": 600, "hide_totals": True}
    status = await an.post("/statuses", status="?", poll=poll)
    shapes.check(status["poll"], shapes.OWN_POLL)
    path = f"/polls/{status['poll']['id']}"
    shapes.check(await App(rig).get(path), shapes.POLL)
    shapes.check(await lan.post(f"{path}/votes", choices=["1"]), shapes.OWN_POLL)
    later = now_ms() // 1000 + 3600
    at = {"scheduled_at": f"2099-01-01T00:00:00.{later % 1000:03}Z"}
    for body in ({"status": "Sau"}, {"status": "?", "poll": poll}):
        shapes.check(await an.post("/statuses", **body, **at), shapes.SCHEDULED)
    assert len(await an.get("/scheduled_statuses")) == 2


async def test_notifications_and_conversations(rig: testrig.Rig, an: App, lan: App) -> None:
    status = await an.post("/statuses", status="Chào")
    for verb in ("favourite", "reblog"):
        await lan.post(f"/statuses/{status['id']}/{verb}")
    await lan.post(f"/accounts/{await rig.account_id('an')}/follow")
    await lan.post("/statuses", status="@an riêng", visibility="direct")
    await rig.work()
    found = await an.get("/notifications")
    assert len(found) == 4
    shapes.check(found, [shapes.NOTIFICATION])
    assert {line["type"] for line in found if "status" not in line} == {"follow"}
    shapes.check(await an.get("/conversations"), [shapes.CONVERSATION])
    marker = await an.post("/markers", notifications={"last_read_id": found[0]["id"]})
    shapes.check(marker, {"notifications": shapes.MARKER})


async def test_lists_filters_and_tags(rig: testrig.Rig, an: App, lan: App) -> None:
    shapes.check(await an.post("/lists", title="Lớp"), shapes.LIST)
    made = await an.post("/filters", phrase="kết", context=["home"], expires_in=60)
    shapes.check(made, {**shapes.FILTER_V1, "expires_at": "time"})
    await an.post("/filters", phrase="bóng", context=["public"])
    await lan.post("/statuses", status="Đá bóng #bóng")
    (status,) = await an.get("/timelines/public")
    shapes.check(status, shapes.OWN_STATUS)
    assert len(status["filtered"]) == 1
    shapes.check(await App(rig).get("/tags/bóng"), shapes.TAG)
    shapes.check(await an.get("/tags/bóng"), shapes.OWN_TAG)
    shapes.check(await an.post("/tags/bóng/follow"), shapes.OWN_TAG)
    shapes.check(await an.get("/followed_tags"), [shapes.OWN_TAG])
    shapes.check(await lan.post("/featured_tags", name="bóng"), shapes.FEATURED_TAG)
    report = await an.post("/reports", account_id=str(await rig.account_id("lan")))
    shapes.check(report, shapes.REPORT)


async def test_filters_of_the_second_version(rig: testrig.Rig, an: App) -> None:
    async with rig.client(await rig.create_account("minh")) as client:
        body = {"title": "Lọc", "context": ["home"], "keywords_attributes": [{"keyword": "x"}]}
        async with client.post("/api/v2/filters", json=body) as answer:
            shapes.check(await answer.json(), shapes.FILTER)
        async with client.get("/api/v2/search", params={"q": "x"}) as answer:
            found = {"accounts": ["any"], "statuses": ["any"], "hashtags": ["any"]}
            shapes.check(await answer.json(), {**found, "collections": ["any"]})


async def test_apps_and_tokens(rig: testrig.Rig) -> None:
    made = await App(rig).post(
        "/apps", client_name="Ứng dụng", redirect_uris=["https://app.example/"], scopes="read"
    )
    shapes.check(made, shapes.APPLICATION)
    credentials = {key: made[key] for key in ("client_id", "client_secret")}
    body = {**credentials, "grant_type": "client_credentials"}
    async with rig.client() as client, client.post("/oauth/token", data=body) as answer:
        token = await answer.json()
    shapes.check(token, shapes.TOKEN)
    own = await App(rig, token["access_token"]).get("/apps/verify_credentials")
    hidden = {"client_id", "client_secret", "client_secret_expires_at"}
    visible = {key: shape for key, shape in shapes.APPLICATION.items() if key not in hidden}
    shapes.check(own, visible)
