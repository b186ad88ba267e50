"""OAuth and app registration, as an app does it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

import testrig
from noi.services import oauth

BACK = "https://app.example/back"


@pytest.fixture
async def rig(engine: str) -> AsyncGenerator[testrig.Rig]:
    async with testrig.network(engine) as rig:
        yield rig


async def post(rig: testrig.Rig, path: str, token: str = "", **options: Any) -> tuple[int, Any]:
    async with rig.client(token) as client, client.post(path, **options) as answer:
        return answer.status, await answer.json()


async def get(rig: testrig.Rig, path: str, token: str = "") -> tuple[int, Any]:
    async with rig.client(token) as client, client.get(path) as answer:
        return answer.status, await answer.json()


async def register(rig: testrig.Rig, **changes: Any) -> dict[str, Any]:
    body = {
        "client_name": "Ứng dụng",
        "redirect_uris": BACK,
        "scopes": "read write push profile",
        "website": "https://app.example",
        **changes,
    }
    status, app = await post(rig, "/api/v1/apps", json=body)
    assert status == 200
    return app


async def code_for(rig: testrig.Rig, app: dict[str, Any], scope: str = "read profile") -> str:
    await rig.create_account("lan")
    request = await oauth.prepare_authorization(
        rig.network,
        response_type="code",
        client_id=app["client_id"],
        redirect_uri=BACK,
        scope=scope,
    )
    return (await oauth.grant(rig.network, await rig.account_id("lan"), request)).code


async def test_registration_in_every_form(rig: testrig.Rig) -> None:
    app = await register(rig, redirect_uris=[BACK, "urn:ietf:wg:oauth:2.0:oob"])
    assert app["redirect_uris"] == [BACK, "urn:ietf:wg:oauth:2.0:oob"]
    assert app["redirect_uri"] == f"{BACK}\nurn:ietf:wg:oauth:2.0:oob"
    assert app["client_secret_expires_at"] == 0
    assert app["scopes"] == ["read", "write", "push", "profile"]
    assert set(app) >= {"id", "name", "website", "client_id", "client_secret", "vapid_key"}
    form = aiohttp.FormData({"client_name": "b", "redirect_uris": BACK})
    assert (await post(rig, "/api/v1/apps", data=form))[1]["scopes"] == ["read"]
    for wrong in (
        {"client_name": ""},
        {"redirect_uris": ""},
        {"redirect_uris": "x"},
        {"scopes": "x"},
        {"website": "ftp://x"},
    ):
        body = {"client_name": "a", "redirect_uris": BACK, **wrong}
        status, answer = await post(rig, "/api/v1/apps", json=body)
        assert (status, "error" in answer) == (422, True), wrong


async def test_code_for_token_and_who_am_i(rig: testrig.Rig) -> None:
    app = await register(rig)
    body = {
        "grant_type": "authorization_code",
        "code": await code_for(rig, app),
        "redirect_uri": BACK,
    }
    basic = {"Authorization": aiohttp.encode_basic_auth(app["client_id"], app["client_secret"])}
    async with (
        rig.client() as client,
        client.post("/oauth/token", data=body, headers=basic) as answer,
    ):
        token = await answer.json()
        assert answer.headers["cache-control"] == "no-store"
    assert (token["token_type"], token["scope"]) == ("Bearer", "read profile")
    assert isinstance(token["created_at"], int)
    status, me = await get(rig, "/oauth/userinfo", token["access_token"])
    assert (status, me["preferred_username"], me["sub"]) == (200, "lan", f"{rig.url}/users/lan")
    status, named = await get(rig, "/api/v1/apps/verify_credentials", token["access_token"])
    assert (status, named["name"]) == (200, "Ứng dụng")
    assert "client_secret" not in named
    query = f"/api/v1/accounts/verify_credentials?access_token={token['access_token']}"
    assert (await get(rig, query))[0] == 200


async def test_refusals_say_which(rig: testrig.Rig) -> None:
    app = await register(rig)
    secrets = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    for body, status, error in (
        ({}, 400, "invalid_request"),
        ({"grant_type": "password", **secrets}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "authorization_code", **secrets, "code": "x"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials", **secrets, "scope": "follow"}, 400, "invalid_scope"),
    ):
        found = await post(rig, "/oauth/token", json=body)
        assert (found[0], found[1]["error"]) == (status, error)
        assert found[1]["error_description"]


async def test_apps_token_is_no_person(rig: testrig.Rig) -> None:
    app = await register(rig)
    body = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "scope": "read",
    }
    token = (await post(rig, "/oauth/token", data=body))[1]["access_token"]
    assert (await get(rig, "/api/v1/apps/verify_credentials", token))[0] == 200
    status, answer = await get(rig, "/api/v1/accounts/verify_credentials", token)
    assert (status, answer["error"]) == (422, "This method requires an authenticated user")
    revoke = {"token": token, "client_id": body["client_id"], "client_secret": "wrong"}
    assert (await post(rig, "/oauth/revoke", data=revoke))[0] == 401
    revoke["client_secret"] = body["client_secret"]
    for _ in range(2):
        assert await post(rig, "/oauth/revoke", data=revoke) == (200, {})
    assert (await get(rig, "/api/v1/apps/verify_credentials", token))[0] == 401
    other = await register(rig)
    mine = (await post(rig, "/oauth/token", data=body))[1]["access_token"]
    revoke = {
        "token": mine,
        "client_id": other["client_id"],
        "client_secret": other["client_secret"],
    }
    assert (await post(rig, "/oauth/revoke", data=revoke))[0] == 403


async def test_missing_and_narrow_tokens(rig: testrig.Rig) -> None:
    assert (await get(rig, "/api/v1/accounts/verify_credentials"))[0] == 401
    assert (await get(rig, "/api/v1/accounts/verify_credentials", "made-up"))[0] == 401
    app = await register(rig)
    body = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "code": await code_for(rig, app, "read:statuses"),
        "redirect_uri": BACK,
    }
    token = (await post(rig, "/oauth/token", json=body))[1]["access_token"]
    status, answer = await get(rig, "/api/v1/accounts/verify_credentials", token)
    assert (status, answer["error"]) == (403, "This action is outside the authorized scopes")


async def test_metadata(rig: testrig.Rig) -> None:
    status, body = await get(rig, "/.well-known/oauth-authorization-server")
    assert status == 200
    assert body["token_endpoint"] == f"{rig.url}/oauth/token"
    assert body["code_challenge_methods_supported"] == ["S256"]
    assert body["app_registration_endpoint"] == f"{rig.url}/api/v1/apps"
    assert len(body["scopes_supported"]) == 47


async def test_limits_are_told_and_kept(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("noi.auth.limits.time", lambda: 1_800_000_000)
    async with testrig.network(engine, rate_limits=True) as rig:
        await asyncio.gather(*[register(rig) for _ in range(5)])
        async with rig.client() as client:
            body = {"client_name": "a", "redirect_uris": BACK}
            async with client.post("/api/v1/apps", json=body) as answer:
                assert answer.status == 429
                assert set(await answer.json()) == {"error"}
        token = await rig.create_account("lan")
        async with rig.client(token) as client:
            path = "/api/v1/accounts/verify_credentials"
            for left in (299, 298):
                async with client.get(path) as answer:
                    assert answer.headers["X-RateLimit-Limit"] == "300"
                    assert answer.headers["X-RateLimit-Remaining"] == str(left)
                    assert answer.headers["X-RateLimit-Reset"].endswith(".000000Z")
            answers = [await _status(client, path) for _ in range(299)]
            assert answers == [200] * 298 + [429]


async def _status(client: aiohttp.ClientSession, path: str) -> int:
    async with client.get(path) as answer:
        await answer.read()
        return answer.status
