"""Accounts, profiles and sign-up through HTTP."""

import io
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import msgspec
import pytest
import pyvips

import testrig
from noi.services import settings

KEYS = {
    *("id", "username", "acct", "display_name", "locked", "bot", "discoverable", "indexable"),
    *("group", "created_at", "note", "url", "uri", "avatar", "avatar_static", "header"),
    *("header_static", "followers_count", "following_count", "statuses_count", "last_status_at"),
    *("hide_collections", "emojis", "fields", "noindex", "roles", "avatar_description"),
    *("header_description", "show_media", "show_media_replies", "show_featured"),
}


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    settings.forget()
    async with testrig.network(engine) as rig:
        yield rig


async def call(
    rig: testrig.Rig, method: str, path: str, token: str = "", **options: Any
) -> tuple[int, Any]:
    async with rig.client(token) as client, client.request(method, path, **options) as answer:
        return answer.status, await answer.json()


def picture(width: int = 60, height: int = 40) -> bytes:
    image: Any = pyvips.Image.black(width, height, bands=3)  # pyright: ignore
    return image.pngsave_buffer()


async def test_own_account(rig: testrig.Rig) -> None:
    token = await rig.create_account("lan")
    status, me = await call(rig, "GET", "/api/v1/accounts/verify_credentials", token)
    assert status == 200
    assert set(me) == KEYS | {"source", "role"}
    assert me["created_at"].endswith("T00:00:00.000Z")
    assert (me["acct"], me["url"]) == ("lan", f"{rig.url}/@lan")
    assert me["source"]["privacy"] == "public"
    assert me["role"] == {
        "id": "-99",
        "name": "",
        "color": "",
        "permissions": "65536",
        "highlighted": False,
    }
    assert me["avatar"].startswith(f"{rig.url}/static/avatar.")


async def test_others_see_the_account(rig: testrig.Rig) -> None:
    await rig.create_account("mai", "moderator")
    id_ = await rig.account_id("mai")
    for path in (f"/api/v1/accounts/{id_}", "/api/v1/accounts/lookup?acct=@MAI"):
        status, found = await call(rig, "GET", path)
        assert (status, found["id"], set(found)) == (200, str(id_), KEYS)
        assert found["roles"] == [{"id": "1", "name": "Moderator", "color": ""}]
    many = await call(rig, "GET", f"/api/v1/accounts?id[]={id_}&id[]=1&id[]=x")
    assert (many[0], [found["id"] for found in many[1]]) == (200, [str(id_)])
    for path in ("/api/v1/accounts/1", "/api/v1/accounts/x", "/api/v1/accounts/lookup?acct=no"):
        assert await call(rig, "GET", path) == (404, {"error": "Record not found"})
    assert (await call(rig, "GET", "/api/v1/accounts/lookup"))[0] == 400


async def test_disabled_and_deleted_accounts(rig: testrig.Rig) -> None:
    token = await rig.create_account("lan")
    path = f"/api/v1/accounts/{await rig.account_id('lan')}"
    said = {
        "display_name": "Lan",
        "note": "Xấu",
        "fields_attributes": [{"name": "a", "value": "b"}],
    }
    changing = "/api/v1/accounts/update_credentials"
    assert (await call(rig, "PATCH", changing, token, json=said))[1]["display_name"] == "Lan"
    await rig.network.db.execute("UPDATE accounts SET state = 2, revision = revision + 1")
    found = (await call(rig, "GET", path))[1]
    assert found["suspended"] is True
    assert (found["display_name"], found["note"], found["fields"]) == ("", "", [])
    status, answer = await call(rig, "GET", "/api/v1/accounts/verify_credentials", token)
    assert (status, answer["error"]) == (403, "Your login is currently disabled")
    await rig.network.db.execute("UPDATE accounts SET state = 3")
    assert (await call(rig, "GET", path))[0] == 404
    assert (await call(rig, "GET", "/api/v1/accounts/verify_credentials", token))[0] == 401


async def test_profile_is_changed_by_a_form(rig: testrig.Rig) -> None:
    token = await rig.create_account("lan")
    await rig.create_account("nam")
    form = aiohttp.FormData()
    for name, value in {
        "display_name": "  Nguyễn Thị  Lan ",
        "note": "Xin chào @nam #HàNội\nhttps://lan.example",
        "fields_attributes[0][name]": "Làng",
        "fields_attributes[0][value]": "https://tanloc.example",
        "fields_attributes[1][name]": "",
        "fields_attributes[1][value]": "",
        "source[privacy]": "private",
        "source[sensitive]": "true",
        "source[language]": "vi",
        "locked": "1",
        "bot": "false",
        "discoverable": "true",
        "avatar_description": "Tôi",
    }.items():
        form.add_field(name, value)
    form.add_field("avatar", io.BytesIO(picture()), filename="a.png", content_type="image/png")
    path = "/api/v1/accounts/update_credentials"
    status, me = await call(rig, "PATCH", path, token, data=form)
    assert status == 200, me
    assert (me["display_name"], me["locked"], me["bot"]) == ("Nguyễn Thị Lan", True, False)
    assert f'href="{rig.url}/@nam"' in me["note"]
    assert me["source"]["note"] == "Xin chào @nam #HàNội\nhttps://lan.example"
    (field,) = me["fields"]
    assert field["name"] == "Làng"
    assert 'rel="nofollow noopener me"' in field["value"]
    assert me["source"]["fields"][0]["value"] == "https://tanloc.example"
    assert (me["source"]["privacy"], me["source"]["sensitive"]) == ("private", True)
    assert (me["source"]["language"], me["avatar_description"]) == ("vi", "Tôi")
    assert me["avatar"].startswith(f"{rig.url}/media/avatars/")
    revision = await rig.network.db.fetch_value(
        "SELECT revision FROM accounts WHERE username = 'lan'"
    )
    assert revision > 1


async def test_profile_is_changed_by_json_in_part(rig: testrig.Rig) -> None:
    token = await rig.create_account("lan")
    path = "/api/v1/accounts/update_credentials"
    fields = [{"name": f"{n}", "value": "x"} for n in range(3)]
    await call(rig, "PATCH", path, token, json={"note": "a", "fields_attributes": fields})
    status, me = await call(rig, "PATCH", path, token, json={"display_name": "L :x:"})
    assert (status, me["source"]["note"], len(me["fields"])) == (200, "a", 3)
    me = (await call(rig, "PATCH", path, token, json={"fields_attributes": []}))[1]
    assert me["fields"] == []


@pytest.mark.parametrize(
    "change",
    [
        {"display_name": "a" * 101},
        {"note": "a" * 1001},
        {"fields_attributes": [{"name": "a", "value": "b"}] * 5},
        {"fields_attributes": [{"name": "", "value": "b"}]},
        {"source": {"privacy": "secret"}},
        {"source": {"language": "klingon!"}},
        {"source": "x"},
        {"display_name": {"a": 1}},
    ],
)
async def test_what_a_profile_cannot_be(change: dict[str, Any]) -> None:
    async with testrig.network("sqlite") as rig:
        token = await rig.create_account("lan")
        path = "/api/v1/accounts/update_credentials"
        assert (await call(rig, "PATCH", path, token, json=change))[0] == 422


async def test_pictures_come_and_go(rig: testrig.Rig) -> None:
    token = await rig.create_account("lan")
    form = aiohttp.FormData()
    form.add_field("header", io.BytesIO(picture(90, 30)), filename="h.jpg")
    form.add_field("avatar", io.BytesIO(picture()), filename="a.png")
    status, profile = await call(rig, "PATCH", "/api/v1/profile", token, data=form)
    assert (status, profile["header"] is None, profile["avatar"] is None) == (200, False, False)
    key = await rig.network.db.fetch_value("SELECT avatar FROM accounts")
    assert rig.network.storage.exists(key)
    for name in ("avatar", "header"):
        status, me = await call(rig, "DELETE", f"/api/v1/profile/{name}", token)
        assert (status, f"/static/{name}." in me[name]) == (200, True)
    assert not rig.network.storage.exists(key)
    assert (await call(rig, "GET", "/api/v1/profile", token))[1]["avatar"] is None
    form = aiohttp.FormData()
    form.add_field("avatar", io.BytesIO(b"<svg/>"), filename="a.png", content_type="image/png")
    status, answer = await call(
        rig, "PATCH", "/api/v1/accounts/update_credentials", token, data=form
    )
    assert (status, list(answer["details"])) == (422, ["avatar"])


async def app_token(rig: testrig.Rig) -> str:
    body = {
        "client_name": "a",
        "redirect_uris": "urn:ietf:wg:oauth:2.0:oob",
        "scopes": "read write",
    }
    app = (await call(rig, "POST", "/api/v1/apps", json=body))[1]
    body = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "scope": "read write",
    }
    return (await call(rig, "POST", "/oauth/token", json=body))[1]["access_token"]


SIGN_UP = {
    "username": "lan",
    "email": "lan@example.org",
    "password": "một hai ba bốn",
    "agreement": "true",
    "locale": "vi",
}


async def test_sign_up_by_an_app(rig: testrig.Rig) -> None:
    token = await app_token(rig)
    status, answer = await call(rig, "POST", "/api/v1/accounts", token, data=SIGN_UP)
    assert (status, set(answer)) == (403, {"error"})
    await rig.set_up()
    wrong = {**SIGN_UP, "username": "", "agreement": "false"}
    status, answer = await call(rig, "POST", "/api/v1/accounts", token, data=wrong)
    assert (status, set(answer["details"])) == (422, {"username", "agreement"})
    assert answer["details"]["agreement"][0]["error"] == "ERR_ACCEPTED"
    status, answer = await call(rig, "POST", "/api/v1/accounts", token, data=SIGN_UP)
    assert (status, answer["scope"]) == (200, "read write")
    own = answer["access_token"]
    assert (await call(rig, "GET", "/api/v1/accounts/verify_credentials", own))[0] == 200
    assert (await call(rig, "POST", "/api/v1/accounts", own, data=SIGN_UP))[0] == 403
    assert await call(rig, "GET", "/api/v1/emails/check_confirmation", own) == (200, True)


async def test_token_waits_for_the_confirmation(engine: str) -> None:
    settings.forget()
    async with testrig.network(engine, smtp="smtp://127.0.0.1:1") as rig:
        await rig.set_up()
        token = await app_token(rig)
        answer = (await call(rig, "POST", "/api/v1/accounts", token, data=SIGN_UP))[1]
        own = answer["access_token"]
        status, refusal = await call(rig, "GET", "/api/v1/accounts/verify_credentials", own)
        assert (status, "e-mail" in refusal["error"]) == (403, True)
        other, text = await rig.create_account("an"), f"@{SIGN_UP['username']} chào"
        posted = (await call(rig, "POST", "/api/v1/statuses", other, data={"status": text}))[1]
        assert posted["mentions"] == []
        assert await call(rig, "GET", "/api/v1/emails/check_confirmation", own) == (200, False)
        again = await call(
            rig, "POST", "/api/v1/emails/confirmations", own, json={"email": "l@b.c"}
        )
        assert again == (200, {})
        sql = "SELECT payload FROM jobs WHERE name = 'SendMail' ORDER BY id DESC"
        letter = msgspec.json.decode(await rig.network.db.fetch_value(sql))
        assert letter["to"] == "l@b.c"
