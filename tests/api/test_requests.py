"""How requests may be written and how answers are wrapped: bodies, errors, headers, CORS."""

import io
import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest

import testrig
from noi.db.database import Transaction

API = "/api/v1"
FORMS = ["query", "urlencoded", "multipart", "json"]


@pytest.fixture
async def rig() -> AsyncGenerator[testrig.Rig]:
    async with testrig.network("sqlite") as rig:
        yield rig


async def send(
    app: aiohttp.ClientSession, method: str, path: str, form: str, fields: list[tuple[str, str]]
) -> Any:
    """Send flat fields in one of the forms that need Rails' notation."""
    options: dict[str, Any] = {}
    if form == "query":
        path += "?" + urlencode(fields)
    elif form == "urlencoded":
        options["data"] = urlencode(fields)
        options["headers"] = {"content-type": "application/x-www-form-urlencoded"}
    else:
        data = aiohttp.FormData(default_to_multipart=True)
        for name, value in fields:
            data.add_field(name, value)
        options["data"] = data
    async with app.request(method, API + path, **options) as answer:
        body = await answer.json()
        assert answer.status == 200, body
        return body


@pytest.mark.parametrize("form", FORMS)
async def test_nested_parameters(an: aiohttp.ClientSession, form: str) -> None:
    if form == "json":
        poll = {"options": ["Phở & bún", "Cơm=cháo"], "expires_in": 600, "multiple": True}
        async with an.post(API + "/statuses", json={"status": "Ăn?", "poll": poll}) as answer:
            status = await answer.json()
        profile: dict[str, Any] = {
            "display_name": "Nguyễn An",
            "locked": True,
            "source": {"privacy": "unlisted", "sensitive": True, "language": "vi"},
            "fields_attributes": [{"name": "Nghề", "value": "Giáo viên"}, {"name": "b"}],
        }
        async with an.patch(API + "/accounts/update_credentials", json=profile) as answer:
            me = await answer.json()
    else:
        fields = [
            ("status", "Ăn?"),
            ("poll[options][]", "Phở & bún"),
            ("poll[options][]", "Cơm=cháo"),
            ("poll[expires_in]", "600"),
            ("poll[multiple]", "true"),
        ]
        status = await send(an, "POST", "/statuses", form, fields)
        fields = [
            ("display_name", "Nguyễn An"),
            ("locked", "1"),
            ("source[privacy]", "unlisted"),
            ("source[sensitive]", "true"),
            ("source[language]", "vi"),
            ("fields_attributes[0][name]", "Nghề"),
            ("fields_attributes[0][value]", "Giáo viên"),
            ("fields_attributes[1][name]", "b"),
        ]
        me = await send(an, "PATCH", "/accounts/update_credentials", form, fields)
    assert [option["title"] for option in status["poll"]["options"]] == ["Phở & bún", "Cơm=cháo"]
    assert status["poll"]["multiple"] is True
    assert (me["display_name"], me["locked"]) == ("Nguyễn An", True)
    assert (me["source"]["privacy"], me["source"]["sensitive"]) == ("unlisted", True)
    assert me["source"]["language"] == "vi"
    assert me["source"]["fields"][0] == {
        "name": "Nghề",
        "value": "Giáo viên",
        "verified_at": None,
    }


@pytest.mark.parametrize("form", FORMS)
async def test_lists_of_objects(an: aiohttp.ClientSession, form: str) -> None:
    if form == "json":
        keywords = [{"keyword": "một", "whole_word": False}, {"keyword": "hai"}]
        body = {"title": "Lọc", "context": ["home", "public"], "keywords_attributes": keywords}
        async with an.post("/api/v2/filters", json=body) as answer:
            made = await answer.json()
    else:
        fields = [
            ("title", "Lọc"),
            ("context[]", "home"),
            ("context[]", "public"),
            ("keywords_attributes[][keyword]", "một"),
            ("keywords_attributes[][whole_word]", "false"),
            ("keywords_attributes[][keyword]", "hai"),
        ]
        made = await send(an, "POST", "/../v2/filters", form, fields)
    assert made["context"] == ["home", "public"]
    found = [(word["keyword"], word["whole_word"]) for word in made["keywords"]]
    assert found == [("một", False), ("hai", True)]


@pytest.mark.parametrize(
    ("value", "meant"),
    [*((word, False) for word in ("0", "f", "F", "false", "FALSE", "off", "OFF")), ("x", True)],
)
async def test_booleans(an: aiohttp.ClientSession, value: str, meant: bool) -> None:
    body = {"status": "a", "sensitive": value}
    async with an.post(API + "/statuses", data=body) as answer:
        assert (await answer.json())["sensitive"] is meant


async def test_tokens_in_every_place(rig: testrig.Rig) -> None:
    token = await rig.create_account("an")
    path = API + "/accounts/verify_credentials"
    async with rig.client() as client:
        for headers, query in (
            ({"authorization": f"Bearer {token}"}, {}),
            ({"Authorization": f"bearer {token}"}, {}),
            ({}, {"access_token": token}),
        ):
            async with client.get(path, headers=headers, params=query) as answer:
                assert answer.status == 200
        body = {"access_token": token, "status": "a"}
        async with client.post(API + "/statuses", data=body) as answer:
            assert answer.status == 200


ERRORS: list[tuple[str, str, dict[str, Any], int, str | None]] = [
    ("GET", "/timelines/home", {}, 401, "This method requires an authenticated user"),
    ("GET", "/timelines/home?limit=-1", {"token": "an"}, 400, "limit must not be negative"),
    ("GET", "/../v2/search?q=a&offset=-1", {"token": "an"}, 400, "offset must not be negative"),
    ("GET", "/statuses/1", {"token": "an"}, 404, "Record not found"),
    ("GET", "/statuses/abc", {}, 404, "Record not found"),
    ("GET", "/accounts/99999999999999999999999", {}, 404, "Record not found"),
    ("GET", "/nirgendwo", {}, 404, None),
    ("PUT", "/timelines/home", {"token": "an"}, 405, None),
    ("POST", "/statuses", {"token": "an"}, 422, None),
    ("POST", "/statuses", {"token": "narrow"}, 403, "This action is outside the authorized scopes"),
    ("POST", "/statuses", {"token": "app"}, 422, "This method requires an authenticated user"),
    ("POST", "/statuses", {"token": "wrong"}, 401, "The access token is invalid"),
    ("GET", "/accounts/lookup", {}, 400, None),
    ("POST", "/statuses", {"token": "an", "data": b"{", "type": "application/json"}, 400, None),
    ("POST", "/statuses", {"token": "an", "data": b"[1]", "type": "application/json"}, 400, None),
    ("POST", "/statuses", {"token": "an", "data": b"x", "type": "multipart/form-data"}, 400, None),
]


async def tokens(rig: testrig.Rig) -> dict[str, str]:
    """Tokens of a person, of the same with one scope, of an app, and one that never was."""
    from noi.services import applications, oauth

    own = await rig.create_account("an")
    account_id = await rig.account_id("an")
    narrow = await applications.create_token(rig.network, account_id, "read:lists")
    app = await applications.register(
        rig.network, name="a", redirect_uris=["https://app.example/"], scope="read write"
    )
    alone = await oauth.issue_app_token(rig.network, app.app, "read write")
    return {"an": own, "narrow": narrow.access_token, "app": alone.access_token, "wrong": "x" * 43}


async def test_errors(rig: testrig.Rig) -> None:
    known = await tokens(rig)
    for method, path, options, status, message in ERRORS:
        headers = {"content-type": options["type"]} if "type" in options else {}
        async with (
            rig.client(known.get(options.get("token", ""), "")) as client,
            client.request(method, API + path, data=options.get("data"), headers=headers) as answer,
        ):
            body = await answer.json()
            assert answer.status == status, (path, body)
            assert isinstance(body["error"], str)
            assert set(body) <= {"error", "error_description", "details"}
            assert message in (None, body["error"]), (path, body)
            assert answer.headers["access-control-allow-origin"] == "*"
            assert answer.headers["x-request-id"]


async def test_hidden_and_missing_look_alike(rig: testrig.Rig, an: aiohttp.ClientSession) -> None:
    body = {"status": "riêng", "visibility": "private"}
    async with an.post(API + "/statuses", json=body) as answer:
        secret = int((await answer.json())["id"])
    async with rig.client(await rig.create_account("lan")) as lan:
        for verb in ("", "/context", "/favourite", "/reblog", "/bookmark", "/history"):
            method = "GET" if verb in ("", "/context", "/history") else "POST"
            answers: list[tuple[int, bytes]] = []
            for id_ in (secret, secret + 1):
                async with lan.request(method, f"{API}/statuses/{id_}{verb}") as answer:
                    answers.append((answer.status, await answer.read()))
            assert answers[0] == answers[1] == (404, b'{"error":"Record not found"}'), verb


async def test_details_of_a_refused_sign_up(rig: testrig.Rig) -> None:
    await rig.set_up()
    known = await tokens(rig)
    body = {"username": "an", "email": "x", "password": "a", "agreement": "true"}
    async with (
        rig.client(known["app"]) as client,
        client.post(API + "/accounts", data=body) as answer,
    ):
        refused = await answer.json()
    assert answer.status == 422
    assert refused["error"].startswith("Validation failed: ")
    codes = {field: lines[0]["error"] for field, lines in refused["details"].items()}
    assert codes == {"username": "ERR_TAKEN", "email": "ERR_INVALID", "password": "ERR_TOO_SHORT"}
    assert all(line["description"] for lines in refused["details"].values() for line in lines)


async def test_links_repeat_the_other_parameters(
    rig: testrig.Rig, an: aiohttp.ClientSession
) -> None:
    ids: list[str] = []
    for number in range(5):
        async with an.post(API + "/statuses", data={"status": f"#hànội {number}"}) as answer:
            ids.insert(0, (await answer.json())["id"])
    query = {"limit": "2", "local": "true", "any[]": "phố cổ"}
    async with an.get(f"{API}/timelines/tag/hànội", params=query) as answer:
        assert [status["id"] for status in await answer.json()] == ids[:2]
        links: list[tuple[str, str]] = re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers["link"])
    found = {relation: address for address, relation in links}
    assert set(found) == {"next", "prev"}
    for relation, cursor in (("next", {"max_id": ids[1]}), ("prev", {"min_id": ids[0]})):
        parts = urlsplit(found[relation])
        assert f"{parts.scheme}://{parts.netloc}" == rig.url
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert asked == {**query, **cursor}
    async with an.get(f"{API}/timelines/tag/hànội", params={"max_id": ids[-1]}) as answer:
        assert await answer.json() == []
        assert "link" not in answer.headers


async def test_preflight(rig: testrig.Rig) -> None:
    asks = {
        "origin": "https://elk.example",
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "authorization, content-type",
    }
    async with rig.client() as client:
        for path in (API + "/statuses", "/api/v2/media", "/oauth/token", "/oauth/revoke"):
            async with client.options(path, headers=asks) as answer:
                assert answer.status in (200, 204)
                assert answer.headers["access-control-allow-origin"] == "*"
                assert "PATCH" in answer.headers["access-control-allow-methods"]
                allowed = answer.headers["access-control-allow-headers"].lower()
                assert "authorization" in allowed
                assert "idempotency-key" in allowed
        async with client.get(API + "/instance") as answer:
            exposed = answer.headers["access-control-expose-headers"].lower()
        for name in ("link", "x-ratelimit-reset", "x-request-id", "mastodon-async-refresh"):
            assert name in exposed
        async with client.get("/about", headers=asks) as answer:
            assert "access-control-allow-origin" not in answer.headers


async def test_limits_are_told() -> None:
    async with (
        testrig.network("sqlite", rate_limits=True) as rig,
        rig.client(await rig.create_account("an")) as an,
    ):
        async with an.get(API + "/lists") as answer:
            assert answer.headers["x-ratelimit-limit"] == "300"
            assert answer.headers["x-ratelimit-remaining"] == "299"
            reset = answer.headers["x-ratelimit-reset"]
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", reset)
        for _ in range(30):
            async with an.delete(API + "/statuses/1") as answer:
                assert answer.status == 404
        async with an.delete(API + "/statuses/1") as answer:
            assert answer.status == 429
            assert answer.headers["x-ratelimit-remaining"] == "0"
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "error" in await answer.json()


async def test_large_bodies_are_refused(an: aiohttp.ClientSession) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    long = io.BytesIO(b"status=" + b"a" * 3_000_000)
    async with an.post(API + "/statuses", data=long, headers=form) as answer:
        assert answer.status == 413
        assert "error" in await answer.json()
    many = urlencode([(f"a{number}", "1") for number in range(2000)])
    async with an.post(API + "/statuses", data=many.encode(), headers=form) as answer:
        assert answer.status == 400
    async with an.post(API + "/statuses", json={"status": "a" * 100_001}) as answer:
        assert answer.status == 422


async def test_deleted_people_are_gone(rig: testrig.Rig) -> None:
    token = await rig.create_account("an")
    account_id = await rig.account_id("an")

    async def work(tx: Transaction) -> None:
        await tx.execute("UPDATE accounts SET state = 3 WHERE id = :id", {"id": account_id})

    await rig.network.db.transaction(work)
    async with rig.client() as client:
        async with client.get(f"{API}/accounts/{account_id}") as answer:
            assert answer.status in (404, 410)
        async with client.get(f"{API}/lists", params={"access_token": token}) as answer:
            assert answer.status in (401, 403)


async def test_head_is_get_without_its_body(rig: testrig.Rig, an: aiohttp.ClientSession) -> None:
    await rig.set_up()
    for path in (API + "/instance", API + "/timelines/home", "/about", "/@an", "/health"):
        found: list[tuple[int, str, str]] = []
        for method in ("GET", "HEAD"):
            async with an.request(method, path) as answer:
                body = await answer.read()
                length = answer.headers["content-length"]
                found.append((answer.status, answer.content_type, length))
                assert bool(body) == (method == "GET")
        assert found[0] == found[1], path
        assert found[0][0] == 200, path


async def test_multipart_that_is_no_text(an: aiohttp.ClientSession) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="status"\r\n'
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body, status in (
        (head + b"\r\nch\xe0o\r\n--x--\r\n", 200),
        (head + b"Content-Type: text/plain; charset=klingon\r\n\r\na\r\n--x--\r\n", 200),
        (head + b"\r\ncut o", 400),
        (b"--x\r\n\r\n\r\n--x--\r\n", 400),
        (b"", 400),
    ):
        async with an.post(API + "/statuses", data=body, headers=kind) as answer:
            assert answer.status == status, body
