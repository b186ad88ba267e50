"""Endpoints that are answered before the framework answer as it would."""

from typing import Any

import aiohttp
import pytest

import testrig
from calling import call

HOT = (
    "/api/v1/timelines/home",
    "/api/v1/timelines/public",
    "/api/v1/timelines/tag/h%C3%A0n%E1%BB%99i",
    "/api/v1/timelines/tag/H%C3%A0N%E1%BB%99i?limit=1&any[]=hu%E1%BA%BF",
)


@pytest.fixture
async def posts(an: aiohttp.ClientSession) -> None:
    for text in ("Chào #HàNội", "Phố #hànội", "Đi #Huế"):
        await call(an, "POST", "/api/v1/statuses", data={"status": text})


@pytest.mark.usefixtures("posts")
@pytest.mark.parametrize("path", HOT)
async def test_another_spelling_gets_the_same(an: aiohttp.ClientSession, path: str) -> None:
    # With a slash at its end a path is the framework's.
    answers: list[tuple[int, bytes, dict[str, str]]] = []
    stem, mark, query = path.partition("?")
    for spelling in (path, f"{stem}/{mark}{query}"):
        async with an.get(spelling) as answer:
            heads = {name.lower(): value for name, value in answer.headers.items()}
            told = {key: heads[key] for key in heads if key not in ("x-request-id", "date")}
            answers.append((answer.status, await answer.read(), told))
    assert answers[0] == answers[1]
    assert answers[0][0] == 200 and len(answers[0][1]) > 100 and "link" in answers[0][2]


@pytest.mark.usefixtures("posts")
async def test_bodies_of_get_requests(an: aiohttp.ClientSession) -> None:
    for path in HOT[:3]:
        async with an.get(path, json={"limit": 1}) as answer:
            assert len(await answer.json()) == 1, path


@pytest.mark.usefixtures("posts")
async def test_names_in_paths(an: aiohttp.ClientSession) -> None:
    found = await call(an, "GET", "/api/v1/timelines/tag/huế")
    assert [tag["name"] for tag in found[0]["tags"]] == ["huế"]
    for path in ("tag/", "tag", "tag/a/b", "tag/a%2Fb", "list/", "homes", "list/x", "list/1"):
        async with an.get(f"/api/v1/timelines/{path}") as answer:
            assert answer.status == 404, path
            assert (await answer.json())["error"]


@pytest.mark.parametrize("path", HOT)
async def test_other_methods(an: aiohttp.ClientSession, path: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        async with an.request(method, path) as answer:
            assert answer.status == 405
            assert (await answer.json())["error"] == "Method Not Allowed"
    async with an.options(path) as answer:
        assert answer.status == 204
    async with an.head(path) as answer:
        assert answer.status == 200
        assert int(answer.headers["content-length"]) >= 2


async def test_who_may_ask(rig: testrig.Rig) -> None:
    async with rig.client() as stranger, rig.client("wrong") as liar:
        for path in HOT:
            async with stranger.get(path) as answer:
                assert answer.status == (401 if path.endswith("home") else 200)
            async with liar.get(path) as answer:
                assert answer.status == 401
                assert (await answer.json())["error"] == "The access token is invalid"


async def test_posting_in_another_spelling(an: aiohttp.ClientSession) -> None:
    def form() -> aiohttp.FormData:
        return aiohttp.FormData({"status": "Một tấm"}, default_to_multipart=True)

    bodies: list[tuple[int, dict[str, Any]]] = [
        (200, {"json": {"status": "Chào"}}),
        (200, {"data": {"status": "Chào", "visibility": "unlisted"}}),
        (200, {}),
        (422, {"json": {"status": ""}}),
        (422, {"json": {"status": "x" * 11_000}}),
        (400, {"data": b"{", "headers": {"content-type": "application/json"}}),
    ]
    for status, body in bodies:
        answers: list[tuple[int, set[str], set[str]]] = []
        for path in ("/api/v1/statuses", "/api/v1/statuses/"):
            told: dict[str, Any] = body or {"data": form()}
            async with an.post(path, **told) as answer:
                heads = {name.lower() for name in answer.headers}
                answers.append((answer.status, heads, set(await answer.json())))
        assert answers[0] == answers[1], body
        assert answers[0][0] == status
